"""Charts: complete, readable without colour, and drawn from data that can be exchanged."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import vl_convert

from takeup.analysis.compare.targets import FEWEST_AGENTS
from takeup.analysis.why import Reason
from takeup.dashboard.agent_history import agent_history, find_agents, one_at_a_time, utility_summands
from takeup.dashboard.baseline import FIRST
from takeup.dashboard.charts import (
    POLICY_COLORS,
    POLICY_DASHES,
    agent_strips,
    agent_utility,
    effect_bars,
    effect_map,
    group_bars,
    layout_note,
    map_layers,
    one_at_a_time_chart,
    policy_bars,
    reason_waterfall,
    street_map,
    utility_term_bars,
)
from takeup.dashboard.context import DashboardContext
from takeup.dashboard.first_policies import first_policies
from takeup.dashboard.pages.widgets import element
from takeup.dashboard.policy_editor import to_scenarios
from takeup.district import GROUPS, District, Tiles, tiles_of
from takeup.months import parse_month
from takeup.report.charts.base import DARK_COLORS, NEGATIVE, POSITIVE, Chart, chart_script
from takeup.report.charts.time_series import Series, time_series
from takeup.report.formatting import count, signed
from takeup.report.i18n import ENGLISH, language_of
from takeup.report.plotting import INK, PALE_INK, PAPER
from tests.vega_lite import problems

SVG = "{http://www.w3.org/2000/svg}"
MONTH = parse_month("2018-12")
LEAST_CONTRAST = 4.5
"""Of a text with its ground, by WCAG 1.4.3."""
COLOR = re.compile(r'"(#[0-9a-f]{6})"')


def texts(chart: Chart) -> list[str]:
    """The texts of the chart as it is drawn."""
    drawn = vl_convert.vegalite_to_svg({**chart.with_data(), "width": 700, "autosize": "pad"})
    root = ElementTree.fromstring(drawn)
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def picks(chart: Chart, source: str) -> list[Any]:
    return [row["pick"] for row in chart.data[source] if "pick" in row]


def sources(specification: Any) -> set[str]:
    """The names of the data sources in a specification."""
    if isinstance(specification, list):
        return set().union(*map(sources, specification))
    if not isinstance(specification, dict):
        return set()
    named = {specification["data"]["name"]} if "name" in specification.get("data", {}) else set()
    return named.union(*map(sources, specification.values()))


def luminance(color: str) -> float:
    """The relative luminance of a colour, as WCAG 2.2 defines it."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def table_of(effects: list[tuple[str, str, float]]) -> pd.DataFrame:
    """The table of `group_effects`, with intervals two points wide."""
    rows = [(attribute, level, points, points - 1, points + 1) for attribute, level, points in effects]
    return pd.DataFrame(rows, columns=["attribute", "level", "difference_points", "low", "high"])


def test_a_map_has_every_street_in_both_scripts_with_its_number(context: DashboardContext) -> None:
    streets = context.district.population.streets
    for name in map_layers():
        chart = street_map(context.tiles, streets, context.trajectory, name, MONTH - FIRST, 3)
        assert picks(chart, "tiles") == list(range(22))
        assert [row["name"] for row in chart.data["tiles"]] == [street.name for street in streets]
        assert all(
            str(row["name_zh"]) in street.name_zh for row, street in zip(chart.data["tiles"], streets, strict=True)
        )
        assert [title.startswith(street.name) for (_, title), street in zip(chart.picks, streets, strict=True)]
        assert len({row["border"] for row in chart.data["tiles"]}) == 2, "the selected street has another border"
        top = chart.specification["layer"][0]["encoding"]["fill"]["scale"]["domain"][1]
        assert max(float(row["value"] or 0) for row in chart.data["tiles"]) <= top


def test_a_street_without_persons_has_a_tile_without_a_number(template: District) -> None:
    effects = table_of([("street", street, np.nan) for street in template.streets])
    chart = effect_map(tiles_of(template), template.population.streets, effects)
    assert {row["value"] for row in chart.data["tiles"]} == {0.0}, "a tile without a shade is not drawn"
    assert texts(chart).count("–") == len(template.streets)


