"""Tile map: one tile per street, shaded by value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.district import Street, Tiles
from takeup.report.charts import base
from takeup.report.charts.base import Chart, Row
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import INK

_SCALE_ENDS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0)
"""Round numbers at which a colour scale may end."""
_HEIGHT: Final = 64
_LIGHT, _DARK = "#ecf0f3", "#0b3a66"
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

    @classmethod
    def of(cls, values: NDArray[np.float64], format_value: Callable[[float], str], title: str) -> ColorScale:
        """Return a scale that contains zero and all values, and ends at a round number."""
        finite = values[np.isfinite(values)]
        low, high = -float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
        return cls(-_round_end(low) if low > 0.0 else 0.0, _round_end(high), format_value, title)


def tile_map(
    tiles: Tiles,
    streets: Sequence[Street],
    values: NDArray[np.float64],
    shades: ColorScale,
    selected: int | None,
    translate: Language = ENGLISH,
) -> Chart:
    """Draw a tile map; a tile can be clicked.

    Args:
        tiles: positions of the tiles.
        streets: the streets, in the order of the values.
        values: (S,) value by street; NaN for a street without persons.
        shades: colour scale of the values.
        selected: number of the street to mark; None: no mark.
        translate: language of the names of the streets for the keyboard and under the pointer.
    """
    rows: list[Row] = [
        {
            "column": column,
            "row": row,
            "pick": number,
            "name": street.name,
            "text": shades.format_value(value),
            "name_zh": street.name_zh.removesuffix(_SUFFIX),
            "value": value if math.isfinite(value) else None,
            "tip": translate.either(street.name, street.name_zh),
            "border": INK if number == selected else "#c8ccd0",
        }
        for number, (street, (column, row), value) in enumerate(
            zip(streets, tiles.places, values.tolist(), strict=True)
        )
    ]
    tile = partial(
        base.layer,
        "tiles",
        x={"field": "column", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.04}},
        y={"field": "row", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.06}},
        tooltip=base.tooltip(tip="–", text=shades.title),
    )
    text = partial(tile, "text", color=base.ink_on("scale('fill', datum.value)"))
    colors = base.scale([(shades.low, _LIGHT), (shades.high, _DARK)]) | {"clamp": True}
    legend = {"title": shades.title, "orient": "bottom", "titleLimit": 300, "gradientLength": 180}
    fill, stroke = base.quantitative("value", scale=colors, legend=legend), {"field": "border", "scale": None}
    number = {"dy": 16, "fontSize": 14, "fontWeight": "bold", "cursor": "pointer"}
    layers = [
        tile("rect", {"cornerRadius": 3, "cursor": "pointer"}, fill=fill, stroke=stroke),
        text({"dy": -17, "cursor": "pointer"}, text={"field": "name_zh"}),
        text({"dy": -2, "fontSize": 10, "cursor": "pointer"}, text={"field": "name"}),
        text(number, text={"field": "text"}),
    ]
    picks = ((int(row["pick"] or 0), f"{row['tip']} {row['text']}") for row in rows)
    height = _HEIGHT * tiles.rows
    return base.layered_chart(shades.title, {"tiles": rows}, layers, height=height, has_heading=False, picks=picks)


def _round_end(value: float) -> float:
    """Return the smallest round number that is not below a value."""
    return next((end for end in _SCALE_ENDS if value <= end), float(math.ceil(value)))
