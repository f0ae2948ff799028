"""Tile map: one tile per street, shaded by value, and the layers of the map."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.dashboard.baseline import Trajectory, percentage
from takeup.dashboard.charts.svg import SMALL_SIZE, annotation, element, rectangle, svg_document, text, tooltip
from takeup.district import Street, Tiles
from takeup.report.formatting import decimal, signed
from takeup.report.plotting import INK, PAPER

TAKE_UP, WAIT, AWARENESS = "take_up", "wait", "awareness"
MAP_LAYERS: Final = {TAKE_UP: "take-up", WAIT: "wait", AWARENESS: "awareness"}
_SCALE_ENDS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0)
"""Round numbers at which a colour scale may end."""
_WIDTH, _HEIGHT, _GAP = 96, 62, 4
_LEGEND, _LEGEND_WIDTH, _LEGEND_STEPS = 44, 180, 30
_LIGHT: Final = (236, 240, 243)
_DARK: Final = (11, 58, 102)
_CHINESE_SIZE, _VALUE_SIZE = 13, 14
"""Sizes of text, in pixels."""
_MISSING, _MISSING_BORDER = "#ffffff", "#c8ccd0"
_WHITE_TEXT_FROM: Final = 0.62
"""Position on the colour scale above which white text contrasts better than black; each has at least 4 to 1."""
_SUFFIX: Final = "街道"


@dataclass(frozen=True)
class ColorScale:
    """Mapping from values to shades.

    Attributes:
        low, high: values of the lightest and the darkest shade.
        format_value: function that formats a value as text.
        title: name of the quantity, with its unit.
    """

    low: float
    high: float
    format_value: Callable[[float], str]
    title: str

    def position(self, value: float) -> float:
        """Return the position of a value on the scale, from 0 (lightest) to 1."""
        if self.high <= self.low:
            return 0.0
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


@dataclass(frozen=True)
class MapLayer:
    """A quantity that the map can show.

    Attributes:
        values: (M, S) value by month and street.
        scale: colour scale, the same for all months, so that months can be compared.
    """

    values: NDArray[np.float64]
    scale: ColorScale


def map_layer(name: str, trajectory: Trajectory) -> MapLayer:
    """Return the take-up, expected wait or awareness of a run.

    Args:
        name: TAKE_UP, WAIT or AWARENESS.
        trajectory: the run.
    """
    if name == WAIT:
        return _layer(trajectory.wait, "expected wait, months", lambda value: decimal(value, 2))
    if name == AWARENESS:
        aware = percentage(trajectory.population - trajectory.unaware, trajectory.population)
        return _layer(aware, "have heard of the permit, %", decimal)
    return _layer(percentage(trajectory.valid, trajectory.population), "have a valid permit, %", decimal)


def effect_scale(points: NDArray[np.float64]) -> ColorScale:
    """Return the colour scale of a policy's effect on take-up.

    Args:
        points: (S,) change in take-up by street, in points.
    """
    finite = points[np.isfinite(points)]
    low = min(float(finite.min(initial=0.0)), 0.0)
    return ColorScale(low, _scale_end(finite), signed, "change in take-up, points")


def tile_map(
    tiles: Tiles, streets: Sequence[Street], values: NDArray[np.float64], scale: ColorScale, selected: int | None
) -> str:
    """Draw a tile map; a tile can be clicked.

    Args:
        tiles: positions of the tiles.
        streets: the streets, in the order of the values.
        values: (S,) value by street; NaN for a street without persons.
        scale: colour scale of the values.
        selected: number of the street to mark; None: no mark.
    """
    height = tiles.rows * (_HEIGHT + _GAP)
    marks = [
        _tile(number, street, place, float(value), scale, selected == number)
        for number, (street, place, value) in enumerate(zip(streets, tiles.places, values, strict=True))
    ]
    width = tiles.columns * (_WIDTH + _GAP)
    return svg_document(width, height + _LEGEND, f"{scale.title} by street", *marks, *_legend(height, scale))


def _layer(values: NDArray[np.float64], title: str, format_value: Callable[[float], str]) -> MapLayer:
    return MapLayer(values, ColorScale(0.0, _scale_end(values[np.isfinite(values)]), format_value, title))


def _scale_end(finite: NDArray[np.float64]) -> float:
    """Return the smallest round number that no value exceeds."""
    largest = float(finite.max(initial=0.0))
    return next((end for end in _SCALE_ENDS if largest <= end), float(math.ceil(largest)))


def _tile(
    number: int, street: Street, place: tuple[int, int], value: float, scale: ColorScale, is_selected: bool
) -> str:
    """Draw the tile of a street, shaded by its value, which is NaN if unknown.

    `place` is the column and the row of the tile.
    """
    x, y = place[0] * (_WIDTH + _GAP), place[1] * (_HEIGHT + _GAP)
    is_known = bool(np.isfinite(value))
    position = scale.position(value) if is_known else 0.0
    fill, border = (_shade(position), _shade(position)) if is_known else (_MISSING, _MISSING_BORDER)
    ink, middle, value_text = PAPER if position > _WHITE_TEXT_FROM else INK, x + _WIDTH / 2, scale.format_value(value)
    return element(
        "g",
        tooltip(f"{street.name} {street.name_zh}: {value_text}"),
        rectangle(
            x + 1,
            y + 1,
            _WIDTH - 2,
            _HEIGHT - 2,
            fill,
            rx=3,
            stroke=INK if is_selected else border,
            stroke_width=2.5 if is_selected else 1,
        ),
        text(middle, y + 18, street.name_zh.removesuffix(_SUFFIX), size=_CHINESE_SIZE, color=ink, anchor="middle"),
        text(middle, y + 32, street.name, size=SMALL_SIZE, color=ink, anchor="middle"),
        text(middle, y + 51, value_text, size=_VALUE_SIZE, color=ink, anchor="middle", weight="600", class_="value"),
        data_pick=number,
        data_street=street.name,
        tabindex=0,
        role="button",
        class_="tile",
    )


def _legend(top: float, scale: ColorScale) -> list[str]:
    step = _LEGEND_WIDTH / _LEGEND_STEPS
    shades = [_shade(number / (_LEGEND_STEPS - 1)) for number in range(_LEGEND_STEPS)]
    return [
        *(rectangle(1 + step * number, top + 10, step + 0.5, 8, shade) for number, shade in enumerate(shades)),
        annotation(1, top + 33, scale.format_value(scale.low)),
        annotation(1 + _LEGEND_WIDTH, top + 33, scale.format_value(scale.high), "end"),
        annotation(_LEGEND_WIDTH + 14, top + 18, scale.title),
    ]


def _shade(position: float) -> str:
    mixed = (round(light + position * (dark - light)) for light, dark in zip(_LIGHT, _DARK, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)
