"""Parts that all HTML pages share: style sheet, numbered figures with captions, template environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from takeup.report import formatting
from takeup.report.plotting.style import caption_of, title_of
from takeup.report.plotting.svg import inline_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class PageFigure:
    """A figure of a page: number, title, caption and SVG."""

    number: int
    title: str
    caption: str
    drawing: Markup


def page_figure(number: int, name: str, figure: Figure) -> PageFigure:
    """Make a figure for a page.

    Args:
        number: Position on the page, from 1.
        name: Title if the figure has none.
        figure: The figure.
    """
    title, caption = title_of(figure) or formatting.join_words(name), caption_of(figure)
    drawing = inline_svg(figure, f"figure{number}", f"{title}. {caption}".strip())
    return PageFigure(number, title, caption, Markup(drawing))


def page_environment(*folders: Path) -> Environment:
    """Make the Jinja environment; templates are searched in these folders, then in this one, which has `page.css`."""
    return Environment(
        loader=FileSystemLoader([*folders, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
