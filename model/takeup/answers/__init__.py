"""Answers to what a district office asks."""

from takeup.answers.compare import compare, comparison_tasks, stacked
from takeup.answers.comparison import Comparison
from takeup.answers.intervals import Interval, t_interval

__all__ = ["Comparison", "Interval", "compare", "comparison_tasks", "stacked", "t_interval"]
