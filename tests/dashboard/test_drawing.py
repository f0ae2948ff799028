"""Pictures: well-formed, complete, readable without colour."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import pytest

from takeup.analysis.why import Reason
from takeup.dashboard.changing import changes_of
from takeup.dashboard.diary import diary_of, people_with
from takeup.dashboard.drawing import Line, Shades, changes, curve, groups, life, reasons, terms, tile_map
from takeup.dashboard.drawing.marks import element
from takeup.dashboard.history import FIRST
from takeup.dashboard.stage import Stage
from takeup.dashboard.views import VIEWS, view_of
from takeup.dashboard.weighing import terms_of
from takeup.district import GROUPS, District
from takeup.district.tile_map import Tiles, tiles_of
from takeup.months import parse_month
from takeup.report.formatting import count, decimal, signed

SVG = "{http://www.w3.org/2000/svg}"
MONTH = parse_month("2018-12")
PERCENTS = Shades(0.0, 50.0, decimal, "percent")


def drawn(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    for each in root.iter():
        assert "nan" not in " ".join(each.attrib.values()).split(), each.attrib
    return root


def words(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def picks(root: ElementTree.Element) -> list[int]:
    return [int(each.attrib["data-pick"]) for each in root.iter() if "data-pick" in each.attrib]


def shades_of(svg: str) -> Iterator[float]:
    """How light each tile is, 0 to 255."""
    for tile in drawn(svg).iter(f"{SVG}g"):
        fill = next(tile.iter(f"{SVG}rect")).attrib["fill"].removeprefix("#")
        red, green, blue = (int(fill[i : i + 2], 16) for i in (0, 2, 4))
        yield 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_map_has_every_street_in_both_scripts_with_its_number(stage: Stage) -> None:
    for name in VIEWS:
        view = view_of(name, stage.baseline)
        values = view.values[MONTH - FIRST]
        root = drawn(tile_map(stage.tiles, stage.district.population.streets, values, view.shades, 3))
        said = words(root)
        assert picks(root) == list(range(22))
        for street, value in zip(stage.district.population.streets, values, strict=True):
            assert street.name in said
            assert street.name_zh.removesuffix("街道") in said
            assert view.shades.say(float(value)) in said
        assert view.values[np.isfinite(view.values)].max() <= view.shades.high


def test_the_more_the_darker_also_in_grey(template: District) -> None:
    tiles, streets = tiles_of(template), template.population.streets
    values = np.linspace(0.0, 50.0, len(streets))
    lightness = list(shades_of(tile_map(tiles, streets, values, PERCENTS, None)))
    assert lightness == sorted(lightness, reverse=True)
    assert lightness[0] - lightness[-1] > 120


def test_a_street_without_anybody_has_a_tile_without_a_number(template: District) -> None:
    values = np.full(len(template.streets), np.nan)
    assert words(drawn(tile_map(tiles_of(template), template.population.streets, values, PERCENTS, None))).count("–")


def test_a_curve_has_its_lines_ends_and_a_place_for_every_month() -> None:
    lines = [Line("one", np.linspace(0, 30, 168)), Line("other", np.linspace(0, 30.4, 168), "#a6462b", "7 3")]
    root = drawn(curve("percent", FIRST, lines, MONTH))
    assert picks(root) == list(range(FIRST, FIRST + 168))
    assert {"one", "other", "30.0", "30.4", "percent", "2015"} <= set(words(root))
    paths = list(root.iter(f"{SVG}path"))
    assert [path.attrib.get("stroke-dasharray") for path in paths] == [None, "7 3"]
    ends = [float(text.attrib["y"]) for text in root.iter(f"{SVG}text") if text.text in {"one", "other"}]
    assert abs(ends[0] - ends[1]) >= 14, "labels lie on each other"


def test_a_curve_bears_gaps_negative_numbers_and_nothing_at_all() -> None:
    values = np.array([np.nan, -3.0, -1.0, np.nan, 2.0, np.nan])
    drawn(curve("points", FIRST, [Line("gap", values, low=values - 1, high=values + 1)], FIRST))
    drawn(curve("points", FIRST, [Line("none", np.full(6, np.nan))], None))
    root = drawn(curve("points", FIRST, [Line("zero", np.zeros(6))], None))
    assert "0.0" in words(root)


def test_the_funnel_adds_up_and_leaves_out_nobody(stage: Stage) -> None:
    causes = stage.baseline.causes[MONTH - FIRST]
    root = drawn(reasons(causes, stage.persons_per_agent))
    said = words(root)
    assert set(picks(root)) == set(np.flatnonzero(causes)) | {Reason.VALID}
    assert count(causes.sum() * stage.persons_per_agent) in said
    assert count(causes[Reason.VALID] * stage.persons_per_agent) in said
    widths = {
        int(row.attrib["data-pick"]): float(list(row.iter(f"{SVG}rect"))[1].attrib["width"])
        for row in root.iter(f"{SVG}g")
    }
    for cause, width in widths.items():
        assert width == pytest.approx(max(660 * causes[cause] / causes.sum(), 1.0), abs=0.01)
    drawn(reasons(np.zeros(len(Reason), np.int64), 10.0))


def test_a_life_has_every_month_and_its_terms_every_summand(stage: Stage) -> None:
    for slot in people_with(stage.first.at(MONTH), None)[::150].tolist():
        diary = diary_of(stage.first, slot, MONTH)
        assert picks(drawn(life(diary, MONTH))) == [entry.month for entry in diary.entries]
        one = diary.at(MONTH).weighed
        said = words(drawn(terms(terms_of(one), one.worth)))
        assert all(term.title in said for term in terms_of(one))
        assert signed(one.worth, 2) in said
        found = changes_of(one)
        root = drawn(changes(found, one.worth))
        filled = [dot.attrib["fill"] != "#ffffff" for dot in root.iter(f"{SVG}circle")]
        assert filled == [each.enough for each in found]
    drawn(changes([], 0.0))


def test_groups_have_a_bar_each() -> None:
    points = np.linspace(-2.0, 9.0, len(GROUPS))
    points[4] = np.nan
    root = drawn(groups(points))
    assert len(list(root.iter(f"{SVG}rect"))) == len(GROUPS) - 1
    assert {"+9.0", "−2.0", "–"} <= set(words(root))


def test_what_is_said_is_escaped() -> None:
    assert element("p", title='<&">') == '<p title="&lt;&amp;&quot;&gt;"></p>'
    street = "<script>"
    assert street not in curve(street, FIRST, [Line(street, np.zeros(3))], None)


def test_a_grid_places_every_street_once(template: District) -> None:
    tiles: Tiles = tiles_of(template)
    assert len(set(tiles.places)) == len(template.streets)
    assert all(column < tiles.columns and row < tiles.rows for column, row in tiles.places)
    assert "not a map" in tiles.note
