"""Answers to what a district office asks."""

from takeup.answers.compare import compare, compared, comparison_tasks, stacked
from takeup.answers.comparison import Comparison
from takeup.answers.ensemble import Ensemble
from takeup.answers.ensemble_tables import ensemble_comparison
from takeup.answers.intervals import Interval, t_interval

__all__ = [
    "Comparison",
    "Ensemble",
    "Interval",
    "compare",
    "compared",
    "comparison_tasks",
    "ensemble_comparison",
    "stacked",
    "t_interval",
]
