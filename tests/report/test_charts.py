"""Interactive charts: their specifications are Vega-Lite, of the version of the script that draws them."""

from __future__ import annotations

import copy
import json
import re
from importlib.resources import files
from typing import Any

import altair
import numpy as np
import pytest
from jsonschema import Draft7Validator

from takeup.analysis.compare.charts import CHARTS
from takeup.analysis.compare.output import plots_of
from takeup.analysis.compare.result import Comparison
from takeup.district import District, tiles_of
from takeup.report.charts.bars import (
    Bar,
    Dot,
    Interval,
    Step,
    bar_chart,
    dot_chart,
    interval_chart,
    waterfall,
)
from takeup.report.charts.base import Chart, chart_script
from takeup.report.charts.heat_map import Entry, heat_map
from takeup.report.charts.tile_map import ColorScale, tile_map
from takeup.report.charts.time_series import Series, Strip, state_strips, time_series
from takeup.report.formatting import decimal
from takeup.report.i18n import ENGLISH

STYLES = [("one", "#332288", "circle"), ("two", "#cc6677", "square")]
INTERVALS = [
    Interval(level, value, value - 1.0, value + 1.0, str(value), series, heading="age")
    for series, value in (("one", 1.0), ("two", 2.0))
    for level in ("young", "old")
]
VALUES = np.arange(9.0)


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    """The validator of the schema of Vega-Lite, which Altair ships."""
    schema = files(altair.vegalite).joinpath(altair.SCHEMA_VERSION.split(".")[0], "schema", "vega-lite-schema.json")
    return Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))


def kinds(template: District) -> dict[str, Chart]:
    """A chart of every kind, with every option that changes its specification."""
    streets = template.population.streets
    scale = ColorScale.of(np.arange(float(len(streets))), decimal, "percent")
    with_draws = [
        Interval(name, 1.0, 0.0, 2.0, "+1.0", name, inner=(0.5, 1.5), draws=(0.2, 1.1)) for name, *_ in STYLES
    ]
    bars = [Bar("young", 3.0, 2.0, 4.0, "age"), Bar("old", np.nan, heading="age"), Bar("sum", -1.0, is_total=True)]
    entries = [Entry("a", "b", 1.0, "+1.0", "tip"), Entry("a", "c", np.nan, "–", "tip", is_faint=True)]
    steps = [Step("all", 0, 9, "9", "all: 9", "#e4e4e4"), Step("some", 0, 5, "5", "some: 5", "#5f6368", pick=1)]
    lines = [Series("a", VALUES, low=VALUES - 1, high=VALUES + 1), Series("b", VALUES + 2, "#a6462b", (7, 3))]
    strips = [Strip("state", ["off"] * 4 + ["on"] * 5, {"off": "#eceff2", "on": "#0b3a66"})]
    return {
        "bars": bar_chart("points", bars),
        "several series": interval_chart("points", INTERVALS, STYLES),
        "one series": interval_chart("points", INTERVALS[:2], STYLES[:1]),
        "draws": interval_chart("points", with_draws, STYLES),
        "waterfall": waterfall("reasons", steps),
        "dots": dot_chart(
            "utility", [Dot("trust", 0.5, True), Dot("paper", -0.5, False)], 0.1, zero="zero", now="now"
        ),
        "diverging": heat_map("points", entries, is_diverging=True),
        "sequential": heat_map("percent", entries, is_diverging=False),
        "tiles": tile_map(tiles_of(template), streets, np.arange(float(len(streets))), scale, 1),
        "lines": time_series("percent", 24_000, lines, 24_003, note="now"),
        "one line": time_series("percent", 24_000, lines[1:], None, label_width=0),
        "strips": state_strips("one migrant", 24_000, strips, 24_003, axis_width=30),
    }


def problems(validator: Draft7Validator, specification: dict[str, Any]) -> list[str]:
    return [error.message[:200] for error in validator.iter_errors(specification)]


def test_every_kind_of_chart_is_valid_vega_lite(validator: Draft7Validator, template: District) -> None:
    for name, chart in kinds(template).items():
        assert problems(validator, chart.with_data()) == [], name


def test_every_chart_of_a_comparison_is_valid_vega_lite(validator: Draft7Validator, comparison: Comparison) -> None:
    for name in plots_of(comparison):
        assert problems(validator, CHARTS[name](comparison, ENGLISH).with_data()) == [], name


def test_the_schema_refuses_a_misspelled_property(validator: Draft7Validator, template: District) -> None:
    for chart in kinds(template).values():
        misspelled = copy.deepcopy(chart.specification)
        misspelled["layer"][0]["mark"]["colour"] = "#000000"
        assert problems(validator, misspelled)


def test_specifications_have_the_version_of_the_script(template: District) -> None:
    """Vega-Lite, unlike Vega, has this minor version in the script."""
    major, minor, _ = altair.SCHEMA_VERSION.removeprefix("v").split(".")
    assert re.search(rf'"{major}\.{minor}\.\d+"', chart_script())
    for chart in kinds(template).values():
        assert chart.specification["$schema"] == f"https://vega.github.io/schema/vega-lite/v{major}.json"


def test_charts_made_after_others_are_the_same(template: District) -> None:
    """Charts share parts of their specifications, which none of them may change."""
    before = {name: json.dumps(chart.with_data()) for name, chart in kinds(template).items()}
    assert {name: json.dumps(chart.with_data()) for name, chart in kinds(template).items()} == before


def test_rows_are_in_the_order_given_with_each_heading_once_above_them() -> None:
    (axis,) = {
        tuple(layer["encoding"]["y"]["scale"]["domain"])
        for layer in interval_chart("points", INTERVALS, STYLES).specification["layer"]
        if layer["encoding"]["y"].get("field") == "place"
    }
    assert axis == ("age|", "age|young", "age|old")