def test_a_time_series_has_its_lines_labels_and_every_month() -> None:
    low, high = np.linspace(-1, 29, 168), np.linspace(1, 31, 168)
    lines = [
        Series("one", np.linspace(0, 30, 168), low=low, high=high),
        Series("other", np.linspace(0, 30.4, 168), POLICY_COLORS[0], POLICY_DASHES[0]),
    ]
    chart = time_series("percent", range(FIRST, FIRST + 168), lines, MONTH)
    assert picks(chart, "months") == list(range(FIRST, FIRST + 168))
    assert [row["label"] for row in chart.data["selected"]] == ["December 2018"]
    assert chart.data["months"][-1]["value0"] == "30.0\u2002(29.0 to 31.0)"
    assert chart.data["months"][-1]["value1"] == "30.4"
    ends = [float(row["value"] or 0) for row in chart.data["ends"]]
    assert ends[1] - ends[0] > 1.0, "labels overlap"
    assert {"30.0 one", "30.4 other", "percent", "2014"} <= set(texts(chart))
    assert sources(chart.specification) == set(chart.data)


def test_labels_of_differences_have_their_sign() -> None:
    lines = [Series("more", np.full(9, 2.0)), Series("less", np.full(9, -1.0))]
    chart = time_series("points", range(9), lines, None, format_number=signed)
    assert {row["label"] for row in chart.data["ends"]} == {"+2.0 more", "\N{MINUS SIGN}1.0 less"}
    assert chart.data["months"][-1]["value0"] == "+2.0"


def test_new_data_do_not_change_the_specification() -> None:
    """Otherwise the browser would draw the chart anew, and lose the zoom, while draws come in."""
    before, after = (
        time_series("points", range(9), [Series("a", values)], None) for values in (np.zeros(9), np.ones(9))
    )
    assert json.dumps(before.specification) == json.dumps(after.specification)
    assert before.data != after.data


def test_a_time_series_accepts_gaps_negative_numbers_and_no_value_at_all() -> None:
    values = np.array([np.nan, -3.0, -1.0, np.nan, 2.0, np.nan])
    months = range(FIRST, FIRST + 6)
    chart = time_series("points", months, [Series("gap", values, low=values - 1, high=values + 1)], FIRST)
    assert [row["value"] for row in chart.data["lines"]] == [-3.0, -1.0, 2.0]
    assert not chart.data["ends"]
    texts(chart)
    assert not time_series("points", months, [Series("none", np.full(6, np.nan))], None).data["lines"]


def test_the_waterfall_adds_up_and_omits_nobody(context: DashboardContext) -> None:
    reasons = context.trajectory.reasons[MONTH - FIRST]
    chart = reason_waterfall(reasons, context.persons_per_agent)
    rows = chart.data["steps"]
    assert set(picks(chart, "steps")) == set(np.flatnonzero(reasons)) | {Reason.VALID}
    assert [key for key, _ in chart.picks] == picks(chart, "steps")
    assert count(reasons.sum() * context.persons_per_agent) in str(rows[0]["text"])
    assert count(reasons[Reason.VALID] * context.persons_per_agent) in str(rows[-1]["text"])
    for above, below in pairwise(rows[1:]):
        assert above["start"] == below["end"]
    assert rows[-1]["start"] == 0
    written = texts(chart)
    assert {str(row["title"]) for row in rows} <= set(written)
    reason_waterfall(np.zeros(len(Reason), np.int64), 10.0)


