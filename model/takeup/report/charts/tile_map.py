"""Tile map: one tile per street, shaded by value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import altair as alt
import numpy as np
from numpy.typing import NDArray

from takeup.district import Street, Tiles
from takeup.report.charts.base import Chart, Row, is_pale, source, specification
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
    scale: ColorScale,
    selected: int | None,
    translate: Language = ENGLISH,
) -> Chart:
    """Draw a tile map; a tile can be clicked.

    Args:
        tiles: positions of the tiles.
        streets: the streets, in the order of the values.
        values: (S,) value by street; NaN for a street without persons.
        scale: colour scale of the values.
        selected: number of the street to mark; None: no mark.
        translate: language of the names of the streets for the keyboard and under the pointer.
    """
    rows: list[Row] = []
    for number, (street, (column, row), value) in enumerate(zip(streets, tiles.places, values.tolist(), strict=True)):
        is_known = math.isfinite(value)
        tile: Row = {"column": column, "row": row, "pick": number, "name": street.name}
        tile["text"] = scale.format_value(value)
        tile |= {"name_zh": street.name_zh.removesuffix(_SUFFIX), "value": value if is_known else None}
        tile["tip"] = translate.either(street.name, street.name_zh)
        tile["border"] = INK if number == selected else "#c8ccd0"
        rows.append(tile)
    picks = tuple((int(row["pick"] or 0), f"{row['tip']} {row['text']}") for row in rows)
    return Chart(scale.title, _tile_map(scale.title, scale.low, scale.high, tiles.rows), {"tiles": rows}, picks)


@lru_cache(maxsize=64)
def _tile_map(title: str, low: float, high: float, rows: int) -> dict[str, Any]:
    base = alt.Chart(source("tiles")).encode(
        x=alt.X("column:O", axis=None, scale=alt.Scale(paddingInner=0.04)),
        y=alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0.06)),
        tooltip=[alt.Tooltip("tip:N", title="–"), alt.Tooltip("text:N", title=title)],
    )
    fill = alt.Fill(
        "value:Q",
        scale=alt.Scale(domain=[low, high], range=[_LIGHT, _DARK], clamp=True),
        legend=alt.Legend(title=title, orient="bottom", titleLimit=300, gradientLength=180),
    )
    text = base.encode(
        color=alt.condition(is_pale("scale('fill', datum.value)"), alt.value("black"), alt.value("white"))
    )
    layers = [
        base.mark_rect(cornerRadius=3, cursor="pointer").encode(fill=fill, stroke=alt.Stroke("border:N", scale=None)),
        text.mark_text(dy=-17, cursor="pointer").encode(text="name_zh:N"),
        text.mark_text(dy=-2, fontSize=10, cursor="pointer").encode(text="name:N"),
        text.mark_text(dy=16, fontSize=14, fontWeight="bold", cursor="pointer").encode(text="text:N"),
    ]
    return {**specification(layers, "", _HEIGHT * rows), "description": title}


def _round_end(value: float) -> float:
    """Return the smallest round number that is not below a value."""
    return next((end for end in _SCALE_ENDS if value <= end), float(math.ceil(value)))
