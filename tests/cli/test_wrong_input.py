"""Errors in the input give one message with file, key, given and allowed values, and the nearest name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from takeup.console.overrides import Overrides
from takeup.district import load_district
from tests.cli.conftest import SMALL, Command

HEAD = 'title = "t"\nsource = "s"\n[[intervention]]\n'

WRONG_FILES = {
    "unknown lever": (
        HEAD + 'lever = "publicty"\nset = 0.1\nfrom = "2019-01"',
        ["wrong.toml", "intervention 1, lever", '"publicty"', 'did you mean "publicity"?'],
    ),
    "unknown month": (HEAD + 'lever = "publicity"\nset = 0.1\nfrom = "2019-13"', ["from", "2019-13", "2019-03"]),
    "unknown street": (
        HEAD + 'lever = "publicity"\nset = 0.1\nfrom = "2019-01"\nstreets = ["Stret 03"]',
        ["streets", '"Stret 03"', 'did you mean "Street 03"?'],
    ),
    "unknown group": (
        HEAD + 'lever = "publicity"\nset = 0.1\nfrom = "2019-01"\ngroups = { housing = ["dormitry"] }',
        ["groups, housing", '"dormitry"', 'did you mean "dormitory"?'],
    ),
    "outside the grain": (
        HEAD + 'lever = "learning"\nset = 0.1\nfrom = "2019-01"\nstreets = ["Street 03"]',
        [
            "the lever learning has one value for the whole district",
            "no streets, because the grain of the lever is district",
        ],
    ),
    "wrong type": (HEAD + 'lever = "publicity"\nset = "much"\nfrom = "2019-01"', ["set", '"much"', "a number"]),
    "not a number": (HEAD + 'lever = "publicity"\nset = nan\nfrom = "2019-01"', ["set", "nan"]),
    "negative rate": (HEAD + 'lever = "capacity"\nset = -1\nfrom = "2019-01"', ["set", "-1", "0 to 200000"]),
    "probability above 1": (HEAD + 'lever = "remember"\nadd = 0.5\nfrom = "2019-01"', ["add", "1.3", "0 to 1"]),
    "set with add": (
        HEAD + 'lever = "remember"\nset = 1\nadd = 0.5\nfrom = "2019-01"',
        ["set and add", "one of set"],
    ),
    "until before from": (
        HEAD + 'lever = "remember"\nset = 1\nfrom = "2019-03"\nuntil = "2019-01"',
        ["until", "2019-01", "2019-03 or later"],
    ),
    "circular extends": ('title = "t"\nsource = "s"\nextends = "wrong"', ["extends", "the file extends itself"]),
    "outside the folder": ('title = "t"\nsource = "s"\nextends = "../secret"', ["extends", "../secret", "outside"]),
    "no source": ('title = "t"', ['"source" is missing']),
    "unknown key": ('title = "t"\nsource = "s"\nlevers = 3', ['"levers"', "intervention"]),
    "not TOML": ("title = [", ["not TOML"]),
    "unknown extends": ('title = "t"\nsource = "s"\nextends = "wrongg"', ["extends", 'did you mean "wrong"?']),
}


@pytest.mark.parametrize("case", WRONG_FILES)
@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_wrong_scenario_file_is_reported_and_nothing_is_written(
    command: Command, tmp_path: Path, case: str, verb: str
) -> None:
    text, fragments = WRONG_FILES[case]
    (tmp_path / "wrong.toml").write_text(text)
    options = SMALL if verb == "run" else ("--district", "template")
    result = command(verb, "wrong.toml", *options)
    assert result.status == 2
    assert result.err.count("\n") == 1, result.err
    for fragment in ("wrong.toml", *fragments):
        assert fragment in result.err
    assert [file.name for file in tmp_path.iterdir()] == ["wrong.toml"]


def test_text_that_is_not_utf_8_and_files_of_100_megabytes_are_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b'title = "\xff\xfe"')
    assert "UTF-8" in command("check", "bytes.toml").err
    with (tmp_path / "large.toml").open("wb") as file:
        file.truncate(100_000_000)
    result = command("check", "large.toml")
    assert (result.status, "100.0 MB" in result.err, "at most 1 MB" in result.err) == (2, True, True)


WRONG_OPTIONS = {
    ("--agents", "0"): ["--agents", "0"],
    ("--agents", "500"): ["--agents", "Street 01", "too few", "at least 1,406"],
    ("--seed", "-1"): ["--seed", "-1"],
    ("--replicates", "0"): ["--replicates"],
    ("--set", "documnts=1"): ["--set", "documnts", 'did you mean "documents"?'],
    ("--set", "documents"): ["--set", "NAME=VALUE"],
    ("--set", "documents=nan"): ["--set", "nan"],
    ("--set", "documents=-1"): ["--set", "documents", "-1", "0 to 10"],
    ("--set", "remember=inf"): ["--set", "remember", "inf"],
    ("--set", "contacts=7"): ["--set, contacts", "even"],
    ("--set", "trust_initial.low=0.95"): ["--set, trust_initial.low", "0.95", "at most 0.9"],
    ("--set", "contacts=6.5"): ["contacts", "whole"],
    ("--from", "2011-1"): ["--from", "2011-1"],
    ("--until", "2009-12"): ["--until", "2009-12"],
    ("--until", "9999-12"): ["--until", "9999-12", "3009-12 at the latest", "12,000 months"],
    ("--people", "2024-01"): ["--people", "2024-01"],
    ("--engine", "object"): ["--engine", 'did you mean "objects"?'],
    ("--threads", "0"): ["--threads"],
    ("--workers", "0"): ["--workers"],
    ("--district", "liwen"): ["--district", '"liwen"', 'did you mean "liwan"?'],
    ("--parameters", "none.toml"): ["none.toml", "no such file"],
    ("--nonsense",): ["--nonsense"],
    ("--agents", "many"): ["--agents", "many"],
}


@pytest.mark.parametrize("options", WRONG_OPTIONS, ids=" ".join)
def test_a_wrong_option_is_reported_and_nothing_is_written(
    command: Command, tmp_path: Path, options: tuple[str, ...]
) -> None:
    result = command("run", "baseline", *SMALL, *options)
    assert result.status == 2
    for fragment in WRONG_OPTIONS[options]:
        assert fragment in result.err
    assert not list(tmp_path.iterdir())


PARAMETERS = {
    "documents = 11": ["p.toml, documents: the value is outside", "11", "0 to 10"],
    "documnts = 1": ["p.toml, documnts: unknown parameter", 'did you mean "documents"?'],
    "contacts = 7": ["p.toml, contacts: the value is not even", "even"],
    "[trust_initial]\nlow = 0.95": [
        "p.toml, trust_initial.low: the value is above trust_initial.high",
        "0.95",
        "at most 0.",
    ],
    'documents = "much"': ["p.toml, documents: the value is not a number", '"much"'],
    'documents = "0,5"': ['given: "0,5"; allowed: a number without quotes; did you mean 0.5?'],
    'documents = "1"': ['given: "1"; allowed: a number without quotes; did you mean 1?'],
}
COMMANDS = {
    "run": ("run", "baseline"),
    "compare": ("compare", "baseline"),
    "trial": ("trial", "publicity"),
    "why": ("why",),
    "plan": ("plan", "--budget", "1000000", "--district", "liwan"),
}


@pytest.mark.parametrize("named", COMMANDS)
@pytest.mark.parametrize("written", PARAMETERS)
def test_a_fault_in_a_file_of_parameters_is_reported_with_the_file(
    command: Command, tmp_path: Path, written: str, named: str
) -> None:
    (tmp_path / "p.toml").write_text(written)
    small = () if named == "plan" else ("--agents", "2000", "--district", "template")
    result = command(*COMMANDS[named], *small, "--parameters", "p.toml", "--set", "trips=2")
    assert result.status == 2
    assert "--set" not in result.err
    for fragment in PARAMETERS[written]:
        assert fragment in result.err
    assert [file.name for file in tmp_path.iterdir()] == ["p.toml"]


def test_an_override_is_reported_as_override_with_a_file_of_parameters(command: Command, tmp_path: Path) -> None:
    """Also where it takes the place of what the file says."""
    (tmp_path / "p.toml").write_text("documents = 1")
    result = command("why", "--agents", "2000", "--parameters", "p.toml", "--set", "documents=11")
    assert (result.status, "p.toml" in result.err, "--set, documents" in result.err) == (2, False, True)


def test_ends_may_be_set_together_by_a_file_and_an_option(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("[trust_initial]\nlow = 0.95")
    together = Overrides(["trust_initial.high=1"], tmp_path / "p.toml")
    assert together.checked(load_district("template")) == {"trust_initial.low": 0.95, "trust_initial.high": 1.0}


@pytest.mark.parametrize("verb", ["trial", "why"])
def test_too_few_agents_are_reported_by_their_option(command: Command, verb: str) -> None:
    named = ("trial", "publicity") if verb == "trial" else ("why",)
    result = command(*named, "--agents", "500", "--district", "template")
    assert (result.status, "--agents: Street 01" in result.err) == (2, True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("named", ["s.toml", "population.toml", "targets.toml", "plan.toml"])
def test_a_pipe_is_refused_before_anyone_waits_for_what_comes_out_of_it(tmp_path: Path, named: str) -> None:
    os.mkfifo(tmp_path / named)
    arguments = [sys.executable, "-c", "from takeup.cli import main; main()", "check", named]
    completed = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert completed.returncode == 2
    assert named in completed.stderr


def test_a_missing_scenario_is_reported_with_the_nearest_that_is_there(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('title = "t"\nsource = "s"\n')
    result = command("check", "mnie.toml")
    for fragment in ("scenario: no such scenario file", '"mnie.toml"', "allowed: ", 'did you mean "mine.toml"?'):
        assert fragment in result.err


def test_a_missing_district_is_reported_with_the_nearest_folder(command: Command, tmp_path: Path) -> None:
    (tmp_path / "panyu").mkdir()
    (tmp_path / "panyu" / "population.toml").write_text("")
    result = command("run", "baseline", "--district", "pany")
    for fragment in ("--district: no such district", '"pany"', 'did you mean "panyu"?'):
        assert fragment in result.err


@pytest.mark.parametrize("option", ["--draws", "--agents", "--seed"])
def test_validate_says_in_plain_words_that_a_number_is_none(command: Command, option: str) -> None:
    result = command("validate", option, "abc")
    for fragment in (option, '"abc"', "a whole number"):
        assert fragment in result.err
    assert "valid" not in result.err.replace("validate", "").replace("Invalid", "")


def test_two_scenarios_of_one_name_cannot_be_compared(command: Command, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.toml").write_text('title = "t"\nsource = "s"\n')
    result = command("compare", "one/same.toml", "two/same.toml", *SMALL)
    assert (result.status, "two scenarios have the same name" in result.err) == (2, True)


def test_check_tells_every_wrong_file(command: Command, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / f"{name}.toml").write_text('title = "t"\n')
    result = command("check", "first.toml", "second.toml")
    assert result.status == 2
    assert result.err.count("first.toml") == result.err.count("second.toml") == 1


NUMBERS = {
    ("compare", "baseline", "--replicates", "4.5"): ["--replicates", "a whole number"],
    ("compare", "baseline", "--replicates", "1.000.000"): ["--replicates", "did you mean 1_000_000?"],
    ("compare", "baseline", "--replicates", "1.2345k"): ["--replicates", 'given: "1.2345k"; allowed: a whole number'],
    ("compare", "baseline", "--draws", "1\u200b0"): ["--draws", "U+200B", "did you mean 10?"],
    ("compare", "baseline", "--precision", "0,5"): ["--precision", "did you mean 0.5?"],
    ("plan", "--budget", "3.000.000"): [
        "--budget",
        'given: "3.000.000"; allowed: an amount in yuan, such as 3000000, 3,000,000, 3 million or 300万; '
        "did you mean 3_000_000?",
    ],
    ("plan", "--budget", "1,5"): ["--budget", 'given: "1,5"', "did you mean 1.5?"],
    ("plan", "--budget", "3,00"): ["--budget", 'given: "3,00"', "did you mean 3.00 or 300?"],
    ("plan", "--budget", "$5m"): ["--budget", 'given: "$5m"', "an amount in yuan"],
    ("plan", "--budget", "5e6", "--draws", "x"): ["--draws", "a whole number"],
    ("plan", "--budget", "5e6", "--most", "1,00"): ["--most", "did you mean 1.00 or 100?"],
    ("plan", "--budget", "5e6", "--agents", "2万元"): ["--agents", "did you mean 20_000?"],
    ("trial", "publicity", "--share", "50%"): ["--share", "did you mean 0.5?"],
    ("run", "baseline", "--set", "documents=50%"): ["--set", "did you mean documents=0.5?"],
    ("run", "baseline", "--set", "documents=0,5"): ["--set", "did you mean documents=0.5?"],
    ("run", "baseline", "--until", "2010年2月"): ["--until", 'did you mean "2010-02"?'],
    ("run", "baseline", "--from", "2010/01"): ["--from", 'did you mean "2010-01"?'],
}


@pytest.mark.parametrize("arguments", NUMBERS, ids=" ".join)
def test_numbers_and_months_are_read_by_one_rule_in_all_commands(
    command: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert_refused(command, tmp_path, arguments, NUMBERS[arguments])


def assert_refused(command: Command, folder: Path, arguments: tuple[str, ...], fragments: list[str]) -> None:
    """Check that a command refuses its arguments, that the message has all fragments, and that nothing is written."""
    result = command(*arguments)
    assert result.status == 2
    for fragment in fragments:
        assert fragment in result.err
    assert not list(folder.iterdir())


@pytest.mark.parametrize("written", ["5e3", "5,000", "5_000", "5k", "0.5万", "５，０００"])
@pytest.mark.parametrize("option", ["--replicates", "--most", "--agents", "--budget"])
def test_numbers_as_people_write_them_are_read_in_every_option(command: Command, option: str, written: str) -> None:
    """The error is another one."""
    budget = () if option == "--budget" else ("--budget", "300万元")
    result = command("plan", *budget, "--plan", "missing.toml", option, written)
    assert "missing.toml: no such file" in result.err


def test_an_override_is_read_by_the_rule_of_the_options(command: Command) -> None:
    result = command("run", "baseline", "--set", "trips=1,000")
    assert "given: 1000" in result.err


NEW_FILES = {
    ("scenario", "new", "CON"): ["Windows", '"CON"'],
    ("district", "new", "nul"): ["Windows", '"nul"'],
    ("district", "new", "d", "--name-zh", " "): ["--name-zh", "the name is empty"],
    ("district", "synthesise", "--out", "x", "--like", "liwen"): ["--like", 'did you mean "liwan"?'],
    ("voi", "--agents", "5"): ["--agents: "],
    ("calibrate", "liwan", "--agents", "5"): ["--agents: "],
}


@pytest.mark.parametrize("arguments", NEW_FILES, ids=" ".join)
def test_other_commands_name_the_option_and_write_nothing(
    command: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert_refused(command, tmp_path, arguments, NEW_FILES[arguments])


@pytest.mark.parametrize("verb", [("compare", "publicity"), ("why",), ("trial", "publicity"), ("validate",)])
def test_a_folder_of_districts_is_refused_where_one_is_needed(
    command: Command, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    (tmp_path / "province" / "one").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    (tmp_path / "province" / "one" / "population.toml").write_text("", encoding="utf-8")
    result = command(*verb, "--district", "province")
    assert (result.status, "the folder contains several districts, but the command needs one" in result.err) == (
        2,
        True,
    )
    assert str(Path("province") / "one") in result.err
    result = command(*verb, "--district", "empty")
    assert (result.status, "the folder is not a district" in result.err) == (2, True)
