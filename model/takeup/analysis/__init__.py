"""Answers to what a district office asks."""

from takeup.analysis.api import compare_scenarios, explain_take_up, optimise_package, run_trial
from takeup.analysis.compare.ensemble import Ensemble, ensemble_comparison
from takeup.analysis.compare.result import Comparison, comparison_tasks, stack_runs, summarise_comparison
from takeup.analysis.statistics import Estimate, t_interval
from takeup.simulation.utility_breakdown import UtilityBreakdown, utility_breakdown

__all__ = [
    "Comparison",
    "Ensemble",
    "Estimate",
    "UtilityBreakdown",
    "compare_scenarios",
    "comparison_tasks",
    "ensemble_comparison",
    "explain_take_up",
    "optimise_package",
    "run_trial",
    "stack_runs",
    "summarise_comparison",
    "t_interval",
    "utility_breakdown",
]
