"""What is shown of a result: tables, figures, one page that needs nothing else, and files written whole.

Here are the figures and the tables that a notebook shows.
"""

from takeup.report.figures import (
    by_group,
    by_street,
    differences,
    effects,
    funnel,
    gains,
    monthly_overview,
    obstacles,
    plan,
    take_up,
    trial,
)
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
    "plan",
    "steps_table",
    "summary_table",
    "take_up",
    "trial",
]
