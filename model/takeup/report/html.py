"""Parts of HTML pages: style sheet, templates, and numbered figures as inline SVG."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from warnings import catch_warnings, filterwarnings
from xml.etree import ElementTree as Xml

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from takeup.report import formatting
from takeup.report.plotting import caption_of, figure_texts, title_of

_PADDING: Final = 0.05
_FONT: Final = re.compile(r"\s*font-family:[^;]*;?")
_LEFT_OUT: Final = {"metadata", "style"}


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


def inline_svg(figure: Figure, prefix: str, label: str) -> str:
    """The figure as an <svg> element for an HTML page, without title and caption, which the page has.

    The fonts are the page's, and so are strokes' joins: its style sheet says `stroke-linejoin: round`.

    Args:
        figure: left as it is.
        prefix: makes the ids unique on the page.
        label: what the figure shows, for those who do not see it.
    """
    buffer = io.BytesIO()
    with (
        _without_words(figure),
        rc_context({"svg.fonttype": "none", "svg.hashsalt": prefix}),
        catch_warnings(),
    ):
        filterwarnings("ignore", message="Glyph .* missing")  # the reader's fonts may well have it
        figure.savefig(buffer, format="svg", bbox_inches=_cropped(figure), metadata={"Date": None})
    svg = Xml.fromstring(buffer.getvalue())
    for element in svg.iter():
        _made_local(element, prefix)
    for parent in svg.iter():
        for child in [child for child in parent if child.tag in _LEFT_OUT]:
            parent.remove(child)
    for size in ("width", "height", "version"):
        svg.attrib.pop(size, None)
    svg.attrib |= {"role": "img", "aria-label": label}
    return Xml.tostring(svg, encoding="unicode")


@contextmanager
def _without_words(figure: Figure) -> Iterator[None]:
    words = figure_texts(figure)
    for text in words:
        text.set_visible(False)
    try:
        yield
    finally:
        for text in words:
            text.set_visible(True)


def _cropped(figure: Figure) -> Bbox:
    """The drawn part, in inches; all of the width, so that letters have one size in all figures of a page."""
    drawn = figure.get_tightbbox()
    return Bbox.from_extents(0.0, drawn.y0 - _PADDING, figure.get_figwidth(), drawn.y1 + _PADDING)


def _made_local(element: Xml.Element, prefix: str) -> None:
    """Names without namespaces, which HTML needs not, and ids and references to them with the prefix."""
    element.tag = _bare(element.tag)
    old = dict(element.attrib)
    element.attrib.clear()
    for name, value in old.items():
        local = _bare(name)
        if local == "id":
            element.attrib[local] = f"{prefix}-{value}"
        elif local == "href":
            element.attrib[local] = value.replace("#", f"#{prefix}-", 1)
        elif local == "style":
            element.attrib[local] = _FONT.sub("", value).replace("url(#", f"url(#{prefix}-").strip()
        else:
            element.attrib[local] = value.replace("url(#", f"url(#{prefix}-")


def _bare(name: str) -> str:
    return name.rpartition("}")[2]
