"""Layout and style of figures: pages, axes, rows, labels and styles of series.

A figure is made in three steps. `page` makes the figure with title, caption and margins. A plot function draws on
axes of the page. `finalise` sets the fonts of all texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from takeup.report.typography import FONT, fonts_of, joined, wrapped

INK: Final = "#1a1a1a"
PALE_INK: Final = "#5f6368"
GRID: Final = "#e4e4e4"
PAPER: Final = "#ffffff"

_CROP_PADDING: Final = 0.05
"""Space around what is drawn in a cropped figure, in inches."""

Dash = tuple[int, tuple[float, ...]]


@dataclass(frozen=True)
class SeriesStyle:
    """The style of a series: its colour, dash and marker.

    Attributes:
        colour: colour of the line, the marker and the band.
        dash: dash pattern as in Matplotlib: offset and on-off lengths in line widths; empty for a solid line.
        marker: marker as in Matplotlib; empty for none.
    """

    colour: str
    dash: Dash
    marker: str


BASELINE: Final = SeriesStyle(INK, (0, ()), "")

# Tol's muted scheme, with a darker yellow in place of its palest colour: distinguishable with all common forms of
# colour blindness.
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
    """Return the styles of scenarios, the baseline first.

    Colours, dashes and markers repeat with different periods, so the same style recurs only after 396 scenarios.
    """
    others = (
        SeriesStyle(_COLOURS[i % len(_COLOURS)], _DASHES[i % len(_DASHES)], _MARKERS[i % len(_MARKERS)])
        for i in range(number - 1)
    )
    return [BASELINE, *others]


def level_styles(number: int) -> list[SeriesStyle]:
    """Return the styles of an attribute's levels."""
    shades = ("#08306b", "#2b7bba", "#e08214", "#8c510a", "#7f7f7f", "#1a1a1a")
    return [SeriesStyle(shades[i % len(shades)], (0, ()), _MARKERS[i % len(_MARKERS)]) for i in range(number)]


def separate_labels(
    wanted: Sequence[float], heights: Sequence[float], low: float, high: float
) -> NDArray[np.float64]:
    """Place labels along an axis without overlap, with the least squared shifts.

    Sort the labels, and subtract from each centre the centre that it would have if all labels touched. Labels do not
    overlap if these differences do not decrease, so the optimal differences are an isotonic regression.

    Args:
        wanted: wanted centre of each label.
        heights: height of each label, in the same unit.
        low: lower end of the available range.
        high: upper end of the available range; labels that do not fit extend beyond it.

    Returns:
        The centre of each label, in the order of `wanted`.
    """
    from scipy.optimize import isotonic_regression  # noqa: PLC0415  (its import takes 0.1 s; few figures need it)

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
"""Width of every figure, in inches."""
LABEL_SIZE: Final = 8.5
SMALL_SIZE: Final = 8.0
LABEL_LINE: Final = 0.155
"""Height of a line of labels, in inches."""
_TITLE_SIZE, _CAPTION_SIZE = 12.5, 8.0
_EDGE, _CAPTION_LINE, _TITLE_LINE = 0.14, 0.145, 0.24
_MOST_TITLE_LINES, _MOST_CAPTION_LINES = 2, 8
_TITLE, _CAPTION = "title", "caption"
_HEADROOM: Final = 0.08
"""Margin on either side of the values, as a share of their range."""
_HEADER_LIFT: Final = 0.09
"""Distance of a header from the axes below it, in inches."""


@dataclass(frozen=True)
class Margins:
    """Margins between the axes and the edge, title or caption of a figure, in inches."""

    left: float
    right: float
    top: float = 0.2
    bottom: float = 0.5


@dataclass(frozen=True)
class Page:
    """A figure and the rectangle for its axes.

    Attributes:
        figure: the figure, with title and caption.
        left, bottom, right, top: edges of the rectangle, in fractions of the figure.
        height: height of the rectangle, in inches.
    """

    figure: Figure
    left: float
    bottom: float
    right: float
    top: float
    height: float

    def axes(self) -> Axes:
        """Add axes that fill the rectangle."""
        return self.figure.add_axes((self.left, self.bottom, self.right - self.left, self.top - self.bottom))


def page(title: str, caption: str, height: float, margins: Margins) -> Page:
    """Make a figure with title, caption and margins around an area for axes.

    Args:
        title: subject of the figure.
        caption: description of its marks and intervals.
        height: height of the axes, in inches.
        margins: margins around the axes.
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
    """Set sizes and colours of ticks and labels, remove spines, and draw a pale grid.

    Args:
        axes: the axes to change.
        grid: axis with the values, "x" or "y", whose ticks have grid lines; "" draws no grid.
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
    """Write a header above the labels of the rows, at the left of the axes.

    Args:
        axes: axes with one label per row on the y axis.
        name: the header.
        height: height of the axes, in inches.
    """
    axes.set_ylabel(name, rotation=0, ha="right", va="bottom", fontsize=SMALL_SIZE, color=PALE_INK)
    axes.yaxis.set_label_coords(-0.015, 1 + _HEADER_LIFT / height)


