"""The HTML document around the pages: its language, its title, and the texts that Solara shows on its own."""

from __future__ import annotations

from html import escape
from typing import Final

from takeup.report.i18n import Language

_HTML: Final = "<html>"
_TITLE: Final = "<title>{title}</title>"
_VIEWPORT: Final = (
    '<meta name="viewport" content="width=device-width, initial-scale=1, maximum-scale=1, user-scalable=no, '
    'minimal-ui">'
)
"""Solara's viewport, which does not let visitors enlarge the page."""
_ZOOMABLE: Final = '<meta name="viewport" content="width=device-width, initial-scale=1">'


def localise_document(html: str, title: str, name: str, translate: Language) -> str:
    """Return Solara's document in the language of a visitor.

    Args:
        html: the document as Solara renders it.
        title: title of the document in `html`.
        name: title that replaces it.
        translate: the language.
    """
    for part, other in replacements(title, name, translate).items():
        html = html.replace(part, other)
    return html


def replacements(title: str, name: str, translate: Language) -> dict[str, str]:
    """Return the parts of Solara's document that are replaced, and what replaces them.

    Args:
        title, name, translate: as for `localise_document`.
    """
    loading, reload = translate("Loading …"), translate("Load the page again")
    texts = {
        ">Loading …<": f">{loading}<",
        "App is disconnected, and may not function properly. Please refresh the page.": translate(
            "The page has lost its connection to the server. Load it again."
        ),
        "Server\n                disconnected.": translate("No connection to the server."),
        "Restoring session…": translate("Connecting again …"),
        ">Please refresh the page<": f">{reload}<",
        "Could not restore session. Please refresh.": translate("The server no longer knows this page."),
        "Refresh now": translate("Load again"),
    }
    return {
        _HTML: f'<html lang="{translate.tag}">',
        _TITLE.format(title=title): _TITLE.format(title=escape(name)),
        _VIEWPORT: _ZOOMABLE,
        **texts,
    }
