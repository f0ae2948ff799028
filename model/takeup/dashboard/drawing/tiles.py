"""A map of tiles: one a street, the darker the more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.dashboard.drawing.marks import SMALL, bar, element, note, sheet, text, tip
from takeup.district import Street
from takeup.district.tile_map import Tiles
from takeup.report.plotting.style import INK, PAPER

_WIDTH, _HEIGHT, _GAP = 96, 62, 4
_LEGEND, _LEGEND_WIDTH, _LEGEND_STEPS = 44, 180, 30
_LIGHT: Final = (236, 240, 243)
_DARK: Final = (11, 58, 102)
_CHINESE, _VALUE = 13, 14
"""Sizes of letters, in pixels."""
_MISSING: Final = "#ffffff"
_DARK_ENOUGH: Final = 0.62
"""From here on white letters stand out better than black ones; either has a contrast of 4 to 1 at least."""
_SUFFIX: Final = "街道"


@dataclass(frozen=True)
class Shades:
    """How a number becomes a shade.

    Attributes:
        low, high: the numbers of the lightest and the darkest.
        say: a number in words.
        title: what the number is, with its unit.
    """

    low: float
    high: float
    say: Callable[[float], str]
    title: str

    def depth(self, value: float) -> float:
        """From 0, the lightest, to 1."""
        if self.high <= self.low:
            return 0.0
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def tile_map(
    tiles: Tiles, streets: Sequence[Street], values: NDArray[np.float64], shades: Shades, chosen: int | None
) -> str:
    """A map of tiles.

    Args:
        tiles: where they lie.
        streets: in the order of the values.
        values: (streets,); NaN where there is nobody.
        shades: of the values.
        chosen: the street that is marked.
    """
    width = tiles.columns * (_WIDTH + _GAP)
    height = tiles.rows * (_HEIGHT + _GAP)
    marks = [
        _tile(number, street, place, float(value), shades, chosen == number)
        for number, (street, place, value) in enumerate(zip(streets, tiles.places, values, strict=True))
    ]
    return sheet(width, height + _LEGEND, f"{shades.title} by street", *marks, *_legend(height, shades))


def _tile(number: int, street: Street, place: tuple[int, int], value: float, shades: Shades, is_chosen: bool) -> str:
    x, y = place[0] * (_WIDTH + _GAP), place[1] * (_HEIGHT + _GAP)
    known = bool(np.isfinite(value))
    depth = shades.depth(value) if known else 0.0
    ink = PAPER if depth > _DARK_ENOUGH else INK
    middle = x + _WIDTH / 2
    return element(
        "g",
        tip(f"{street.name} {street.name_zh}: {shades.say(value)}"),
        bar(
            x + 1,
            y + 1,
            _WIDTH - 2,
            _HEIGHT - 2,
            _shade(depth) if known else _MISSING,
            rx=3,
            stroke=INK if is_chosen else _shade(depth) if known else "#c8ccd0",
            stroke_width=2.5 if is_chosen else 1,
        ),
        text(middle, y + 18, street.name_zh.removesuffix(_SUFFIX), size=_CHINESE, colour=ink, anchor="middle"),
        text(middle, y + 32, street.name, size=SMALL, colour=ink, anchor="middle"),
        text(middle, y + 51, shades.say(value), size=_VALUE, colour=ink, anchor="middle", weight="600", kind="value"),
        data_pick=number,
        data_street=street.name,
        tabindex=0,
        role="button",
        class_="tile",
    )


def _legend(top: float, shades: Shades) -> list[str]:
    step = _LEGEND_WIDTH / _LEGEND_STEPS
    ramp = [bar(1 + step * i, top + 10, step + 0.5, 8, _shade(i / (_LEGEND_STEPS - 1))) for i in range(_LEGEND_STEPS)]
    return [
        *ramp,
        note(1, top + 33, shades.say(shades.low)),
        note(1 + _LEGEND_WIDTH, top + 33, shades.say(shades.high), "end"),
        note(_LEGEND_WIDTH + 14, top + 18, shades.title),
    ]


def _shade(depth: float) -> str:
    mixed = (round(light + depth * (dark - light)) for light, dark in zip(_LIGHT, _DARK, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)