@pytest.mark.slow
def test_a_timeline_has_every_month_and_its_terms_every_summand(context: DashboardContext) -> None:
    for slot in find_agents(context.shown.model_at(MONTH), None)[::150].tolist():
        history = agent_history(context.shown, slot, MONTH)
        months = [record.month for record in history.records]
        assert picks(agent_strips(history, MONTH), "months") == months
        assert picks(agent_utility(history, MONTH), "months") == months
        one = history.at(MONTH).inputs
        bars = utility_term_bars(utility_summands(one), one.utility).data["bars"]
        assert [row["title"] for row in bars] == [*(term.title for term in utility_summands(one)), "utility"]
        assert bars[-1]["text"] == signed(one.utility, 2)
        variations = one_at_a_time(one)
        dots = one_at_a_time_chart(variations, one.utility).data["dots"]
        assert [row["fill"] != "#ffffff" for row in dots] == [each.changes_decision for each in variations]
    one_at_a_time_chart([], 0.0)


def test_the_states_of_a_migrant_cover_every_month_once(context: DashboardContext) -> None:
    slot = int(find_agents(context.shown.model_at(MONTH), None)[0])
    history = agent_history(context.shown, slot, MONTH)
    chart = agent_strips(history, MONTH)
    for strip in ("knowledge", "eligibility", "permit"):
        parts = [row for row in chart.data["parts"] if row["strip"] == strip]
        for before, after in pairwise(parts):
            assert before["end"] == after["month"]
            assert before["state"] != after["state"]
        assert (parts[0]["month"], parts[-1]["end"]) == (
            chart.data["months"][0]["month"],
            chart.data["months"][-1]["end"],
        )
    texts(chart)


def test_groups_have_a_bar_with_an_interval_each(template: District) -> None:
    points = np.linspace(-2.0, 9.0, len(GROUPS))
    points[4] = np.nan
    effects = table_of([(*group, value) for group, value in zip(GROUPS, points, strict=True)])
    chart = effect_bars(effects, template.population)
    bars = chart.data["bars"]
    assert sum("low" in row for row in bars) == len(GROUPS) - 1
    assert bars[0]["tip"] == "−2.0\u2002(−3.0 to −1.0)"
    assert (bars[0]["color"], bars[-1]["color"]) == (NEGATIVE, POSITIVE)
    places = chart.specification["layer"][0]["encoding"]["y"]["scale"]["domain"]
    headings = [place.removesuffix("|") for place in places if place.endswith("|")]
    assert headings == list(dict.fromkeys(ENGLISH.words(attribute) for attribute, _ in GROUPS))
    assert {"+9.0", "−2.0", "–", "age", "16–24"} <= set(texts(chart))


def test_groups_of_the_district_have_a_bar_from_its_take_up(context: DashboardContext) -> None:
    index, population = MONTH - FIRST, context.district.population
    chart = group_bars(context.trajectory, index, population)
    bars = {row["title"]: row.get("value") for row in chart.data["bars"]}
    assert len(bars) == len(GROUPS)
    persons, valid = context.trajectory.groups[index][GROUPS.index(("housing", "informal_lease"))]
    own = context.trajectory.take_up()[index]
    assert bars["informal lease"] == pytest.approx(100 * valid / persons - own)
    counts = context.trajectory.groups.copy()
    counts[index, 0] = (FEWEST_AGENTS - 1, 10)
    small = group_bars(replace(context.trajectory, groups=counts), index, population)
    assert "value" not in next(row for row in small.data["bars"] if row.get("title") == "16–24")


def test_policies_have_a_bar_with_an_interval_each(context: DashboardContext) -> None:
    *_, effects = context.estimator.estimate(to_scenarios(first_policies(context.district)))
    rows = policy_bars(effects).data["bars"]
    assert [str(row["title"])[:2] for row in rows] == ["A ", "B ", "C "]
    for number, row in enumerate(rows):
        assert (row["value"], row["low"], row["high"]) == effects.last(number)
    assert [row["color"] for row in rows] == list(POLICY_COLORS[:3])


def test_the_effect_by_street_has_a_scale_that_contains_zero(context: DashboardContext) -> None:
    streets = context.district.population.streets
    effects = table_of([("street", street.name, -1.5) for street in streets])
    chart = effect_map(context.tiles, streets, effects)
    assert chart.specification["layer"][0]["encoding"]["fill"]["scale"]["domain"] == [-2.0, 0.5]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG 2.2 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_policies_differ_by_dashes() -> None:
    assert len(set(POLICY_DASHES)) == len(POLICY_COLORS) == 4


