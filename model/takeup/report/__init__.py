"""What is shown of a result: tables, figures, one page that needs nothing else, and files written whole.

Here are the figures and the tables that a notebook shows.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from takeup.report.figures.dots import differences
    from takeup.report.figures.effects import effects
    from takeup.report.figures.gains import gains
    from takeup.report.figures.heat import by_street
    from takeup.report.figures.lines import take_up
    from takeup.report.figures.multiples import by_group
    from takeup.report.figures.overview import monthly_overview
    from takeup.report.figures.plans import plan as plan_figure
    from takeup.report.figures.steps import funnel, obstacles
    from takeup.report.figures.trials import trial as trial_figure
    from takeup.report.reasons import causes_table, steps_table
    from takeup.report.tables import group_table, summary_table

__all__ = [
    "by_group",
    "by_street",
    "causes_table",
    "differences",
    "effects",
    "funnel",
    "gains",
    "group_table",
    "monthly_overview",
    "obstacles",
    "plan_figure",
    "steps_table",
    "summary_table",
    "take_up",
    "trial_figure",
]
_TABLES = {"causes_table": "reasons", "steps_table": "reasons", "group_table": "tables", "summary_table": "tables"}


def __getattr__(name: str) -> Any:
    """Matplotlib takes half a second to import; who writes a table need not wait for it."""
    if name not in __all__:
        raise AttributeError(f"module 'takeup.report' has no attribute {name!r}")
    home = import_module(f"takeup.report.{_TABLES.get(name, 'figures')}")
    return getattr(home, name.removesuffix("_figure"))
