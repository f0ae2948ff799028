"""Marks of SVG."""

from __future__ import annotations

from html import escape
from typing import Final

from takeup.report.plotting.style import INK, PALE_INK

_WIDE, _MIDDLING = 800, 600
"""Pixels from which on a picture rolls sideways on a telephone, or has larger letters there, to be read at all."""
SMALL: Final = 11
PLAIN: Final = 12.5
Attribute = str | float | int | None


def element(name: str, *content: str, **attributes: Attribute) -> str:
    """An element; of attributes that are None nothing is said, and an underscore stands for a hyphen.

    Args:
        name: of the element.
        content: marks within it.
        attributes: `class_` is the attribute class.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_written(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{''.join(content)}</{name}>"


def sheet(width: float, height: float, title: str, *content: str) -> str:
    """A picture.

    Args:
        width, height: in pixels; on a narrower screen it shrinks, as far as it can still be read.
        title: what it shows, for those who hear the page.
        content: marks.
    """
    return element(
        "svg", *content, viewBox=f"0 0 {width:g} {height:g}", width=width, height=height, role="img",
        aria_label=title, class_="wide" if width > _WIDE else "middling" if width > _MIDDLING else None,
        style=f"--width:{width:g}px",
        xmlns="http://www.w3.org/2000/svg",
    )  # fmt: skip


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float = PLAIN,
    colour: str = INK,
    anchor: str | None = None,
    weight: str | None = None,
    kind: str | None = None,
) -> str:
    """A line of text that stands on y.

    Args:
        x, y: where it begins, or ends or has its middle.
        words: as they are; escaped here.
        size: of its letters, in pixels.
        colour: of its letters.
        anchor: "middle" or "end"; None: x is where it begins.
        weight: "600" for what is read first.
        kind: its class.
    """
    return element(
        "text", escape(words), x=x, y=y, font_size=size, fill=colour, text_anchor=anchor, font_weight=weight,
        class_=kind,
    )  # fmt: skip


def note(x: float, y: float, words: str, anchor: str | None = None) -> str:
    """Small, pale text."""
    return text(x, y, words, size=SMALL, colour=PALE_INK, anchor=anchor)


def bar(x: float, y: float, width: float, height: float, colour: str, **attributes: Attribute) -> str:
    """A filled rectangle."""
    return element("rect", x=x, y=y, width=max(width, 0.0), height=height, fill=colour, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.0, dash: str | None = None) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour, stroke_width=width, stroke_dasharray=dash)


def tip(words: str) -> str:
    """What is told when the pointer rests on the element that it stands in."""
    return element("title", escape(words))


def _written(value: Attribute) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