@pytest.mark.parametrize("color", [INK, PALE_INK, *POLICY_COLORS])
def test_colours_of_texts_contrast_with_the_page(color: str) -> None:
    assert contrast(color, PAPER) >= LEAST_CONTRAST
    assert contrast(DARK_COLORS[color], DARK_COLORS[PAPER]) >= LEAST_CONTRAST


@pytest.fixture(scope="module")
def charts(context: DashboardContext) -> list[Chart]:
    """A chart of each kind."""
    streets, trajectory = context.district.population.streets, context.trajectory
    effects = table_of([("street", street.name, -1.5) for street in streets])
    series = [
        Series(color, np.arange(9.0), color, low=np.arange(9.0), high=np.arange(9.0)) for color in POLICY_COLORS
    ]
    slot = int(find_agents(context.shown.model_at(MONTH), None)[0])
    history = agent_history(context.shown, slot, MONTH)
    one = history.at(MONTH).inputs
    return [
        *(street_map(context.tiles, streets, trajectory, name, MONTH - FIRST, 3) for name in map_layers()),
        effect_map(context.tiles, streets, effects),
        effect_bars(effects, context.district.population),
        reason_waterfall(trajectory.reasons[MONTH - FIRST], 10.0),
        agent_strips(history, MONTH),
        agent_utility(history, MONTH),
        utility_term_bars(utility_summands(one), one.utility),
        one_at_a_time_chart(one_at_a_time(one), one.utility),
        time_series("points", range(9), [Series("baseline", np.arange(9.0)), *series], None),
    ]


def test_every_kind_of_chart_is_valid_vega_lite(charts: list[Chart]) -> None:
    assert [problems(chart.with_data()) for chart in charts] == [[]] * len(charts)


def test_every_colour_of_a_chart_has_its_counterpart_on_a_dark_page(charts: list[Chart]) -> None:
    used = {color for chart in charts for color in COLOR.findall(json.dumps([chart.specification, chart.data]))}
    assert INK in used
    assert used <= set(DARK_COLORS)
    assert not set(DARK_COLORS) & set(DARK_COLORS.values())


@pytest.mark.parametrize("number", [0, 6], ids=["tiles", "strips"])
def test_texts_contrast_with_every_shade(charts: list[Chart], number: int) -> None:
    """Black or white has the contrast, whatever the shade; the chart takes black from this luminance on."""
    texts = charts[number].specification["layer"][1]["encoding"]["color"]
    assert texts["value"] == "white"
    assert texts["condition"]["value"] == "black"
    threshold = float(texts["condition"]["test"].rpartition(">")[2])
    assert (threshold + 0.05) / 0.05 >= LEAST_CONTRAST
    assert 1.05 / (threshold + 0.05) >= LEAST_CONTRAST


def test_a_chart_describes_its_values_in_words(charts: list[Chart]) -> None:
    assert charts[-1].description.startswith("points · 8.0 baseline · ")
    assert "a valid permit 3,320 persons, 22.1 %" in charts[5].description
    assert charts[3].description.startswith("change in take-up, points · Shamian −1.5 · ")


def test_the_script_of_the_charts_needs_no_other_file() -> None:
    script = chart_script()
    assert script.rstrip().endswith("as vegaEmbed};")
    assert "import " not in script[:200]


def test_text_is_escaped() -> None:
    assert element("p", title='<&">') == '<p title="&lt;&amp;&quot;&gt;"></p>'


def test_a_grid_places_every_street_once(template: District) -> None:
    tiles: Tiles = tiles_of(template)
    assert len(set(tiles.places)) == len(template.streets)
    assert all(column < tiles.columns and row < tiles.rows for column, row in tiles.places)
    assert "not a map" in layout_note(tiles)
    assert "地图" in layout_note(tiles, language_of("zh"))
