"""Who gains: of every group, the share that takes up because of a policy, and the share that drops out."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from takeup.answers.comparison import Comparison
from takeup.answers.gains import ALL
from takeup.report.figures.canvas import SMALL_SIZE, WIDTH, Margins, dress, finished, head_labels, page
from takeup.report.figures.lettering import width, wrapped
from takeup.report.figures.palette import INK, PAPER
from takeup.report.i18n import ENGLISH, Language
from takeup.report.tables import STREET
from takeup.report.uncertainty import intervals, runs
from takeup.report.wording import MINUS, NOTHING, decimal, signed

_ROW: Final = 0.235
_LEFT, _RIGHT, _BELOW, _ABOVE = 2.2, 0.2, 0.4, 0.3
"""Inches."""
_WIDEST_COLUMN, _HEADER_PADDING, _LABEL_PADDING = 1.5, 0.06, 0.12
_HEADER_SIZE, _HEADER_LINE, _MOST_HEADER_LINES = 7.5, 0.13, 6
_DARKEST: Final = 0.55
"""Of the greys, so that black can be read on it."""
_FAINT: Final = "italic"


def gains(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Groups by scenarios: who gains a permit and who loses one, each person beside themselves without the policy."""
    table = comparison.gains[comparison.gains["attribute"] != STREET]
    scenarios = comparison.scenarios[1:]
    names = [scenario.name for scenario in scenarios]
    groups = list(dict.fromkeys(zip(table["attribute"], table["level"], strict=True)))
    labels = [_named(*group, translate) for group in groups]
    left = max(_LEFT, *(width(label, SMALL_SIZE) + _LABEL_PADDING for label in labels))
    column = min((WIDTH - left - _RIGHT) / max(len(names), 1), _WIDEST_COLUMN)
    titles = [translate.phrase(scenario.title) for scenario in scenarios]
    headers = [wrapped(each, column - _HEADER_PADDING, _HEADER_SIZE, _MOST_HEADER_LINES) for each in titles]
    lines = max((len(header) for header in headers), default=1)
    sheet = page(
        translate(
            "Who takes up the permit because of each scenario in {place} by {month}, and who drops out",
            place=translate.place(comparison.district.population),
            month=translate.month(comparison.until),
        ),
        _caption(comparison, translate),
        _ROW * len(groups),
        Margins(left, _RIGHT, _ABOVE + _HEADER_LINE * lines, _BELOW),
    )
    room = column * max(len(names), 1) / WIDTH
    axes = sheet.figure.add_axes((sheet.left, sheet.bottom, room, sheet.top - sheet.bottom))
    gained, lost, low = (_wide(table, name, names, groups) for name in ("gained_percent", "lost_percent", "low"))
    _fill(axes, gained, lost, low)
    axes.set_yticks(np.arange(len(groups)) + 0.5, labels)
    axes.set_xticks(np.arange(len(names)) + 0.5, ["\n".join(header) for header in headers])
    axes.set_xlabel(translate("Gains and losses, % of the group"))
    for row, (attribute, _) in enumerate(groups):
        if row and attribute != groups[row - 1][0]:
            axes.axhline(row, color=INK, linewidth=0.7)
    dress(axes, grid="")
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=SMALL_SIZE)
    axes.tick_params(axis="x", labelsize=_HEADER_SIZE)
    for spine in axes.spines.values():
        spine.set_visible(False)
    head_labels(axes, translate("Group"), sheet.height)
    return finished(sheet)


def _wide(table: pd.DataFrame, column: str, names: list[str], groups: list[tuple[str, str]]) -> NDArray[np.float64]:
    """A column as groups x scenarios."""
    wide = table.set_index(["attribute", "level", "scenario"])[column].unstack("scenario")  # noqa: PD010
    return wide.reindex(index=pd.MultiIndex.from_tuples(groups), columns=names).to_numpy(dtype=np.float64)


def _fill(axes: Axes, gained: NDArray[np.float64], lost: NDArray[np.float64], low: NDArray[np.float64]) -> None:
    most = float(np.nanmax(gained, initial=0.0)) or 1.0
    axes.pcolormesh(
        np.nan_to_num(gained), cmap=colormaps["Greys"], norm=Normalize(0.0, most / _DARKEST), edgecolors=PAPER,
        linewidth=1.2,
    )  # fmt: skip
    axes.invert_yaxis()
    for row, column in np.ndindex(*gained.shape):
        plus, minus = float(gained[row, column]), float(lost[row, column])
        said = NOTHING if np.isnan(plus) else f"{signed(plus)} {MINUS}{decimal(minus)}"
        style = _FAINT if low[row, column] <= 0.0 else "normal"
        axes.text(
            column + 0.5, row + 0.5, said, ha="center", va="center", fontsize=_HEADER_SIZE, color=INK, fontstyle=style
        )


def _named(attribute: str, level: str, translate: Language) -> str:
    if attribute == ALL:
        return translate("everybody")
    return translate("{attribute}: {level}", attribute=translate.words(attribute), level=translate.words(level))


def _caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1:
        return translate(
            "Of 100 people of the group who live here with and without the policy. +: hold a valid permit with it "
            "alone, which is shaded; −: hold one without it alone. One replicate: there is no interval."
        )
    return translate(
        "Of 100 people of the group who live here with and without the policy. +: hold a valid permit with it alone, "
        "which is shaded; −: hold one without it alone. Mean over {runs}. In italics where the gain's interval "
        "reaches 0; it is the {interval}.",
        runs=runs(comparison, translate),
        interval=intervals(comparison, translate, paired=True),
    )
