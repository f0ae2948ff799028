"""Charts: well-formed, complete, readable without colour."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import pytest

from takeup.analysis.why import Reason
from takeup.dashboard.agent_history import agent_history, find_agents, one_at_a_time, utility_summands
from takeup.dashboard.baseline import FIRST
from takeup.dashboard.charts import (
    MAP_LAYERS,
    ColorScale,
    Series,
    agent_timeline,
    group_effect_bars,
    map_layer,
    one_at_a_time_chart,
    reason_waterfall,
    tile_map,
    time_series,
    utility_term_bars,
)
from takeup.dashboard.charts.svg import element
from takeup.dashboard.context import DashboardContext
from takeup.district import GROUPS, District, Tiles, tiles_of
from takeup.months import parse_month
from takeup.report.formatting import count, decimal, signed

SVG = "{http://www.w3.org/2000/svg}"
MONTH = parse_month("2018-12")
PERCENT_SCALE = ColorScale(0.0, 50.0, decimal, "percent")


def parse(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    for each in root.iter():
        assert "nan" not in " ".join(each.attrib.values()).split(), each.attrib
    return root


def texts(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def picks(root: ElementTree.Element) -> list[int]:
    return [int(each.attrib["data-pick"]) for each in root.iter() if "data-pick" in each.attrib]


def lightness_of(svg: str) -> Iterator[float]:
    """The lightness of each tile, 0 to 255."""
    for tile in parse(svg).iter(f"{SVG}g"):
        fill = next(tile.iter(f"{SVG}rect")).attrib["fill"].removeprefix("#")
        red, green, blue = (int(fill[i : i + 2], 16) for i in (0, 2, 4))
        yield 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_map_has_every_street_in_both_scripts_with_its_number(context: DashboardContext) -> None:
    for name in MAP_LAYERS:
        layer = map_layer(name, context.trajectory)
        values = layer.values[MONTH - FIRST]
        root = parse(tile_map(context.tiles, context.district.population.streets, values, layer.scale, 3))
        written = texts(root)
        assert picks(root) == list(range(22))
        for street, value in zip(context.district.population.streets, values, strict=True):
            assert street.name in written
            assert street.name_zh.removesuffix("街道") in written
            assert layer.scale.format_value(float(value)) in written
        assert layer.values[np.isfinite(layer.values)].max() <= layer.scale.high


def test_the_more_the_darker_also_in_grey(template: District) -> None:
    tiles, streets = tiles_of(template), template.population.streets
    values = np.linspace(0.0, 50.0, len(streets))
    lightness = list(lightness_of(tile_map(tiles, streets, values, PERCENT_SCALE, None)))
    assert lightness == sorted(lightness, reverse=True)
    assert lightness[0] - lightness[-1] > 120


def test_a_street_without_persons_has_a_tile_without_a_number(template: District) -> None:
    values = np.full(len(template.streets), np.nan)
    assert texts(parse(tile_map(tiles_of(template), template.population.streets, values, PERCENT_SCALE, None))).count(
        "–"
    )


def test_a_time_series_has_its_lines_labels_and_a_strip_for_every_month() -> None:
    lines = [Series("one", np.linspace(0, 30, 168)), Series("other", np.linspace(0, 30.4, 168), "#a6462b", "7 3")]
    root = parse(time_series("percent", FIRST, lines, MONTH))
    assert picks(root) == list(range(FIRST, FIRST + 168))
    assert {"one", "other", "30.0", "30.4", "percent", "2015"} <= set(texts(root))
    paths = list(root.iter(f"{SVG}path"))
    assert [path.attrib.get("stroke-dasharray") for path in paths] == [None, "7 3"]
    ends = [float(text.attrib["y"]) for text in root.iter(f"{SVG}text") if text.text in {"one", "other"}]
    assert abs(ends[0] - ends[1]) >= 14, "labels overlap"


def test_a_time_series_accepts_gaps_negative_numbers_and_no_value_at_all() -> None:
    values = np.array([np.nan, -3.0, -1.0, np.nan, 2.0, np.nan])
    parse(time_series("points", FIRST, [Series("gap", values, low=values - 1, high=values + 1)], FIRST))
    parse(time_series("points", FIRST, [Series("none", np.full(6, np.nan))], None))
    root = parse(time_series("points", FIRST, [Series("zero", np.zeros(6))], None))
    assert "0.0" in texts(root)


def test_the_waterfall_adds_up_and_omits_nobody(context: DashboardContext) -> None:
    reasons = context.trajectory.reasons[MONTH - FIRST]
    root = parse(reason_waterfall(reasons, context.persons_per_agent))
    written = texts(root)
    assert set(picks(root)) == set(np.flatnonzero(reasons)) | {Reason.VALID}
    assert count(reasons.sum() * context.persons_per_agent) in written
    assert count(reasons[Reason.VALID] * context.persons_per_agent) in written
    widths = {
        int(row.attrib["data-pick"]): float(list(row.iter(f"{SVG}rect"))[1].attrib["width"])
        for row in root.iter(f"{SVG}g")
    }
    for reason, width in widths.items():
        assert width == pytest.approx(max(660 * reasons[reason] / reasons.sum(), 1.0), abs=0.01)
    parse(reason_waterfall(np.zeros(len(Reason), np.int64), 10.0))


@pytest.mark.slow
def test_a_timeline_has_every_month_and_its_terms_every_summand(context: DashboardContext) -> None:
    for slot in find_agents(context.shown.model_at(MONTH), None)[::150].tolist():
        history = agent_history(context.shown, slot, MONTH)
        assert picks(parse(agent_timeline(history, MONTH))) == [record.month for record in history.records]
        one = history.at(MONTH).inputs
        written = texts(parse(utility_term_bars(utility_summands(one), one.utility)))
        assert all(term.title in written for term in utility_summands(one))
        assert signed(one.utility, 2) in written
        variations = one_at_a_time(one)
        root = parse(one_at_a_time_chart(variations, one.utility))
        filled = [dot.attrib["fill"] != "#ffffff" for dot in root.iter(f"{SVG}circle")]
        assert filled == [each.changes_decision for each in variations]
    parse(one_at_a_time_chart([], 0.0))


def test_groups_have_a_bar_each() -> None:
    points = np.linspace(-2.0, 9.0, len(GROUPS))
    points[4] = np.nan
    root = parse(group_effect_bars(points))
    assert len(list(root.iter(f"{SVG}rect"))) == len(GROUPS) - 1
    assert {"+9.0", "−2.0", "–"} <= set(texts(root))


def test_text_is_escaped() -> None:
    assert element("p", title='<&">') == '<p title="&lt;&amp;&quot;&gt;"></p>'
    street = "<script>"
    assert street not in time_series(street, FIRST, [Series(street, np.zeros(3))], None)


def test_a_grid_places_every_street_once(template: District) -> None:
    tiles: Tiles = tiles_of(template)
    assert len(set(tiles.places)) == len(template.streets)
    assert all(column < tiles.columns and row < tiles.rows for column, row in tiles.places)
    assert "not a map" in tiles.note
