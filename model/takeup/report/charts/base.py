"""A Vega-Lite chart with its data, the style of all charts, and the script that draws them."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from takeup.report.plotting import GRID, INK, PALE_INK, PAPER

PALE_BLUE, BLUE, DARK_BLUE = "#a9b8c6", "#4d6f91", "#0b3a66"
POSITIVE, NEGATIVE = BLUE, "#b5694a"
PALE_FILL: Final = "#eceff2"
SMALL_SIZE, TEXT_SIZE = 11, 12.5
"""Sizes of text, in pixels."""
_PADDING: Final = 5
"""Room around a plot, in pixels."""
DARK_COLORS: Final = {
    PAPER: "#1b1c1e",
    INK: "#e8e8e6",
    PALE_INK: "#a8abb0",
    GRID: "#3a3c40",
    PALE_FILL: "#2e3338",
    PALE_BLUE: "#47586a",
    BLUE: "#8db2d8",
    DARK_BLUE: "#b9d8f5",
    NEGATIVE: "#e09a7d",
    "#f5f6f7": "#26282b",
    "#ecf0f3": "#2a3036",
    "#c8ccd0": "#55595e",
    "#2f5d87": "#7fb0de",
    "#9aa0a6": "#6c7177",
    "#dba490": "#8a4a35",
    "#a6462b": "#ef9a80",
    "#1f7a5c": "#5fc9a3",
    "#7a4fa3": "#c4a0ea",
    "#946200": "#e0b04c",
    "#332288": "#a99df5",
    "#cc6677": "#e58a98",
    "#117733": "#5fc380",
    "#ddaa33": "#e6bd5c",
    "#882255": "#d977ab",
    "#44aa99": "#66c9b8",
    "#aa4499": "#dd8ad0",
    "#999933": "#c3c35f",
    "#56a5d8": "#86c3ee",
    "#5e3c99": "#a58be0",
    "#b35806": "#e59a4c",
}
"""Colours on a dark page by the colours on a light one: every colour that a chart may have."""
_FONT: Final = (
    "'Noto Sans', 'Segoe UI', 'Helvetica Neue', Arial, 'Takeup Sans SC', 'Noto Sans CJK SC', 'PingFang SC', "
    "'Microsoft YaHei', sans-serif"
)
_STYLE: Final[dict[str, Any]] = {
    "font": _FONT,
    "background": "transparent",
    "view": {"stroke": None},
    "title": {"anchor": "start", "color": PALE_INK, "fontSize": TEXT_SIZE, "fontWeight": "normal", "frame": "group"},
    "axis": {
        "domain": False,
        "ticks": False,
        "gridColor": GRID,
        "labelColor": PALE_INK,
        "labelFontSize": SMALL_SIZE,
        "labelPadding": 6,
        "title": None,
    },
    "axisY": {"grid": True},
    "axisX": {"ticks": True, "tickColor": PALE_INK, "grid": False, "labelOverlap": "greedy", "labelSeparation": 8},
    "legend": {
        "title": None,
        "orient": "top",
        "labelColor": INK,
        "labelFontSize": TEXT_SIZE,
        "titleColor": INK,
        "titleFontSize": TEXT_SIZE,
        "titleFontWeight": "normal",
        "symbolStrokeWidth": 2.5,
    },
    "text": {"color": INK, "fontSize": TEXT_SIZE},
}
HOVERED: Final = {"param": "hovered", "empty": False}
"""Condition that a mark is under the pointer, see `hover`."""
SHOWN: Final = {"param": "shown"}
"""Condition that the legend shows the series of a mark, see `SERIES_PARAMETERS`."""
SERIES_PARAMETERS: Final[list[dict[str, Any]]] = [
    {"name": "shown", "select": {"type": "point", "fields": ["series"]}, "bind": "legend"},
    {
        "name": "zoomed",
        # the wheel alone scrolls the page
        "select": {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.ctrlKey || event.metaKey]"},
        "bind": "scales",
    },
]
"""Parameters of a chart of several series: a legend that switches them, and zoom."""
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
CHART_SCRIPT_FILE: Final = Path(__file__).with_name("vega.js.gz")
"""The script that draws charts, which `tools.make_chart_script` makes."""

Row = dict[str, str | float | int | None]


@dataclass(frozen=True)
class Chart:
    """A chart in the style of all charts, as wide as its container.

    Attributes:
        title: accessible name of the chart.
        data: rows by the name of the data source. A row with the key `pick` can be selected.
        layers: the layers of the chart, the lowest first, see `layer`.
        height: height of the plot in pixels.
        has_heading: whether the title is also written above the chart.
        top: room above the plot in pixels.
        least_width: smallest width in pixels at which the chart can be read.
        most_width: largest width in pixels; None: that of the container.
        title_frame: where the title begins: with the plot ("group"), or with the titles of the rows ("bounds").
    """

    title: str
    data: dict[str, list[Row]]
    layers: Sequence[dict[str, Any]]
    height: float
    has_heading: bool = True
    top: int = _PADDING
    least_width: int = 0
    most_width: int | None = None
    title_frame: Literal["group", "bounds"] = "group"

    @property
    def specification(self) -> dict[str, Any]:
        """Vega-Lite specification without the data, so that a chart that is already drawn can get new ones."""
        return {
            "$schema": _SCHEMA,
            "title": {"text": self.title if self.has_heading else "", "frame": self.title_frame},
            "description": self.title,
            "width": "container",
            "height": self.height,
            "padding": {"left": _PADDING, "right": _PADDING, "top": self.top, "bottom": _PADDING},
            "autosize": {"type": "fit-x", "contains": "padding"},
            "layer": self.layers,
            "config": _STYLE,
        }

    @property
    def picks(self) -> list[tuple[int, str]]:
        """Key and title of each part that can be selected, for the keyboard; empty if months can be selected."""
        rows = (row for row in self._labelled_rows() if "pick" in row)
        return [(int(row["pick"] or 0), f"{row['title']} {row['text']}") for row in rows]

    @property
    def description(self) -> str:
        """Text in place of the chart for readers who do not see it: its title, and the labels of its values."""
        names = ("strip", "state", "title", "label", "text")
        labels = (" ".join(str(row[name]) for name in names if row.get(name)) for row in self._labelled_rows())
        return " · ".join([self.title, *filter(None, labels)])

    def with_data(self) -> dict[str, Any]:
        """Return the specification with its data and its colours on a dark page, for a page without a server."""
        return {**self.specification, "datasets": self.data, "usermeta": {"dark": DARK_COLORS}}

    def _labelled_rows(self) -> Iterator[Row]:
        """Yield all rows except the months, which have a number."""
        return (row for rows in self.data.values() for row in rows if "number" not in row)


def layer(data: str, mark: str, style: dict[str, Any] | None = None, **encoding: Any) -> dict[str, Any]:
    """Return a layer of a chart.

    Args:
        data: name of the data source.
        mark: type of the mark, such as "bar".
        style: properties of the mark.
        encoding: encoding by channel; a field without a type is nominal.
    """
    return {"data": {"name": data}, "mark": {"type": mark, **(style or {})}, "encoding": encoding}


def numbers(data: str, y: dict[str, Any]) -> dict[str, Any]:
    """Return the layer of the texts to the right of a plot, in rows."""
    return layer(data, "text", {"align": "right", "dx": 48}, x={"value": "width"}, y=y, text={"field": "text"})


def finite(**numbers: float) -> dict[str, float]:
    """Return the numbers by name without those that are not finite, which JSON does not have."""
    return {name: float(number) for name, number in numbers.items() if math.isfinite(number)}


def quantitative(field: str, **properties: Any) -> dict[str, Any]:
    """Return the encoding of a field with numbers."""
    return {"field": field, "type": "quantitative", **properties}


def row_titles(field: str, **axis: Any) -> dict[str, Any]:
    """Return the vertical encoding of a field with the titles of rows, in the order of the data."""
    return {"field": field, "sort": None, "axis": {"labelFontSize": TEXT_SIZE, "labelColor": INK, **axis}}


def scale(members: Sequence[tuple[str | float, Any]]) -> dict[str, Any]:
    """Return the scale that maps each value to a colour, a shape or dashes."""
    return {"domain": [value for value, _ in members], "range": [mapped for _, mapped in members]}


def of_series(members: Sequence[tuple[str, Any]], **properties: Any) -> dict[str, Any]:
    """Return the encoding of the series by a colour, a shape or dashes each."""
    return {"field": "series", "scale": scale(members), **properties}


def tooltip(**titles: str) -> list[dict[str, Any]]:
    """Return the encoding of the text under the pointer: the title of each field."""
    return [{"field": field, "title": title} for field, title in titles.items()]


def value_if(condition: dict[str, Any], value: Any, otherwise: Any) -> dict[str, Any]:
    """Return the encoding of one of two values: the first if a condition is met."""
    return {"condition": {**condition, "value": value}, "value": otherwise}


def ink_on(color: str) -> dict[str, Any]:
    """Return the colour of a text on a colour, stated as an expression: black or white, at least 4.5 to 1."""
    return value_if({"test": f"luminance({color}) > 0.179"}, "black", "white")


def hover(field: str) -> dict[str, Any]:
    """Return the parameter of the marks under the pointer, which `HOVERED` tests; a field identifies them."""
    select = {"type": "point", "on": "pointerover", "clear": "pointerout", "fields": [field]}
    return {"name": "hovered", "select": select}


@cache
def chart_script() -> str:
    """Return the JavaScript module that draws charts. It exports `vegaEmbed`, which is also a global variable."""
    return gzip.decompress(CHART_SCRIPT_FILE.read_bytes()).decode("utf-8")
