"""A Vega-Lite chart with its data, the style of all charts, and the script that draws them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import altair as alt

from takeup.report.plotting import GRID, INK, PALE_INK

PALE_BLUE, BLUE, DARK_BLUE = "#a9b8c6", "#4d6f91", "#0b3a66"
POSITIVE, NEGATIVE = BLUE, "#b5694a"
PALE_FILL: Final = "#eceff2"
SMALL_SIZE, TEXT_SIZE = 11, 12.5
"""Sizes of text, in pixels."""
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
    "axisX": {"ticks": True, "tickColor": PALE_INK, "grid": False, "labelOverlap": True},
    "legend": {
        "title": None,
        "orient": "top",
        "labelColor": INK,
        "labelFontSize": TEXT_SIZE,
        "symbolStrokeWidth": 2.5,
    },
    "text": {"color": INK, "fontSize": TEXT_SIZE},
}

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

    def with_data(self) -> dict[str, Any]:
        """Return the specification with its data, for a page without a server."""
        return {**self.specification, "datasets": self.data}


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