def row_panels(
    sheet: Page, titles: Sequence[str], rows: Sequence[str], header: str, gap: float, *, title_pad: float = 6.0
) -> list[Axes]:
    """Add axes side by side that share labelled rows, the first row on top.

    Args:
        sheet: page whose rectangle the panels fill.
        titles: titles of the panels.
        rows: labels of the rows, which are left of the first panel.
        header: header above the labels.
        gap: distance between two panels, in inches.
        title_pad: distance between a title and its panel, in points.

    Returns:
        The panels, from left to right.
    """
    width = ((sheet.right - sheet.left) * WIDTH - gap * (len(titles) - 1)) / len(titles)
    panels: list[Axes] = []
    for column, title in enumerate(titles):
        left = sheet.left + column * (width + gap) / WIDTH
        axes = sheet.figure.add_axes((left, sheet.bottom, width / WIDTH, sheet.top - sheet.bottom))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_title(title, fontsize=LABEL_SIZE, color=INK, loc="left", pad=title_pad)
        axes.set_yticks(range(len(rows)), [""] * len(rows) if panels else rows)
        style_axes(axes, grid="x")
        axes.tick_params(axis="y", labelsize=SMALL_SIZE)
        panels.append(axes)
    row_header(panels[0], header, sheet.height)
    return panels


def head_values(axes: Axes, name: str, height: float, x: float) -> None:
    """Write a header above the values that `write_value` writes beside rows.

    Args:
        axes: axes of the rows.
        name: the header, with the unit of the values.
        height: height of the axes, in inches.
        x: horizontal position of the values, in widths of the axes.
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
    """Draw a horizontal interval with a cap at each end.

    Args:
        axes: axes to draw on.
        row: vertical position.
        low, high: ends of the interval; if they are NaN, nothing is drawn.
        colour: colour of the interval.
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
        axes: axes of the row.
        row: vertical position, in units of the vertical axis.
        x: horizontal position of the text's left end, in widths of the axes; see `head_values`.
        text: formatted value.
    """
    axes.text(x, row, text, transform=axes.get_yaxis_transform(), va="center", fontsize=LABEL_SIZE, color=INK)


def fit_horizontally(axes: Axes, values: NDArray[np.float64]) -> None:
    """Set the limits of the horizontal axis to the range of values, with a margin.

    Args:
        axes: axes to change.
        values: values of any shape; those that are not finite are ignored.
    """
    finite = values[np.isfinite(values)]
    room = _HEADROOM * (float(np.ptp(finite)) or 1.0)
    axes.set_xlim(finite.min() - room, finite.max() + room)


def finalise(sheet: Page) -> Figure:
    """Set the fonts of all texts, switch off math notation, and return the figure."""
    for text in sheet.figure.findobj(Text):
        if isinstance(text, Text):
            families = fonts_of(text.get_text())
            text.set_fontfamily(families)
            if families != [FONT]:
                text.set_fontweight("normal")  # the shipped Chinese font has one weight
            text.set_parse_math(False)
    return sheet.figure


def title_of(figure: Figure) -> str:
    """Return the title of a figure made with `page`; empty for other figures."""
    return _labelled_text(figure, _TITLE)


def caption_of(figure: Figure) -> str:
    """Return the caption of a figure made with `page`; empty for other figures."""
    return _labelled_text(figure, _CAPTION)


def figure_texts(figure: Figure) -> list[Text]:
    """Return the texts of title and caption of a figure made with `page`."""
    return [text for text in figure.texts if text.get_gid() in {_TITLE, _CAPTION}]


@contextmanager
def without_title_and_caption(figure: Figure) -> Iterator[Bbox]:
    """Hide the title and caption of a figure, and yield the bounding box of the rest, in inches.

    The box is as wide as the figure, so that letters have the same size in all figures of a page.
    """
    texts = figure_texts(figure)
    for text in texts:
        text.set_visible(False)
    try:
        drawn = figure.get_tightbbox()
        yield Bbox.from_extents(0.0, drawn.y0 - _CROP_PADDING, figure.get_figwidth(), drawn.y1 + _CROP_PADDING)
    finally:
        for text in texts:
            text.set_visible(True)


def _labelled_text(figure: Figure, gid: str) -> str:
    return next((joined(text.get_text().split("\n")) for text in figure.texts if text.get_gid() == gid), "")
