"""Parts of HTML pages: templates, and numbered figures as inline SVG with interactive charts."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from warnings import catch_warnings, filterwarnings
from xml.etree import ElementTree as Xml

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from takeup.report import formatting
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import caption_of, title_of, without_title_and_caption
from takeup.report.typography import POINTS_AN_INCH

if TYPE_CHECKING:
    from takeup.report.charts.base import Chart

_FONT: Final = re.compile(r"\s*font-family:[^;]*;?")
_OMITTED: Final = {"metadata", "style"}
_OPTION: Final = re.compile(r"--[a-z]+(?:-[a-z]+)*")
"""Pattern of an option of the command line; browsers break lines at its hyphens."""
_PERCENT: Final = re.compile(r"(?<=\d) (?=%)")
"""Pattern of the space before a percent sign."""


@dataclass(frozen=True)
class PageFigure:
    """A figure of an HTML page.

    Attributes:
        number: number on the page, from 1.
        title, caption: texts below the figure.
        drawing: SVG element, for print and for browsers without JavaScript.
        chart: interactive chart as JSON for `page.js`; empty if there is none.
    """

    number: int
    title: str
    caption: str
    drawing: Markup
    chart: Markup


def page_figure(
    number: int, name: str, figure: Figure, chart: Chart | None = None, translate: Language = ENGLISH
) -> PageFigure:
    """Convert a figure to a numbered figure of an HTML page.

    Args:
        number: number of the figure on the page, from 1.
        name: title if the figure has none.
        figure: the figure.
        chart: interactive chart of the same results.
        translate: language of the menu of the chart.
    """
    title, caption = title_of(figure) or formatting.join_words(name), caption_of(figure)
    drawing = inline_svg(figure, f"figure{number}", f"{title}. {caption}".strip())
    return PageFigure(number, title, caption, Markup(drawing), _chart_json(chart, translate) if chart else Markup())


def _chart_json(chart: Chart, translate: Language) -> Markup:
    """Return a chart as JSON that is safe within a <script> element."""
    stated = {
        "specification": chart.with_data(),
        "leastWidth": chart.least_width,
        "mostWidth": chart.most_width,
        "words": [translate("Save as SVG"), translate("Save as PNG"), translate("Save this chart")],
    }
    text = json.dumps(stated, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def page_environment(*folders: Path) -> Environment:
    """Make the Jinja environment of HTML pages.

    Args:
        folders: folders with templates, searched before the folder of this module, which contains `page.css`.
    """
    environment = Environment(
        loader=FileSystemLoader([*folders, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: _unbroken_percent(value) if type(value) is str else value,
    )
    environment.filters["unbroken_options"] = unbroken_options
    return environment


def unbroken_options(text: str) -> Markup:
    """Return a text as HTML whose options, such as --agents, are not broken at the end of a line."""
    return Markup(mark_options(str(escape(_unbroken_percent(text)))))


def mark_options(html: str) -> str:
    """Mark the options of commands in HTML without tags; the style sheet keeps each on one line."""
    return _OPTION.sub(r'<span class="option">\g<0></span>', html)


def _unbroken_percent(text: str) -> str:
    """Return a text in which no line begins with a percent sign."""
    return _PERCENT.sub("\u00a0", text)


def inline_svg(figure: Figure, prefix: str, label: str) -> str:
    """Convert a figure to an <svg> element for an HTML page.

    Title and caption are omitted, because the page shows them itself. Texts are not converted to paths, and the
    element contains no date and no external file. The page's style sheet sets the fonts, and `stroke-linejoin` to
    round.

    Args:
        figure: the figure; it is not changed.
        prefix: prefix of all ids, which makes them unique on the page.
        label: description of the figure for screen readers.
    """
    buffer = io.BytesIO()
    with (
        without_title_and_caption(figure) as box,
        rc_context({"svg.fonttype": "none", "svg.hashsalt": prefix}),
        catch_warnings(),
    ):
        filterwarnings("ignore", message="Glyph .* missing")  # the reader's fonts may have it
        _draw(figure, buffer)
    svg = Xml.fromstring(buffer.getvalue())
    ends = box.x0, figure.get_figheight() - box.y1, box.width, box.height
    svg.set("viewBox", " ".join(f"{POINTS_AN_INCH * end:.6f}" for end in ends))
    for element in svg.iter():
        _localise(element, prefix)
    for parent in svg.iter():
        for child in [child for child in parent if child.tag in _OMITTED]:
            parent.remove(child)
    for size in ("width", "height", "version"):
        svg.attrib.pop(size, None)
    svg.attrib |= {"role": "img", "aria-label": label}
    return Xml.tostring(svg, encoding="unicode")


def _draw(figure: Figure, buffer: io.BytesIO) -> None:
    """Draw a whole figure as SVG with one pass; `savefig` with a bounding box draws three times."""
    dpi, canvas = figure.dpi, figure.canvas
    try:
        canvas_of_file: Any = FigureCanvasSVG(figure)
        canvas_of_file.print_svg(buffer, metadata={"Date": None})
    finally:
        figure.set_dpi(dpi)
        figure.set_canvas(canvas)


def _localise(element: Xml.Element, prefix: str) -> None:
    """Remove namespaces, which HTML does not need, and prefix ids and references."""
    element.tag = _local_name(element.tag)
    old = dict(element.attrib)
    element.attrib.clear()
    for name, value in old.items():
        local = _local_name(name)
        if local == "id":
            element.attrib[local] = f"{prefix}-{value}"
        elif local == "href":
            element.attrib[local] = value.replace("#", f"#{prefix}-", 1)
        elif local == "style":
            element.attrib[local] = _FONT.sub("", value).replace("url(#", f"url(#{prefix}-").strip()
        else:
            element.attrib[local] = value.replace("url(#", f"url(#{prefix}-")


def _local_name(name: str) -> str:
    return name.rpartition("}")[2]
