"""How scenarios are told apart: by colour, by dash and by marker, so that any one of them is enough.

Labels beside the ends of lines: as near to where they belong as they can be without overlapping.

The page a figure is drawn on: margins in inches, a title above, a caption below, quiet axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from takeup.report.typography import FONT, fonts_of, joined, wrapped

INK: Final = "#1a1a1a"
PALE_INK: Final = "#5f6368"
GRID: Final = "#e4e4e4"
PAPER: Final = "#ffffff"

Dash = tuple[int, tuple[float, ...]]


@dataclass(frozen=True)
class SeriesStyle:
    """One scenario's look.

    Attributes:
        colour: of line, marker and band.
        dash: matplotlib's offset and on-off lengths, in line widths; empty for a solid line.
        marker: matplotlib's name of it.
    """

    colour: str
    dash: Dash
    marker: str


BASELINE: Final = SeriesStyle(INK, (0, ()), "")

# Tol's muted scheme, his darker yellow for its palest colour: told apart under every common colour blindness.
_COLOURS: Final = (
    "#332288",
    "#cc6677",
    "#117733",
    "#ddaa33",
    "#882255",
    "#44aa99",
    "#aa4499",
    "#999933",
    "#56a5d8",
)
_DASHES: Final[tuple[Dash, ...]] = ((0, ()), (0, (5.0, 1.4)), (0, (1.6, 1.2)), (0, (6.0, 1.4, 1.4, 1.4)))
_MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")


def series_styles(number: int) -> list[SeriesStyle]:
    """The looks of so many scenarios, the baseline first; they repeat only after hundreds."""
    others = (
        SeriesStyle(_COLOURS[i % len(_COLOURS)], _DASHES[i % len(_DASHES)], _MARKERS[i % len(_MARKERS)])
        for i in range(number - 1)
    )
    return [BASELINE, *others]


def level_styles(number: int) -> list[SeriesStyle]:
    """The looks of an attribute's levels, each with its marker."""
    shades = ("#08306b", "#2b7bba", "#e08214", "#8c510a", "#7f7f7f", "#1a1a1a")
    return [SeriesStyle(shades[i % len(shades)], (0, ()), _MARKERS[i % len(_MARKERS)]) for i in range(number)]


def separate_labels(
    wanted: Sequence[float], heights: Sequence[float], low: float, high: float
) -> NDArray[np.float64]:
    """Centres of labels, in the order given, moved as little as possible from where they are wanted.

    A label's centre less what it would be if all touched may not fall from one label to the next: the nearest
    such centres, by least squares, are an isotonic regression.

    Args:
        wanted: where each label belongs.
        heights: of each label, in the same unit.
        low: where the room begins.
        high: where it ends; if it is too small the labels overrun it at this end.
    """
    if len(wanted) == 0:
        return np.empty(0)
    order = np.argsort(wanted, kind="stable")
    sizes = np.asarray(heights, dtype=np.float64)[order]
    touching = np.concatenate([[0.0], np.cumsum((sizes[:-1] + sizes[1:]) / 2)])
    free = isotonic_regression(np.asarray(wanted, dtype=np.float64)[order] - touching).x
    lowest, highest = low + sizes[0] / 2, high - sizes[-1] / 2 - touching[-1]
    centres = np.empty(len(order))
    centres[order] = np.maximum(np.minimum(free, highest), lowest) + touching
    return centres


WIDTH: Final = 10.0
"""Of every figure, in inches."""
LABEL_SIZE: Final = 8.5
SMALL_SIZE: Final = 8.0
LABEL_LINE: Final = 0.155
"""Height of a line of labels, in inches."""
_TITLE_SIZE, _CAPTION_SIZE = 12.5, 8.0
_EDGE, _CAPTION_LINE, _TITLE_LINE = 0.14, 0.145, 0.24
_MOST_TITLE_LINES, _MOST_CAPTION_LINES = 2, 8
_TITLE, _CAPTION = "title", "caption"
_HEADROOM: Final = 0.08
"""Room on either side of the values, as a share of their range."""
_HEADER_LIFT: Final = 0.09
"""Of a header above the labels it is for, in inches."""


@dataclass(frozen=True)
class Margins:
    """Inches between the page's edges and the axes; the title above and the caption below are added."""

    left: float
    right: float
    top: float = 0.2
    bottom: float = 0.5


@dataclass(frozen=True)
class Page:
    """A figure and the rectangle its axes share, in fractions of the figure.

    Attributes:
        figure: with title and caption drawn.
        left, bottom, right, top: the rectangle.
        height: of the rectangle, in inches.
    """

    figure: Figure
    left: float
    bottom: float
    right: float
    top: float
    height: float

    def axes(self) -> Axes:
        """Axes that fill the rectangle."""
        return self.figure.add_axes((self.left, self.bottom, self.right - self.left, self.top - self.bottom))


