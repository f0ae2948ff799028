"""Analyses of the model: the interface for notebooks and scripts.

`compare_scenarios`, `explain_take_up`, `run_trial` and `optimise_package` each run one analysis and return its
result. Tables and plots of a result are functions of this package too. Each is imported when it is first used, so
that an analysis imports neither the other analyses nor, without plots, Matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from takeup.analysis.api import compare_scenarios, explain_take_up, optimise_package, run_trial
    from takeup.analysis.compare.dot_plots import plot_by_group, plot_differences, plot_effects
    from takeup.analysis.compare.ensemble import Ensemble, ensemble_comparison
    from takeup.analysis.compare.heatmaps import plot_by_street, plot_gains
    from takeup.analysis.compare.monthly_overview import plot_monthly_overview
    from takeup.analysis.compare.result import (
        Comparison,
        comparison_tasks,
        group_table,
        stack_runs,
        summarise_comparison,
        summary_table,
    )
    from takeup.analysis.compare.time_series_plots import plot_take_up
    from takeup.analysis.optimise.plots import plot_packages
    from takeup.analysis.statistics import Estimate, quantile_interval, t_interval
    from takeup.analysis.trial.output import plot_trial
    from takeup.analysis.why.attribution import UtilityBreakdown, utility_breakdown
    from takeup.analysis.why.plots import plot_funnel, plot_obstacles
    from takeup.analysis.why.summary import reasons_table, steps_table

_MODULES: Final = {
    "api": ("compare_scenarios", "explain_take_up", "optimise_package", "run_trial"),
    "compare.dot_plots": ("plot_by_group", "plot_differences", "plot_effects"),
    "compare.ensemble": ("Ensemble", "ensemble_comparison"),
    "compare.heatmaps": ("plot_by_street", "plot_gains"),
    "compare.result": (
        "Comparison",
        "comparison_tasks",
        "group_table",
        "stack_runs",
        "summarise_comparison",
        "summary_table",
    ),
    "compare.monthly_overview": ("plot_monthly_overview",),
    "compare.time_series_plots": ("plot_take_up",),
    "optimise.plots": ("plot_packages",),
    "statistics": ("Estimate", "quantile_interval", "t_interval"),
    "trial.output": ("plot_trial",),
    "why.attribution": ("UtilityBreakdown", "utility_breakdown"),
    "why.plots": ("plot_funnel", "plot_obstacles"),
    "why.summary": ("reasons_table", "steps_table"),
}
_MODULE_OF: Final = {name: f"takeup.analysis.{module}" for module, names in _MODULES.items() for name in names}
"""Modules of the names that are imported when they are first used."""

__all__ = [
    "Comparison",
    "Ensemble",
    "Estimate",
    "UtilityBreakdown",
    "compare_scenarios",
    "comparison_tasks",
    "ensemble_comparison",
    "explain_take_up",
    "group_table",
    "optimise_package",
    "plot_by_group",
    "plot_by_street",
    "plot_differences",
    "plot_effects",
    "plot_funnel",
    "plot_gains",
    "plot_monthly_overview",
    "plot_obstacles",
    "plot_packages",
    "plot_take_up",
    "plot_trial",
    "quantile_interval",
    "reasons_table",
    "run_trial",
    "stack_runs",
    "steps_table",
    "summarise_comparison",
    "summary_table",
    "t_interval",
    "utility_breakdown",
]


def __getattr__(name: str) -> object:
    """Import a class or function when it is first used."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)
