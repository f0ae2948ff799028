"""`list`, `explain`, `parameters`, `check`, `scenario new`, `district new`: listing names and making files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from takeup.cli.explain import rule_glossary
from takeup.district import definition_of, definitions, levers, load_district
from takeup.scenario import json_schema, known_scenarios
from takeup.simulation import COLUMNS
from tests.cli.conftest import SMALL, Command

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_everything_that_has_a_name_can_be_explained(command: Command) -> None:
    for name in [*definitions(), "supply.schooling", *COLUMNS, *rule_glossary()]:
        result = command("explain", name)
        assert result.status == 0, name
        assert result.out.startswith(name.split(".", maxsplit=1)[0])


def test_parameters_prints_every_number_with_its_source(command: Command) -> None:
    out = command("parameters", "--long").out
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    for parameter in load_district("liwan").parameters:
        if parameter.value != definition_of(parameter.name).absent:
            assert f"{parameter.value:g}" in lines[parameter.name]
            assert parameter.source.split()[0] in lines[parameter.name]


@pytest.mark.parametrize("district", ["liwan", "template"])
def test_parameters_prints_one_line_per_number_on_80_columns(command: Command, narrow: None, district: str) -> None:
    out = command("parameters", "--district", district).out
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    shown = [each for each in load_district(district).parameters if each.value != definition_of(each.name).absent]
    assert len(shown) > 100
    for each in shown:
        words = re.split(r"  +", lines[each.name].rstrip())
        assert float(words[1]) == pytest.approx(each.value, rel=1e-3)
        assert words[2:] == [each.unit, f"{each.low:g} to {each.high:g}", each.status]


@pytest.mark.parametrize("district", ["liwan", "template"])
def test_list_prints_one_line_per_lever_on_80_columns(command: Command, narrow: None, district: str) -> None:
    out = command("list", "--district", district).out
    assert max(cell_len(line) for line in out.splitlines()) <= 80
    grain = ""
    rows = {}
    for line in out.splitlines():
        if line.startswith("Levers that scenarios set by "):
            grain = line.removeprefix("Levers that scenarios set by ").rstrip()
        elif line.strip():
            rows[line.split()[0]] = (grain, *re.split(r"  +", line.rstrip())[2:])
    parameters = load_district(district).parameters
    for definition in levers().values():
        for name in definition.names:
            each = parameters[name]
            bounds = f"{each.low:g} to {each.high:g}"
            assert rows[name] == (definition.grain, each.unit, bounds, each.status), name


def test_list_has_the_countermeasures_with_long(command: Command) -> None:
    assert "Countermeasure " not in command("list").out
    assert re.search(r"capacity +[\d.]+ +0 to 200000 +street +process", command("list", "--long").out)


def test_explain_is_short_and_has_the_sources_with_long(command: Command, narrow: None) -> None:
    short = command("explain", "need").out
    assert max(map(len, short.splitlines())) <= 80
    assert "need.schooling.schoolchild.yes" in short
    assert "need.schooling.schoolchild.no" not in short  # 0: without an effect
    assert re.search(
        r"^need.schooling.schoolchild.no +0 ", command("explain", "need.schooling.schoolchild.no").out, re.M
    )
    source = load_district("liwan").parameters["trips"].source.split()[0]
    assert source not in command("explain", "trips").out
    assert source in command("explain", "trips", "--long").out


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        (
            "urban village",
            ("urban_village: urban villages (城中村)", 'groups = { area = ["urban_village"] }', "27.0 %"),
        ),
        ("城中村", ("urban_village", "housing.informal_lease", "takeup explain NAME")),
        ("waiting time", ("capacity", "wait_cost", "wait_months", "等候时间")),
        ("informal_lease", ("housing.informal_lease: informal lease (未备案租赁)", "45.0", "publicity")),
        ("trips", ("trips to the counter (跑腿次数)", "Visits to the counter per application")),
        ("中南街道", ("Zhongnan", 'streets = ["Zhongnan"]')),
        ("wait_months", ("waiting time (等候时间)", "length of all queues")),
        ("delivered", ("delivered_schooling", "delivered_employment")),
        ("没听说", ("unaware of the permit", "takeup why")),
        ("equal standing", ("value.equal_standing", "supply.equal_standing")),
    ],
)
def test_everyday_words_are_explained(command: Command, narrow: None, word: str, parts: tuple[str, ...]) -> None:
    result = command("explain", word)
    assert result.status == 0, result.err
    assert all(part in result.out for part in parts), result.out
    assert max(cell_len(line) for line in result.out.splitlines()) <= 80


def test_a_word_without_a_term_is_refused_and_unknown_names_suggest_terms(command: Command) -> None:
    assert "unknown name" in command("explain", "xqzw").err
    result = command("run", "baseline", "--set", "waiting time=1", *SMALL)
    assert result.status == 2
    assert '--set: unknown parameter; given: "waiting time"' in result.err
    assert 'did you mean "capacity" or "wait_cost"?' in result.err


def test_list_has_the_areas(command: Command) -> None:
    assert re.search(r"urban_village +城中村 +Qiaozhong, .* housing: informal lease", command("list").out)


def test_list_names_scenarios_levers_streets_and_groups(command: Command) -> None:
    result = command("list")
    for name in (
        "all_five",
        "publicity",
        "Shamian",
        "沙面街道",
        "registered_lease",
        "profile and street",
        "template",
    ):
        assert name in result.out


def test_check_reports_how_far_the_raked_population_is_from_each_table(command: Command) -> None:
    result = command("check", str(load_district("liwan").folder))
    assert result.status == 0
    assert "housing x origin" in result.out
    assert "assumed" in result.out


def test_every_shipped_scenario_passes_check(command: Command) -> None:
    files = [str(file) for file in sorted((REPOSITORY / "scenarios").glob("*.toml"))]
    assert len(files) == 9
    result = command("check", *files)
    assert result.status == 0, result.err


def test_a_new_scenario_passes_check_and_is_not_overwritten(command: Command) -> None:
    assert command("scenario", "new", "mine").status == 0
    assert command("check", "mine.toml").status == 0
    assert command("scenario", "new", "mine").status == 2
    assert command("scenario", "new", "../mine").status == 2
    assert command("scenario", "new", "baseline").status == 2


def test_a_baseline_that_changes_something_is_refused_by_every_command(command: Command, tmp_path: Path) -> None:
    table = '[[intervention]]\nlever = "publicity"\nset = 0.2\nfrom = "2010-03"\n'
    (tmp_path / "baseline.toml").write_text(f'title = "Baseline"\nsource = "test"\n{table}', encoding="utf-8")
    for arguments in (("check", "baseline.toml"), ("run", "baseline", *SMALL), ("why", *SMALL[:-2])):
        result = command(*arguments)
        assert result.status == 2
        assert "baseline.toml" in result.err
        assert 'a scenario named "baseline" has interventions' in result.err


def test_a_new_district_passes_check_and_runs(command: Command) -> None:
    assert command("district", "new", "mine").status == 0
    assert command("check", "mine").status == 0
    result = command(
        "run", "baseline", "--district", "mine", "--agents", "2000", "--until", "2010-02", "--out", "out"
    )
    assert result.status == 0, result.err


def test_the_exported_schema_is_that_of_the_code() -> None:
    exported = json.loads((REPOSITORY / "scenarios" / "scenario.schema.json").read_text(encoding="utf-8"))
    assert exported == json_schema(), "run `make schema`"


def test_a_bare_name_finds_the_repositorys_scenarios(command: Command) -> None:
    assert "publicity" in known_scenarios()
    months = ("--from", "2019-03", "--until", "2019-04")
    assert command("run", "publicity", "--agents", "2000", *months, "--out", "out").status == 0


@pytest.mark.parametrize("arguments", [("--help",), ("check", "scenarios/all_five.toml")])
def test_help_and_check_do_not_wait_for_the_heavy_libraries(arguments: tuple[str, ...]) -> None:
    program = (
        "import sys\nfrom takeup.cli.app import exit_code_of\nstatus = exit_code_of(sys.argv[1:])\n"
        "heavy = {'mesa', 'numba', 'pandas', 'matplotlib', 'scipy'} & set(sys.modules)\n"
        "sys.exit(f'{heavy}' if heavy else status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
