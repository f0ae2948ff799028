"""A figure of the candidates: what each is worth, and what it tells of a pair."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from takeup.report.formatting import count
from takeup.report.plotting.style import (
    INK,
    LABEL_SIZE,
    PALE_INK,
    SMALL_SIZE,
    WIDTH,
    Margins,
    finalise,
    page,
    row_header,
    style_axes,
)
from takeup_calibration.value.tables import PERCENT
from takeup_calibration.value.valuing import Pair, Valuation
from takeup_calibration.value.worth import Estimate

_ROW: Final = 0.26
_MARGINS: Final = Margins(left=1.9, right=0.25, top=0.55, bottom=0.55)
_GAP: Final = 0.35
"""Inches between the panels."""
_BAR: Final = "#b5b5b5"


def bars(found: Valuation, pair: Pair, place: str) -> Figure:
    """What each candidate is worth for the whole choice, and the share of a pair's variance that it removes.

    Args:
        found: the value of information.
        pair: of scenarios, for the right panel.
        place: the district's name.
    """
    sheet = page(
        f"What would be worth knowing before choosing: {place}",
        _caption(found, pair),
        _ROW * len(found.worths),
        _MARGINS,
    )
    names = [worth.candidate.name for worth in found.worths]
    removed = {part.candidate: part.removed for part in pair.parts}
    width = ((sheet.right - sheet.left) * WIDTH - _GAP) / 2 / WIDTH
    panels = (
        ("Worth of collecting it alone", found.evidence.unit, 1.0, [worth.evsi for worth in found.worths]),
        (
            f"Uncertainty removed: {pair.one} against {pair.other}",
            "% of the variance",
            PERCENT,
            [removed[name] for name in names],
        ),
    )
    for column, (title, unit, scale, estimates) in enumerate(panels):
        left = sheet.left + column * (width + _GAP / WIDTH)
        axes = sheet.figure.add_axes((left, sheet.bottom, width, sheet.top - sheet.bottom))
        _draw(axes, estimates, scale)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_title(title, fontsize=LABEL_SIZE, color=INK, loc="left", pad=14)
        axes.set_yticks(range(len(names)), names if column == 0 else [""] * len(names))
        axes.set_xlabel(unit)
        style_axes(axes, grid="x")
        axes.axvline(0.0, color=PALE_INK, linewidth=0.8)
        axes.tick_params(axis="y", labelsize=SMALL_SIZE)
        if column == 0:
            _mark(axes, found.evpi)
            row_header(axes, "Candidate", sheet.height)
    return finalise(sheet)


def _draw(axes: Axes, estimates: list[Estimate], scale: float) -> None:
    values, lows, highs = (
        np.array([getattr(each, part) for each in estimates]) * scale for part in ("value", "low", "high")
    )
    rows = np.arange(len(estimates))
    axes.barh(rows, values, height=0.66, color=_BAR, zorder=2)
    axes.hlines(rows, lows, highs, color=INK, linewidth=1.4, zorder=4)


def _mark(axes: Axes, evpi: Estimate) -> None:
    axes.axvline(evpi.value, color=INK, linewidth=1.1, linestyle=(0, (4.0, 2.0)), zorder=3)
    axes.annotate(
        "knowing everything", (evpi.value, 1.0), xycoords=("data", "axes fraction"), xytext=(-3, 3),
        textcoords="offset points", ha="right", va="bottom", fontsize=SMALL_SIZE, color=PALE_INK,
    )  # fmt: skip


def _caption(found: Valuation, pair: Pair) -> str:
    evidence = found.evidence
    return (
        f"Left: how much better one would choose among {', '.join(evidence.scenarios)} with the candidate than "
        f"without, on average over {count(len(evidence.benefits))} draws of the posterior; benefit: {evidence.unit} "
        "by December 2023. Dashed: with perfect information. Right: the share of the variance of the difference "
        f"between {pair.one} and {pair.other} that it removes. Lines: 95 % intervals over draws (bootstrap) and over "
        "the data's errors. Regressions are judged by draws that they have not seen, so what tells nothing may come "
        "out a little below 0."
    )