def page(title: str, caption: str, height: float, margins: Margins) -> Page:
    """A page of the usual width.

    Args:
        title: what the figure shows.
        caption: what its marks and intervals are.
        height: of the axes, in inches.
        margins: around the axes.
    """
    room = WIDTH - 2 * _EDGE
    heading = wrapped(title, room * 0.9, _TITLE_SIZE, _MOST_TITLE_LINES)
    lines = wrapped(caption, room, _CAPTION_SIZE, _MOST_CAPTION_LINES, balanced=False)
    below = margins.bottom + _EDGE + _CAPTION_LINE * len(lines)
    total = _EDGE + _TITLE_LINE * len(heading) + margins.top + height + below
    figure = Figure(figsize=(WIDTH, total), facecolor=PAPER)
    figure.text(
        _EDGE / WIDTH,
        1 - _EDGE / total,
        "\n".join(heading),
        fontsize=_TITLE_SIZE,
        fontweight="bold",
        va="top",
        color=INK,
        gid=_TITLE,
    )
    figure.text(
        _EDGE / WIDTH,
        _EDGE / total,
        "\n".join(lines),
        fontsize=_CAPTION_SIZE,
        va="bottom",
        color=PALE_INK,
        gid=_CAPTION,
        linespacing=1.3,
    )
    return Page(
        figure,
        margins.left / WIDTH,
        below / total,
        1 - margins.right / WIDTH,
        (below + height) / total,
        height,
    )


def style_axes(axes: Axes, *, grid: str = "y") -> None:
    """Take from the axes whatever does not help reading.

    Args:
        axes: to change.
        grid: "x", "y" or "" for none.
    """
    for side in ("top", "right", *(("left",) if grid == "x" else ())):
        axes.spines[side].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(PALE_INK)
    axes.tick_params(labelsize=LABEL_SIZE, color=PALE_INK, labelcolor=INK, length=3)
    axes.set_axisbelow(True)
    if grid == "x":
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.tick_params(axis="y", length=0)
    elif grid == "y":
        axes.grid(axis="y", color=GRID, linewidth=0.8)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(fontsize=LABEL_SIZE, color=PALE_INK)


def row_header(axes: Axes, name: str, height: float) -> None:
    """Name the axis of rows by a header above the rows' labels, where it is read first and takes no width.

    Args:
        axes: whose y axis has a label a row.
        name: of what the rows are.
        height: of the axes, in inches.
    """
    axes.set_ylabel(name, rotation=0, ha="right", va="bottom", fontsize=SMALL_SIZE, color=PALE_INK)
    axes.yaxis.set_label_coords(-0.015, 1 + _HEADER_LIFT / height)


def head_values(axes: Axes, name: str, height: float, x: float) -> None:
    """Name the values written beside the rows by a header above them.

    Args:
        axes: beside which they are written.
        name: of the values, with their unit.
        height: of the axes, in inches.
        x: where they begin, in widths of the axes.
    """
    axes.text(
        x,
        1 + _HEADER_LIFT / height,
        name,
        transform=axes.transAxes,
        va="bottom",
        fontsize=SMALL_SIZE,
        color=PALE_INK,
    )


def draw_interval(axes: Axes, row: float, low: float, high: float, *, colour: str = INK, cap: float = 0.16) -> None:
    """Draw a horizontal interval with a cap at each end; nothing if it has no ends.

    Args:
        axes: to draw on.
        row: vertical position.
        low, high: ends of the interval; NaN if there is none.
        colour: of the interval.
        cap: half the height of a cap, in units of the vertical axis.
    """
    if not np.isfinite(low):
        return
    axes.plot([low, high], [row, row], color=colour, linewidth=1.6, solid_capstyle="butt", zorder=3)
    for end in (low, high):
        axes.plot([end, end], [row - cap, row + cap], color=colour, linewidth=1.2, zorder=3)


def write_value(axes: Axes, row: float, x: float, text: str) -> None:
    """Write a value beside its row.

    Args:
        axes: beside which it is written.
        row: vertical position.
        x: where the text begins, in widths of the axes; see `head_values`.
        text: the value.
    """
    axes.text(x, row, text, transform=axes.get_yaxis_transform(), va="center", fontsize=LABEL_SIZE, color=INK)


def fit_horizontally(axes: Axes, values: NDArray[np.float64]) -> None:
    """Set the limits of the horizontal axis so that all values are visible, with some room on either side.

    Args:
        axes: to change.
        values: of any shape; values that are not finite are ignored.
    """
    finite = values[np.isfinite(values)]
    room = _HEADROOM * (float(np.ptp(finite)) or 1.0)
    axes.set_xlim(finite.min() - room, finite.max() + room)


def finalise(sheet: Page) -> Figure:
    """The page's figure, with every text in a font that has its signs and none read as mathematics."""
    for text in sheet.figure.findobj(Text):
        if isinstance(text, Text):
            families = fonts_of(text.get_text())
            text.set_fontfamily(families)
            if families != [FONT]:
                text.set_fontweight("normal")  # the shipped Chinese font has one weight
            text.set_parse_math(False)
    return sheet.figure


def title_of(figure: Figure) -> str:
    """The title drawn on a figure of this package; empty for others."""
    return _labelled_text(figure, _TITLE)


def caption_of(figure: Figure) -> str:
    """The caption drawn on a figure of this package; empty for others."""
    return _labelled_text(figure, _CAPTION)


def figure_texts(figure: Figure) -> list[Text]:
    """The title and the caption as drawn."""
    return [text for text in figure.texts if text.get_gid() in {_TITLE, _CAPTION}]


def _labelled_text(figure: Figure, gid: str) -> str:
    return next((joined(text.get_text().split("\n")) for text in figure.texts if text.get_gid() == gid), "")
