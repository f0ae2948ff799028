"""A Vega-Lite chart with its data, the style of all charts, and the script that draws them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import altair as alt
import vl_convert

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
    "axisX": {"ticks": True, "tickColor": PALE_INK, "grid": False, "labelOverlap": True},
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
    """

    title: str
    specification: dict[str, Any]
    data: dict[str, list[Row]]
    picks: tuple[tuple[int, str], ...] = field(default=())

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
        """Return the specification with its data, for a page without a server."""
        return {**self.specification, "datasets": self.data}

    def svg(self, width: int) -> str:
        """Return the chart as SVG with a width in pixels, for print."""
        return str(vl_convert.vegalite_to_svg({**self.with_data(), "width": width, "autosize": "pad"}))


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
    """Return the JavaScript module that draws charts: it exports `vegaEmbed` and needs no other file."""
    return str(vl_convert.javascript_bundle("export { vegaEmbed };"))
