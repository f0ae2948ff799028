"""Figures: pure functions from results to `matplotlib.figure.Figure`, without pyplot and its global state.

A new figure is one more file: lay out a page with `canvas`, tell scenarios apart with `palette`, and close
with `finished`.
"""

from takeup.report.figures.canvas import caption_of, title_of
from takeup.report.figures.districts import by_district
from takeup.report.figures.dots import differences
from takeup.report.figures.effects import effects
from takeup.report.figures.gains import gains
from takeup.report.figures.heat import by_street
from takeup.report.figures.lines import take_up
from takeup.report.figures.multiples import by_group
from takeup.report.figures.overview import monthly_overview
from takeup.report.figures.plans import plan
from takeup.report.figures.steps import funnel, obstacles
from takeup.report.figures.trials import trial
from takeup.report.figures.validations import validation

__all__ = [
    "by_district",
    "by_group",
    "by_street",
    "caption_of",
    "differences",
    "effects",
    "funnel",
    "gains",
    "monthly_overview",
    "obstacles",
    "plan",
    "take_up",
    "title_of",
    "trial",
    "validation",
]
