"""Answers to what a district office asks."""

from takeup.answers.asking import best_package, compare_scenarios, explain_take_up, try_by_lot
from takeup.answers.compare import compare, compared, comparison_tasks, stacked
from takeup.answers.comparison import Comparison
from takeup.answers.ensemble import Ensemble
from takeup.answers.ensemble_tables import ensemble_comparison
from takeup.answers.intervals import Interval, t_interval
from takeup.answers.why.weighing import Weighing, weighing_of

__all__ = [
    "Comparison",
    "Ensemble",
    "Interval",
    "Weighing",
    "best_package",
    "compare",
    "compare_scenarios",
    "compared",
    "comparison_tasks",
    "ensemble_comparison",
    "explain_take_up",
    "stacked",
    "t_interval",
    "try_by_lot",
    "weighing_of",
]
