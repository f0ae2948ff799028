"""Interactive charts: their specifications are Vega-Lite, of the version of the script that draws them."""

from __future__ import annotations

import copy
import json
import re

import altair
import numpy as np

from takeup.analysis.compare.charts import CHARTS
from takeup.analysis.compare.output import plots_of
from takeup.analysis.compare.result import Comparison
from takeup.report.charts.bars import Interval, bar_chart, interval_chart
from takeup.report.charts.base import Chart, chart_script
from takeup.report.charts.heat_map import Entry, heat_map
from takeup.report.charts.time_series import Series, state_strips, time_series
from takeup.report.i18n import ENGLISH
from tests.vega_lite import problems

STYLES = [("one", "#332288", "circle"), ("two", "#cc6677", "square")]
INTERVALS = [
    Interval(level, value, value - 1.0, value + 1.0, str(value), series, heading="age")
    for series, value in (("one", 1.0), ("two", 2.0))
    for level in ("young", "old")
]
MONTHS, VALUES = range(24_000, 24_009), np.arange(9.0)


def kinds() -> dict[str, Chart]:
    """A chart of every kind, with every option that changes its specification."""
    with_draws = [
        Interval(name, 1.0, 0.0, 2.0, "+1.0", name, inner=(0.5, 1.5), draws=(0.2, 1.1)) for name, *_ in STYLES
    ]
    bars = [Interval("young", 3.0, 2.0, 4.0, heading="age"), Interval("old", np.nan, heading="age")]
    entries = [Entry("a", "b", 1.0, "+1.0", "tip"), Entry("a", "c", np.nan, "–", "tip", is_faint=True)]
    lines = [Series("a", VALUES, low=VALUES - 1, high=VALUES + 1), Series("b", VALUES + 2, "#a6462b", (7, 3))]
    strips = {"state": [("off", "#eceff2")] * 4 + [("on", "#0b3a66")] * 5}
    return {
        "bars": bar_chart("points", bars, total=Interval("sum", -1.0)),
        "several series": interval_chart("points", INTERVALS, STYLES),
        "one series": interval_chart("points", INTERVALS[:2], STYLES[:1]),
        "draws": interval_chart("points", with_draws, STYLES),
        "diverging": heat_map("points", entries, is_diverging=True),
        "sequential": heat_map("percent", entries, is_diverging=False),
        "lines": time_series("percent", MONTHS, lines, 24_003, note="now"),
        "one line": time_series("percent", MONTHS, lines[1:], None, label_width=0),
        "strips": state_strips("one migrant", MONTHS, strips, 24_003, axis_width=30),
    }


def test_every_kind_of_chart_is_valid_vega_lite() -> None:
    for name, chart in kinds().items():
        assert problems(chart.with_data()) == [], name


def test_every_chart_of_a_comparison_is_valid_vega_lite(comparison: Comparison) -> None:
    for name in plots_of(comparison):
        assert problems(CHARTS[name](comparison, ENGLISH).with_data()) == [], name


def test_the_schema_refuses_a_misspelled_property() -> None:
    for chart in kinds().values():
        misspelled = copy.deepcopy(chart.specification)
        misspelled["layer"][0]["mark"]["colour"] = "#000000"
        assert problems(misspelled)


def test_specifications_have_the_version_of_the_script() -> None:
    """Vega-Lite, unlike Vega, has this minor version in the script."""
    major, minor, _ = altair.SCHEMA_VERSION.removeprefix("v").split(".")
    assert re.search(rf'"{major}\.{minor}\.\d+"', chart_script())
    for chart in kinds().values():
        assert chart.specification["$schema"] == f"https://vega.github.io/schema/vega-lite/v{major}.json"


def test_charts_made_after_others_are_the_same() -> None:
    """Charts share parts of their specifications, which none of them may change."""
    before = {name: json.dumps(chart.with_data()) for name, chart in kinds().items()}
    assert {name: json.dumps(chart.with_data()) for name, chart in kinds().items()} == before


def test_rows_are_in_the_order_given_with_each_heading_once_above_them() -> None:
    (axis,) = {
        tuple(layer["encoding"]["y"]["scale"]["domain"])
        for layer in interval_chart("points", INTERVALS, STYLES).specification["layer"]
        if layer["encoding"]["y"].get("field") == "place"
    }
    assert axis == ("age|", "age|young", "age|old")
