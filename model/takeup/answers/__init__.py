"""Answers to what a district office asks."""

from takeup.answers.compare import compare, comparison_tasks, mean_interval
from takeup.answers.comparison import Comparison

__all__ = ["Comparison", "compare", "comparison_tasks", "mean_interval"]
