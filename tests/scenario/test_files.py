"""Search for scenario files by name or path, and files that extend others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from takeup.errors import InputError
from takeup.scenario import BASELINE, Scenario, SourcedIntervention, known_scenarios, load_scenario

HEAD = 'title = "{name}"\nsource = "invented"\n'
TABLE = '[[intervention]]\nlever = "{lever}"\nmultiply = 1\nfrom = "2019-03"\n'


def write(folder: Path, name: str, *levers: str, extends: str | None = None) -> Path:
    """A scenario file with one intervention per lever."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.toml"
    content = HEAD.format(name=name) + (f'extends = "{extends}"\n' if extends is not None else "")
    file.write_text(content + "".join(TABLE.format(lever=lever) for lever in levers), encoding="utf-8")
    return file


def levers_of(scenario: Scenario) -> list[str]:
    return [stated.intervention.lever for stated in scenario.stated]


def test_the_extended_files_interventions_come_first(tmp_path: Path) -> None:
    write(tmp_path, "bottom", "trips", "online")
    write(tmp_path, "middle", "documents", extends="bottom")
    top = load_scenario(write(tmp_path, "top", "stigma", "fee_cny", extends="middle"))
    assert levers_of(top) == ["trips", "online", "documents", "stigma", "fee_cny"]
    assert (top.name, top.title, top.source) == ("top", "top", "invented")


def test_each_intervention_knows_its_file_and_its_number_in_it(tmp_path: Path) -> None:
    bottom = write(tmp_path, "bottom", "trips", "online")
    top = write(tmp_path, "top", "stigma", extends="bottom")
    places = [(Path(str(stated.file)).resolve(), stated.key) for stated in load_scenario(top).stated]
    assert places == [(bottom, "intervention 1"), (bottom, "intervention 2"), (top, "intervention 1")]


@pytest.mark.parametrize("extended", ["bottom", "bottom.toml", "below/deeper", "below/deeper.toml", "./bottom"])
def test_a_file_of_the_same_folder_or_below_it_may_be_extended(tmp_path: Path, extended: str) -> None:
    write(tmp_path, "bottom", "trips")
    write(tmp_path / "below", "deeper", "trips")
    assert levers_of(load_scenario(write(tmp_path, "top", "online", extends=extended))) == ["trips", "online"]


def test_extending_the_baseline_needs_no_file(tmp_path: Path) -> None:
    assert levers_of(load_scenario(write(tmp_path, "top", "online", extends="baseline"))) == ["online"]


def refused(file: Path, *parts: str) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(file)
    for part in parts:
        assert part in str(caught.value), str(caught.value)


def test_extending_in_a_circle_is_refused_with_the_circle(tmp_path: Path) -> None:
    write(tmp_path, "one", "trips", extends="two")
    write(tmp_path, "two", "trips", extends="three")
    three = write(tmp_path, "three", "trips", extends="one")
    refused(three, "the file extends itself", "three -> one -> two -> three", "extends")
    refused(write(tmp_path, "self", "trips", extends="self"), "the file extends itself", "self -> self")


def test_a_circle_below_the_file_is_refused_too(tmp_path: Path) -> None:
    write(tmp_path, "one", "trips", extends="two")
    write(tmp_path, "two", "trips", extends="one")
    refused(write(tmp_path, "top", "trips", extends="one"), "the file extends itself")


@pytest.mark.parametrize("extended", ["../outside", "../outside.toml", "below/../../outside", "{absolute}"])
def test_extending_a_file_outside_the_folder_is_refused(tmp_path: Path, extended: str) -> None:
    outside = write(tmp_path, "outside", "trips")
    extended = extended.format(absolute=outside)
    file = write(tmp_path / "inside", "top", "online", extends=extended)
    refused(
        file,
        str(file),
        "extends",
        "the extended file is outside the scenario's folder",
        extended[:60],
        "a file in inside/",
    )


def test_a_link_that_leads_outside_the_folder_is_refused(tmp_path: Path) -> None:
    outside = write(tmp_path, "outside", "trips")
    file = write(tmp_path / "inside", "top", "online", extends="link")
    (file.parent / "link.toml").symlink_to(outside)
    refused(file, "the extended file is outside the scenario's folder", "link")


def test_twenty_files_in_a_row_may_extend_one_another_but_no_more(tmp_path: Path) -> None:
    write(tmp_path, "file1", "trips")
    for number in range(2, 22):
        write(tmp_path, f"file{number}", "trips", extends=f"file{number - 1}")
    assert len(load_scenario(tmp_path / "file20.toml").stated) == 20
    refused(
        tmp_path / "file21.toml",
        "the chain of extended files is too long",
        "at most 20 files that extend one another",
    )


def test_extending_what_there_is_not_is_refused_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "bottom", "trips")
    file = write(tmp_path, "top", "online", extends="botom")
    refused(file, str(file), "extends: no such scenario", '"botom"', "bottom, top", 'did you mean "bottom"')


