"""Text of the pages as markup; everything that is said is escaped here."""

from __future__ import annotations

from html import escape

import solara

from takeup.dashboard.drawing.marks import element


def Markup(*content: str, kind: str | None = None) -> solara.Element:
    """Markup made by the functions below.

    Args:
        content: of the block.
        kind: its class.
    """
    return solara.HTML(tag="div", unsafe_innerHTML="".join(content), classes=[kind] if kind else [])


def heading(words: str, below: str = "") -> str:
    """A heading, and a pale line below it."""
    return element("h2", escape(words)) + (said(below, "below") if below else "")


def figure(number: str, words: str, *, name: str) -> str:
    """A number that is read first, and what it is.

    Args:
        number: with its unit.
        words: beside it.
        name: by which tests find it.
    """
    return element(
        "p", element("strong", escape(number), data_figure=name), element("span", escape(words)), class_="figure"
    )


def said(words: str, kind: str | None = None) -> str:
    """A paragraph."""
    return element("p", escape(words), class_=kind)


def code(words: str) -> str:
    """A command as it is typed."""
    return element("pre", element("code", escape(words)))


def fault(message: str) -> str:
    """What is wrong, in words."""
    return element("p", escape(message), class_="fault", role="alert")


def pairs(rows: list[tuple[str, str]]) -> str:
    """Names with their values."""
    return element("dl", *(element("dt", escape(name)) + element("dd", escape(value)) for name, value in rows))
