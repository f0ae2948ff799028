"""The page a figure is drawn on: margins in inches, a title above, a caption below, quiet axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from takeup.report.figures.lettering import FONT, fonts_of, joined, wrapped
from takeup.report.figures.palette import GRID, INK, PALE_INK, PAPER

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


def dress(axes: Axes, *, grid: str = "y") -> None:
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


def head_labels(axes: Axes, name: str, height: float) -> None:
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


def finished(sheet: Page) -> Figure:
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
    return _said(figure, _TITLE)


def caption_of(figure: Figure) -> str:
    """The caption drawn on a figure of this package; empty for others."""
    return _said(figure, _CAPTION)


def words_on(figure: Figure) -> list[Text]:
    """The title and the caption as drawn."""
    return [text for text in figure.texts if text.get_gid() in {_TITLE, _CAPTION}]


def _said(figure: Figure, gid: str) -> str:
    return next((joined(text.get_text().split("\n")) for text in figure.texts if text.get_gid() == gid), "")
