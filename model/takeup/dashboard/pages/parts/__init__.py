"""The pages' controls, each a small template of its own: nothing is fetched, nothing looks like a toolkit."""

# The parameters are the templates' names; solara hands them over, and no body is ever run.

from __future__ import annotations

from collections.abc import Callable

import solara


@solara.component_vue("slider.vue")
def Slider(
    label: str,
    name: str,
    value: float,
    low: float,
    high: float,
    step: float,
    shown: str,
    event_moved: Callable[[float], None],
    plays: bool = False,
    disabled: bool = False,
) -> None:
    """A slider; it says where it is at most every 150 ms while it moves. With `plays` it can move by itself."""


@solara.component_vue("picture.vue")
def Picture(svg: str, still: bool = False, event_picked: Callable[[int], None] | None = None) -> None:
    """A drawing; unless it is still, what carries `data-pick` can be chosen."""


@solara.component_vue("chips.vue")
def Chips(
    label: str, options: list[tuple[str, str]], chosen: list[str], event_pressed: Callable[[str], None]
) -> None:
    """Buttons in a row, of which some are pressed; options are (key, title)."""


@solara.component_vue("choice.vue")
def Choice(
    label: str, name: str, options: list[tuple[str, str]], value: str, event_chosen: Callable[[str], None]
) -> None:
    """One of several; options are (key, title)."""


@solara.component_vue("lettering.vue")
def Lettering(words: str) -> None:
    """Words for who sees boxes instead of Chinese signs; nothing for others."""


@solara.component_vue("field.vue")
def Field(label: str, name: str, value: str, event_written: Callable[[str], None]) -> None:
    """A line of text."""


@solara.component_vue("press.vue")
def Press(label: str, name: str, title: str, kind: str, event_pressed: Callable[[int], None]) -> None:
    """A button."""


@solara.component_vue("download.vue")
def Download(label: str, file: str, content: str) -> None:
    """A link that saves a text as a file; it is made in the browser."""
