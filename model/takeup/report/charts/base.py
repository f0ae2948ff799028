"""A Vega-Lite chart with its data, the style of all charts, and the script that draws them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import altair as alt

from takeup.report.plotting import GRID, INK, PALE_INK, PAPER

PALE_BLUE, BLUE, DARK_BLUE = "#a9b8c6", "#4d6f91", "#0b3a66"
POSITIVE, NEGATIVE = BLUE, "#b5694a"
PALE_FILL: Final = "#eceff2"
SMALL_SIZE, TEXT_SIZE = 11, 12.5
"""Sizes of text, in pixels."""
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
    "title": {
        "anchor": "start",
        "color": PALE_INK,
        "fontSize": TEXT_SIZE,
        "fontWeight": "normal",
        "frame": "group",
    },
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


def is_pale(color: str) -> str:
    """Return the expression whether black contrasts better with a colour than white; the better has 4.5 to 1."""
    return f"luminance({color}) > 0.179"


ZOOM: Final = "wheel![event.ctrlKey || event.metaKey]"
"""Event that zooms: the wheel alone scrolls the page."""
CHART_SCRIPT_FILE: Final = Path(__file__).with_name("vega.js.gz")
"""The script that draws charts, which `tools.make_chart_script` makes."""

Row = dict[str, str | float | int | None]


@dataclass(frozen=True)
class Chart:
    """A chart.

    Attributes:
        title: accessible name of the chart.
        specification: Vega-Lite specification with named data sources. It has no data, so that new data can be put
            into a chart that is already drawn.
        data: rows by the name of the data source.
        picks: key and title of each part that can be selected, for the keyboard; empty if months can be selected.
        least_width: smallest width in pixels at which the chart can be read.
    """

    title: str
    specification: dict[str, Any]
    data: dict[str, list[Row]]
    picks: tuple[tuple[int, str], ...] = field(default=())
    least_width: int = 0

    @property
    def description(self) -> str:
        """Text in place of the chart for readers who do not see it: its title, and the labels of its values."""
        labels = (
            " ".join(str(row[name]) for name in ("strip", "state", "title", "label", "text") if row.get(name))
            for rows in self.data.values()
            for row in rows
            if "number" not in row
        )
        return " · ".join([self.title, *filter(None, labels)])

    def with_data(self) -> dict[str, Any]:
        """Return the specification with its data and its colours on a dark page, for a page without a server."""
        return {**self.specification, "datasets": self.data, "usermeta": {"dark": DARK_COLORS}}


def source(name: str) -> alt.NamedData:
    """Return a named data source."""
    return alt.NamedData(name=name)


def specification(layers: list[alt.Chart], title: str, height: float, *, right: int = 5) -> dict[str, Any]:
    """Return layers as one specification in the style of all charts, as wide as its container.

    Args:
        layers: the layers, the lowest first.
        title: text above the chart and its accessible name.
        height: height of the plot in pixels.
        right: room to the right of the plot in pixels.
    """
    chart = alt.layer(*layers).properties(
        title=title,
        description=title,
        width="container",
        height=height,
        padding={"left": 5, "right": right, "top": 5, "bottom": 5},
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
    return {**chart.to_dict(validate=False), "config": _STYLE}


@cache
def chart_script() -> str:
    """Return the JavaScript module that draws charts. It exports `vegaEmbed`, which is also a global variable."""
    return gzip.decompress(CHART_SCRIPT_FILE.read_bytes()).decode("utf-8")
