"""The figure of a validation: ranges of studies, with the model's intervals."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from takeup.analysis.validation.result import StudyCheck, Validation
from takeup.analysis.validation.text import format_model_value, heading, headline_sentence, interval_note
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    INK,
    LABEL_LINE,
    LABEL_SIZE,
    PALE_INK,
    SMALL_SIZE,
    Margins,
    Page,
    draw_interval,
    finalise,
    fit_horizontally,
    page,
    style_axes,
    write_value,
)
from takeup.report.typography import wrapped

FIGURE: Final = "validation.png"
_ROW: Final = 0.8
_SCALE: Final = 0.46
"""Share of the height of a row that the numbers and the unit of the scale occupy."""
_MARGINS: Final = Margins(left=3.1, right=2.6, top=0.1, bottom=0.05)
_LABEL_WIDTH: Final = 2.9
_LABEL_LINES: Final = 3
_STUDY: Final = "#c9ced6"
_TICKS: Final = 4
_VALUES: Final = 1.03
"""Horizontal position of the numbers, in widths of the axes."""


def plot_validation(validation: Validation, translate: Language = ENGLISH) -> Figure:
    """Plot each study's range as a band, with the model's median and interval.

    The band of a study that reports a direction is hatched.
    """
    rows = len(validation.checks)
    sheet = page(heading(validation, translate), _caption(validation, translate), _ROW * rows, _MARGINS)
    for number, each in enumerate(validation.checks):
        _draw_study(_axes_of(sheet, number, rows), each, translate)
    return finalise(sheet)


def _axes_of(sheet: Page, number: int, rows: int) -> Axes:
    height = (sheet.top - sheet.bottom) / rows
    bottom = sheet.top - (number + 1) * height + _SCALE * height
    return sheet.figure.add_axes((sheet.left, bottom, sheet.right - sheet.left, (1.0 - _SCALE) * height))


def _draw_study(axes: Axes, check: StudyCheck, translate: Language) -> None:
    """Draw the range of a study as a band, and the model's median and interval on it."""
    study = check.study
    ends = [*study.range, check.low, check.median, check.high, *(() if study.unit == "ratio" else (0.0,))]
    fit_horizontally(axes, np.array(ends))
    low, high = np.clip(study.range, *axes.get_xlim())
    axes.axvspan(low, high, facecolor=_STUDY, hatch=None if study.sign is None else "////", edgecolor="white")
    if study.unit != "ratio":
        axes.axvline(0.0, color=INK, linewidth=0.9)
    draw_interval(axes, 0.0, check.low, check.high, cap=0.22)
    axes.plot([check.median], [0.0], color=INK, marker="D" if check.is_miss else "o", markersize=6.0, zorder=4)
    axes.set_ylim(-1.0, 1.0)
    label = "\n".join(wrapped(translate.phrase(study.title), _LABEL_WIDTH, LABEL_SIZE, most=_LABEL_LINES))
    axes.set_yticks([0.0], [label])
    axes.xaxis.set_major_locator(MaxNLocator(_TICKS))
    style_axes(axes, grid="x")
    axes.tick_params(axis="x", labelsize=SMALL_SIZE)
    axes.set_xlabel(translate.words(study.unit), fontsize=SMALL_SIZE, color=PALE_INK, labelpad=LABEL_LINE)
    write_value(axes, 0.0, _VALUES, f"{format_model_value(check, translate)}\n{translate.words(check.verdict)}")


def _caption(validation: Validation, translate: Language) -> str:
    marks = translate(
        "Bands: range of the study's result; hatched bands: its side of zero. Dots: the model, with diamonds for "
        "misses."
    )
    return translate.join([marks, interval_note(validation, translate), headline_sentence(validation, translate)])
