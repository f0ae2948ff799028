"""What all HTML pages share: one style sheet, figures numbered with their captions, no file beside the page."""

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
    """A figure on the page: its number, title and caption in words, and the drawing."""

    number: int
    title: str
    caption: str
    drawing: Markup


def page_figure(number: int, name: str, figure: Figure) -> PageFigure:
    """A figure for a page.

    Args:
        number: its place on the page.
        name: what it is called if it has no title.
        figure: what is drawn.
    """
    title, caption = title_of(figure) or formatting.join_words(name), caption_of(figure)
    drawing = inline_svg(figure, f"figure{number}", f"{title}. {caption}".strip())
    return PageFigure(number, title, caption, Markup(drawing))


def page_environment(*folders: Path) -> Environment:
    """Where templates are looked up: these folders, then this one, which has the style sheet `page.css`."""
    return Environment(
        loader=FileSystemLoader([*folders, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
