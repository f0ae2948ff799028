"""Findings of others beside the model's interval: a row a finding, each with a scale of its own."""

from __future__ import annotations

import math
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from takeup.answers.validation.answer import Judged, Validation
from takeup.report.figures.canvas import LABEL_LINE, LABEL_SIZE, SMALL_SIZE, Margins, Page, dress, finished, page
from takeup.report.figures.lettering import wrapped
from takeup.report.figures.palette import INK, PALE_INK
from takeup.report.validation import headline, meant_by_interval, model_said

_ROW: Final = 0.8
_SCALE: Final = 0.46
"""Of a row, the part that its scale's numbers and unit take."""
_MARGINS: Final = Margins(left=3.1, right=2.6, top=0.1, bottom=0.05)
_LABEL_WIDTH: Final = 2.9
_LABEL_LINES: Final = 3
_STUDY: Final = "#c9ced6"
_HEADROOM: Final = 0.08
_TICKS: Final = 4
_VALUES: Final = 1.03
"""Where the numbers are written, in widths of the axes."""
_CAP: Final = 0.22


def validation(found: Validation) -> Figure:
    """Every finding's range as a band, hatched if it is a direction alone, and the model's median and interval."""
    rows = len(found.judged)
    sheet = page(
        f"Findings of others beside the model of {found.plan.district.population.name}", _caption(found),
        _ROW * rows, _MARGINS,
    )  # fmt: skip
    for number, each in enumerate(found.judged):
        _draw(_axes_of(sheet, number, rows), each)
    return finished(sheet)


def _axes_of(sheet: Page, number: int, rows: int) -> Axes:
    height = (sheet.top - sheet.bottom) / rows
    bottom = sheet.top - (number + 1) * height + _SCALE * height
    return sheet.figure.add_axes((sheet.left, bottom, sheet.right - sheet.left, (1.0 - _SCALE) * height))


def _draw(axes: Axes, judged: Judged) -> None:
    finding = judged.finding
    ends = [each for each in (*finding.range, judged.low, judged.median, judged.high) if math.isfinite(each)]
    if finding.unit != "ratio":
        ends.append(0.0)
    room = _HEADROOM * ((max(ends) - min(ends)) or 1.0)
    left, right = min(ends) - room, max(ends) + room
    low, high = (min(max(end, left), right) for end in finding.range)
    axes.axvspan(low, high, facecolor=_STUDY, hatch=None if finding.sign is None else "////", edgecolor="white")
    if finding.unit != "ratio":
        axes.axvline(0.0, color=INK, linewidth=0.9)
    if judged.draws:
        axes.plot([judged.low, judged.high], [0.0, 0.0], color=INK, linewidth=1.6, solid_capstyle="butt")
        for end in (judged.low, judged.high):
            axes.plot([end, end], [-_CAP, _CAP], color=INK, linewidth=1.2)
        axes.plot([judged.median], [0.0], color=INK, marker="D" if judged.is_miss else "o", markersize=6.0)
    axes.set_xlim(left, right)
    axes.set_ylim(-1.0, 1.0)
    label = "\n".join(wrapped(finding.title, _LABEL_WIDTH, LABEL_SIZE, most=_LABEL_LINES))
    axes.set_yticks([0.0], [label])
    axes.xaxis.set_major_locator(MaxNLocator(_TICKS))
    dress(axes, grid="x")
    axes.tick_params(axis="x", labelsize=SMALL_SIZE)
    axes.set_xlabel(finding.unit, fontsize=SMALL_SIZE, color=PALE_INK, labelpad=LABEL_LINE)
    said = f"{model_said(judged)}\n{judged.verdict}"
    axes.text(_VALUES, 0.0, said, transform=axes.get_yaxis_transform(), va="center", fontsize=LABEL_SIZE, color=INK)


def _caption(found: Validation) -> str:
    return (
        "Bands: the range of the study's figure; hatched, the side of zero that it found. Dots, or diamonds where "
        f"the model misses: the model. {meant_by_interval(found)} {headline(found)}"
    )
