"""The axis of time, and where scenarios part on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from takeup.answers.comparison import Comparison
from takeup.months import MONTHS_A_YEAR, month_name, month_number
from takeup.report.i18n import ENGLISH, Language

_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
"""Months between two ticks."""
_MOST_TICKS: Final = 11


def month_ends(months: Sequence[str]) -> NDArray[np.float64]:
    """Where the ends of months lie, in years: 2018-12 ends at 2019.0."""
    return np.array([(month_number(month) + 1) / MONTHS_A_YEAR for month in months])


def parting(comparison: Comparison) -> str | None:
    """The last month that all scenarios share; None if none of them ever differs."""
    first = min((scenario.first for scenario in comparison.scenarios if scenario.first is not None), default=None)
    return None if first is None else month_name(first - 1)


def dress_time(
    axes: Axes,
    months: Sequence[str],
    *,
    labelled: bool = True,
    most: int = _MOST_TICKS,
    translate: Language = ENGLISH,
) -> None:
    """Ticks at round months, and what they mean.

    Args:
        axes: to change; its x is in years, as `month_ends` gives it.
        months: those shown, in order.
        labelled: whether the ticks say which months they are; not where axes below do.
        most: ticks.
        translate: the language.
    """
    first, last = month_number(months[0]), month_number(months[-1]) + 1
    step = next((step for step in _STEPS if (last - first) / step < most), _STEPS[-1])
    is_yearly = step >= MONTHS_A_YEAR
    ticks = [number for number in range(first, last + 1) if number % step == 0]
    names = [str(number // MONTHS_A_YEAR) if is_yearly else month_name(number) for number in ticks]
    axes.set_xticks([number / MONTHS_A_YEAR for number in ticks], names if labelled else [""] * len(ticks))
    axes.set_xlim(first / MONTHS_A_YEAR, last / MONTHS_A_YEAR)
    if labelled:
        axes.set_xlabel(
            translate("Year (mark: 1 January)") if is_yearly else translate("Month (mark: its first day)")
        )
