"""Areas: groups of residents with a name of their own, which scenarios may use."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from takeup.district import ATTRIBUTES, LEVEL_OF, SHIPPED, District, load_district
from takeup.errors import InputError
from takeup.months import parse_month
from takeup.scenario import Timeline
from tests.scenario.written import policy

MONTH = parse_month("2019-03")
WEST = """
[[area]]
name = "west"
label = "the west"
label_zh = "西片"
words = ["old town"]
streets = ["Street 01", "Street 02"]
status = "assumed"
source = "test"
"""
VILLAGE = """
[[area]]
name = "village"
label = "villages"
label_zh = "村"
streets = ["Street 03"]
groups = { housing = ["informal_lease", "dormitory"] }
status = "assumed"
source = "test"
"""


@pytest.fixture
def place(tmp_path: Path) -> Callable[[str], District]:
    """The template with more at the end of its population.toml."""

    def made(text: str) -> District:
        folder = tmp_path / "place"
        shutil.copytree(SHIPPED / "template", folder, dirs_exist_ok=True)
        file = folder / "population.toml"
        original = (SHIPPED / "template" / "population.toml").read_text(encoding="utf-8")
        file.write_text(original + text, encoding="utf-8")
        return load_district(folder)

    return made


def on(lever: str, **about: Any) -> dict[str, Any]:
    return {"lever": lever, "multiply": 1.5, "from": "2019-03", **about}


def test_an_area_limits_an_intervention_to_its_streets_and_groups(place: Callable[[str], District]) -> None:
    district = place(VILLAGE)
    limits = {"streets": ["Street 03"], "groups": {"housing": ["informal_lease", "dormitory"]}}
    for lever in ("publicity", "register"):
        by_area = Timeline(policy(on(lever, groups={"area": ["village"]})), district)
        by_hand = Timeline(policy(on(lever, **limits)), district)
        assert np.array_equal(getattr(by_area.at(MONTH), lever), getattr(by_hand.at(MONTH), lever))
        assert np.array_equal(by_area.targets, by_hand.targets)


def test_areas_are_alternatives_and_other_groups_must_match_too(place: Callable[[str], District]) -> None:
    district = place(WEST + VILLAGE)
    groups = {"area": ["west", "村"], "age": ["45+"]}
    timeline = Timeline(policy(on("publicity", groups=groups)), district)
    expected = np.zeros_like(timeline.targets)
    expected[:2] = True
    expected[2, np.isin(LEVEL_OF["housing"], [1, 2])] = True
    expected[:, LEVEL_OF["age"] != ATTRIBUTES["age"].index("45+")] = False
    assert np.array_equal(timeline.targets, expected)
    before, after = timeline.at(MONTH - 1).publicity, timeline.at(MONTH).publicity
    assert np.array_equal(before != after, expected)


def test_an_area_of_streets_alone_fits_a_lever_by_street(place: Callable[[str], District]) -> None:
    timeline = Timeline(policy(on("capacity", groups={"area": ["west"]})), place(WEST))
    before, after = timeline.at(MONTH - 1).capacity, timeline.at(MONTH).capacity
    assert (before != after).tolist() == [True, True, *[False] * 20]


@pytest.mark.parametrize("given", ["west", "West", "the west", "西片", "old town"])
def test_an_area_has_several_names(place: Callable[[str], District], given: str) -> None:
    timeline = Timeline(policy(on("publicity", groups={"area": [given]})), place(WEST))
    assert timeline.targets.any(axis=1).tolist() == [True, True, *[False] * 20]


@pytest.mark.parametrize(
    ("lever", "area", "parts"),
    [
        ("capacity", "village", ["capacity cannot differ by housing", "villages"]),
        ("learning", "west", ["one value for the whole district", "the west"]),
        ("publicity", "wets", ["unknown area", "west, village", 'did you mean "west"?']),
        ("publicity", "xqzw", ["groups, area: unknown area", "west, village"]),
    ],
)
def test_an_area_that_does_not_fit_is_refused(
    place: Callable[[str], District], lever: str, area: str, parts: list[str]
) -> None:
    with pytest.raises(InputError) as error:
        Timeline(policy(on(lever, groups={"area": [area]})), place(WEST + VILLAGE))
    assert all(part in str(error.value) for part in parts)


def test_areas_of_different_shape_are_refused_for_a_lever_by_housing(place: Callable[[str], District]) -> None:
    with pytest.raises(InputError, match="the areas differ in streets and in housing"):
        Timeline(policy(on("register", groups={"area": ["west", "village"]})), place(WEST + VILLAGE))


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('streets = ["Street 03"]', 'streets = ["Street 99"]', "area 1, streets: unknown street"),
        ('"dormitory"', '"dorm"', "area 1, groups: unknown level of housing"),
        ("housing =", "homes =", "area 1, groups: unknown attribute"),
        ('name = "village"', 'name = "Village"', "name"),
        ('source = "test"', "", 'the key "source" is missing'),
        ('streets = ["Street 03"]\ngroups = { housing = ["informal_lease", "dormitory"] }', "", "is not limited"),
    ],
)
def test_a_fault_of_an_area_is_reported_with_its_place(
    place: Callable[[str], District], old: str, new: str, part: str
) -> None:
    assert old in VILLAGE
    with pytest.raises(InputError) as error:
        place(VILLAGE.replace(old, new))
    assert "population.toml" in str(error.value)
    assert part in str(error.value)


def test_a_district_with_other_areas_has_another_digest(place: Callable[[str], District]) -> None:
    assert len({place(text).digest for text in ("", WEST, WEST + VILLAGE)}) == 3


def test_the_urban_villages_of_liwan_are_assumed_and_have_their_names() -> None:
    (area,) = load_district("liwan").population.areas
    assert (area.name, area.label, area.label_zh, area.status) == (
        "urban_village", "urban villages", "城中村", "assumed",
    )  # fmt: skip