def test_a_fault_in_an_extended_file_is_reported_with_that_file(tmp_path: Path) -> None:
    bottom = write(tmp_path, "bottom", "trips")
    bottom.write_text(bottom.read_text().replace("multiply = 1", 'multiply = "one"'), encoding="utf-8")
    refused(write(tmp_path, "top", "online", extends="bottom"), str(bottom), "intervention 1, multiply", '"one"')


def test_a_name_is_looked_up_here_then_in_scenarios_then_in_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(load_scenario("publicity").stated) == 3
    write(tmp_path / "scenarios", "publicity", "trips")
    assert levers_of(load_scenario("publicity")) == ["trips"]
    write(tmp_path, "publicity", "online")
    assert levers_of(load_scenario("publicity")) == ["online"]
    assert known_scenarios()["publicity"].resolve() == tmp_path / "scenarios" / "publicity.toml"


def test_the_baseline_needs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for named in (None, "baseline"):
        assert load_scenario(named).stated == ()
        assert load_scenario(named).first is None
    assert load_scenario(BASELINE) is BASELINE


def test_a_scenario_called_baseline_that_changes_something_is_refused_wherever_it_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write(tmp_path, "baseline", "trips", "online")
    fragments = ('a scenario named "baseline" has interventions', "2 interventions", "another name")
    refused(file, str(file), *fragments)
    refused(Path("baseline"), "baseline.toml", *fragments)
    refused(write(tmp_path, "top", "documents", extends="baseline"), str(file), *fragments)
    other = load_scenario(write(tmp_path, "other", "trips"))
    with pytest.raises(InputError, match='a scenario named "baseline" has interventions'):
        load_scenario(replace(other, name="baseline"))


def test_a_baseline_that_inherits_interventions_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "bottom", "trips")
    refused(
        write(tmp_path, "baseline", extends="bottom"),
        'a scenario named "baseline" has interventions',
        '"1 intervention"',
    )


def test_a_baseline_of_ones_own_may_have_a_title(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "baseline")
    assert load_scenario("baseline").stated == ()
    assert levers_of(load_scenario(write(tmp_path, "top", "online", extends="baseline"))) == ["online"]


@pytest.mark.parametrize("named", ["publcity", "publicity.tml", "nowhere/publicity", "nowhere.toml", "", "."])
def test_a_scenario_that_there_is_not_is_refused(named: str) -> None:
    with pytest.raises(InputError, match="no such scenario"):
        load_scenario(named)


def test_a_misspelt_path_is_answered_with_the_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "tea_houses.toml").write_text("")
    with pytest.raises(InputError, match=r'did you mean ".*tea_houses\.toml"'):
        load_scenario(tmp_path / "tea_house.toml")


@pytest.mark.parametrize(
    ("named", "is_path"), [("nowhere.toml", True), ("nowhere/publicity", True), ("publcity", False)]
)
def test_a_path_is_no_name(named: str, is_path: bool) -> None:
    """A path is not searched in other folders, and the suggestions are names of files."""
    with pytest.raises(InputError) as refusal:
        load_scenario(named)
    assert ("no such scenario file" in str(refusal.value)) == is_path
    assert ("a file, or baseline" in str(refusal.value)) != is_path


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(InputError, match='did you mean "publicity"'):
        load_scenario("publcity")


@pytest.mark.parametrize(
    "named",
    [
        "a\0b",
        "x/" + "a" * 300,
        "a" * 300,
        "a" * 300 + ".toml",
    ],
)
def test_a_name_that_no_file_can_have_is_refused_and_no_traceback(named: str) -> None:
    with pytest.raises(InputError, match="no such scenario"):
        load_scenario(named)


@pytest.mark.parametrize("extended", ["a" * 300, "a\\u0000b"])
def test_extending_a_name_that_no_file_can_have_is_refused_and_no_traceback(tmp_path: Path, extended: str) -> None:
    file = write(tmp_path, "top", "online", extends=extended)
    with pytest.raises(InputError, match="extends"):
        load_scenario(file)


def test_the_first_month_of_a_scenario_is_the_earliest_of_all_it_states(tmp_path: Path) -> None:
    bottom = write(tmp_path, "bottom", "trips")
    bottom.write_text(bottom.read_text().replace("2019-03", "2018-07"), encoding="utf-8")
    assert load_scenario(write(tmp_path, "top", "online", extends="bottom")).first == 2018 * 12 + 6


def test_a_misspelt_name_finds_a_file_of_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evening_hours.toml").write_text('title = "Evening hours"\nsource = "test"\n', encoding="utf-8")
    with pytest.raises(InputError, match='did you mean "evening_hours"'):
        load_scenario("evening_hour")


def test_a_scenario_can_be_made_of_interventions_alone() -> None:
    intervention = load_scenario("publicity").stated[0].intervention
    scenario = Scenario("mine", "Mine", "", "assumed", [intervention])  # type: ignore[arg-type]
    assert scenario.stated == (SourcedIntervention(intervention, None, 1),)
    assert scenario.first == intervention.first
