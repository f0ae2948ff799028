"""SVG elements, and the sizes and colours that all charts share."""

from __future__ import annotations

from html import escape
from typing import Final

from takeup.report.plotting import INK, PALE_INK

SMALL_SIZE: Final = 11
TEXT_SIZE: Final = 12.5
"""Sizes of text, in pixels."""
PALE_BLUE, BLUE, DARK_BLUE = "#a9b8c6", "#4d6f91", "#0b3a66"
POSITIVE, NEGATIVE = BLUE, "#c9977f"
POLICY_COLOR: Final = "#a6462b"
POLICY_DASH: Final = "7 3"
"""A policy differs from the baseline by colour, by dashes and by the label of its line."""
_WIDE, _MEDIUM = 800, 600
"""Widths in pixels above which narrow screens scroll a chart sideways, or enlarge its text."""
Attribute = str | float | int | None


def element(name: str, *content: str, **attributes: Attribute) -> str:
    """Return an SVG or HTML element as text.

    Args:
        name: name of the element.
        content: children of the element, as markup.
        attributes: attributes of the element, which this function escapes. An attribute that is None is omitted; an
            underscore in a name becomes a hyphen; `class_` becomes `class`.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_format(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(content)}</{name}>"


def svg_document(width: float, height: float, title: str, *content: str) -> str:
    """Return an SVG document as text.

    Args:
        width, height: size in pixels; on narrower screens the chart shrinks as far as it stays legible.
        title: accessible name of the chart.
        content: elements of the chart, as markup.
    """
    return element(
        "svg",
        *content,
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        aria_label=title,
        class_="wide" if width > _WIDE else "medium" if width > _MEDIUM else None,
        style=f"--width:{width:g}px",
        xmlns="http://www.w3.org/2000/svg",
    )


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float = TEXT_SIZE,
    color: str = INK,
    anchor: str | None = None,
    weight: str | None = None,
    class_: str | None = None,
) -> str:
    """Return a line of text.

    Args:
        x, y: position of its start (or of its end or middle, see `anchor`) and of its baseline.
        content: the text, which this function escapes.
        size: font size in pixels.
        color: colour of the text.
        anchor: "middle" or "end"; None: the text starts at x.
        weight: font weight; "600" for emphasis.
        class_: CSS class.
    """
    return element(
        "text",
        escape(content),
        x=x,
        y=y,
        font_size=size,
        fill=color,
        text_anchor=anchor,
        font_weight=weight,
        class_=class_,
    )


def annotation(x: float, y: float, content: str, anchor: str | None = None) -> str:
    """Return small, pale text."""
    return text(x, y, content, size=SMALL_SIZE, color=PALE_INK, anchor=anchor)


def rectangle(x: float, y: float, width: float, height: float, color: str, **attributes: Attribute) -> str:
    """Return a filled rectangle."""
    return element("rect", x=x, y=y, width=max(width, 0.0), height=height, fill=color, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, color: str, width: float = 1.0, dash: str | None = None) -> str:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=color, stroke_width=width, stroke_dasharray=dash)


def tooltip(content: str) -> str:
    """Return a tooltip, which belongs to the element that contains it."""
    return element("title", escape(content))


def _format(value: Attribute) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
