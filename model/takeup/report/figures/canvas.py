"""The page a figure is drawn on: margins in inches, title, caption, quiet axes, labels that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final
from unicodedata import east_asian_width

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font_names
from matplotlib.text import Text

from takeup.report.figures.palette import GRID, INK, PALE_INK, PAPER
from takeup.report.wording import printable

WIDTH: Final = 10.0
"""Of every figure, in inches."""
LABEL_SIZE: Final = 8.5
LABEL_LINE: Final = 0.155
"""Height of a line of labels, in inches."""
_TITLE_SIZE, _CAPTION_SIZE = 12.5, 8.0
_EDGE, _CAPTION_LINE = 0.14, 0.145
_CAPTION_COLUMNS: Final = 150
_TITLE, _CAPTION = "title", "caption"
_CHINESE_FONTS: Final = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Zen Hei", "SimHei")


@dataclass(frozen=True)
class Margins:
    """Inches between the page's edges and the axes; the title stands above, the caption below, both are added."""

    left: float
    right: float
    top: float = 0.12
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


def page(title: str, caption: str, height: float, margins: Margins) -> Page:
    """A page of the usual width.

    Args:
        title: what the figure shows.
        caption: what its marks and intervals are.
        height: of the axes, in inches.
        margins: around the axes.
    """
    lines = wrapped(caption, _CAPTION_COLUMNS, most=8)
    above = margins.top + 0.42
    below = margins.bottom + _EDGE + _CAPTION_LINE * len(lines)
    total = above + height + below
    figure = Figure(figsize=(WIDTH, total), facecolor=PAPER)
    figure.text(
        _EDGE / WIDTH, 1 - _EDGE / total, printable(title), fontsize=_TITLE_SIZE, fontweight="bold", va="top", color=INK, gid=_TITLE
    )
    figure.text(
        _EDGE / WIDTH, _EDGE / total, "\n".join(lines), fontsize=_CAPTION_SIZE, va="bottom", color=PALE_INK, gid=_CAPTION,
        linespacing=1.3,
    )
    return Page(
        figure, margins.left / WIDTH, below / total, 1 - margins.right / WIDTH, (below + height) / total, height
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
    axes.xaxis.label.set(fontsize=LABEL_SIZE, color=PALE_INK)
    axes.yaxis.label.set(fontsize=LABEL_SIZE, color=PALE_INK)


def finished(page: Page) -> Figure:
    """The page's figure, with every text in a font that has its signs and none read as mathematics."""
    for text in page.figure.findobj(Text):
        if isinstance(text, Text):
            text.set_fontfamily(_fonts())
            text.set_parse_math(False)
    return page.figure


def title_of(figure: Figure) -> str:
    """The title drawn on a figure of this package; empty for others."""
    return _said(figure, _TITLE)


def caption_of(figure: Figure) -> str:
    """The caption drawn on a figure of this package; empty for others."""
    return _said(figure, _CAPTION)


def words_on(figure: Figure) -> list[Text]:
    """The title and the caption as drawn."""
    return [text for text in figure.texts if text.get_gid() in {_TITLE, _CAPTION}]


def wrapped(text: str, columns: int, most: int) -> list[str]:
    """The text in lines of at most so many columns, a Chinese sign taking two; what does not fit ends in an ellipsis.

    Args:
        text: made printable first.
        columns: the longest line.
        most: how many lines.
    """
    lines = [""]
    for piece in _pieces(printable(text)):
        if _columns(lines[-1] + piece.rstrip()) > columns and lines[-1]:
            lines.append("")
        lines[-1] = (lines[-1] + piece).lstrip()
    lines = [_cut(line.rstrip(), columns) for line in lines]
    if len(lines) > most:
        lines = [*lines[: most - 1], _cut(lines[most - 1] + "…", columns)]
    return lines


def _said(figure: Figure, gid: str) -> str:
    return next((" ".join(text.get_text().split()) for text in figure.texts if text.get_gid() == gid), "")


def _pieces(text: str) -> Sequence[str]:
    """Where a line may end: after each space and around each Chinese sign."""
    pieces = [""]
    for sign in text:
        if east_asian_width(sign) in "WF" or (pieces[-1] and _columns(pieces[-1][-1]) > 1):
            pieces.append("")
        pieces[-1] += sign
        if sign == " ":
            pieces.append("")
    return pieces


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _cut(line: str, columns: int) -> str:
    if _columns(line) <= columns:
        return line
    while _columns(line) >= columns:
        line = line[:-1]
    return line.rstrip() + "…"


@cache
def _fonts() -> list[str]:
    """DejaVu Sans comes with matplotlib; a Chinese font joins it where the machine has one."""
    installed = set(get_font_names())
    return ["DejaVu Sans", *(font for font in _CHINESE_FONTS if font in installed)]
