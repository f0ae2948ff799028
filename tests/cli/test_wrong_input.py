"""What is wrong is said in one message that names file, key, value, what is allowed and the nearest right name."""

from __future__ import annotations

from pathlib import Path

import pytest

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
        ["learning is set for the whole district"],
    ),
    "wrong type": (HEAD + 'lever = "publicity"\nset = "much"\nfrom = "2019-01"', ["set", '"much"', "valid number"]),
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
    "circular extends": ('title = "t"\nsource = "s"\nextends = "wrong"', ["extends", "circle"]),
    "outside the folder": ('title = "t"\nsource = "s"\nextends = "../secret"', ["extends", "../secret", "outside"]),
    "no source": ('title = "t"', ['"source" is missing']),
    "unknown key": ('title = "t"\nsource = "s"\nlevers = 3', ['"levers"', "intervention"]),
    "not TOML": ("title = [", ["not TOML"]),
    "unknown extends": ('title = "t"\nsource = "s"\nextends = "wrongg"', ["extends", 'did you mean "wrong"?']),
}


@pytest.mark.parametrize("case", WRONG_FILES)
@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_wrong_scenario_file_is_told_and_nothing_is_written(
    command: Command, tmp_path: Path, case: str, verb: str
) -> None:
    text, fragments = WRONG_FILES[case]
    (tmp_path / "wrong.toml").write_text(text)
    options = SMALL if verb == "run" else ("--district", "template")
    said = command(verb, "wrong.toml", *options)
    assert said.status == 2
    assert said.err.count("\n") == 1, said.err
    for fragment in ("wrong.toml", *fragments):
        assert fragment in said.err
    assert [file.name for file in tmp_path.iterdir()] == ["wrong.toml"]


def test_text_that_is_not_utf_8_and_files_of_100_megabytes_are_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b'title = "\xff\xfe"')
    assert "UTF-8" in command("check", "bytes.toml").err
    with (tmp_path / "large.toml").open("wb") as file:
        file.truncate(100_000_000)
    said = command("check", "large.toml")
    assert (said.status, "100.0 MB" in said.err, "at most 1 MB" in said.err) == (2, True, True)


WRONG_OPTIONS = {
    ("--agents", "0"): ["--agents", "0"],
    ("--agents", "500"): ["Street 01", "too few", "1,500"],
    ("--seed", "-1"): ["--seed", "-1"],
    ("--replicates", "0"): ["--replicates"],
    ("--set", "documnts=1"): ["--set", "documnts", 'did you mean "documents"?'],
    ("--set", "documents"): ["--set", "NAME=VALUE"],
    ("--set", "documents=nan"): ["--set", "nan"],
    ("--set", "documents=-1"): ["--set", "documents", "-1", "0 to 10"],
    ("--set", "remember=inf"): ["--set", "remember", "inf"],
    ("--set", "contacts=7"): ["contacts", "even"],
    ("--set", "contacts=6.5"): ["contacts", "whole"],
    ("--from", "2011-1"): ["--from", "2011-1"],
    ("--until", "2009-12"): ["--until", "2009-12"],
    ("--people", "2024-01"): ["--people", "2024-01"],
    ("--engine", "object"): ["--engine", 'did you mean "objects"?'],
    ("--threads", "0"): ["--threads"],
    ("--workers", "0"): ["--workers"],
    ("--district", "liwen"): ['"liwen"', 'did you mean "liwan"?'],
    ("--parameters", "none.toml"): ["none.toml", "no such file"],
    ("--nonsense",): ["--nonsense"],
    ("--agents", "many"): ["--agents", "many"],
}


@pytest.mark.parametrize("options", WRONG_OPTIONS, ids=" ".join)
def test_a_wrong_option_is_told_and_nothing_is_written(
    command: Command, tmp_path: Path, options: tuple[str, ...]
) -> None:
    said = command("run", "baseline", *SMALL, *options)
    assert said.status == 2
    for fragment in WRONG_OPTIONS[options]:
        assert fragment in said.err
    assert not list(tmp_path.iterdir())


def test_two_scenarios_of_one_name_cannot_be_compared(command: Command, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.toml").write_text('title = "t"\nsource = "s"\n')
    said = command("compare", "one/same.toml", "two/same.toml", *SMALL)
    assert (said.status, "one name" in said.err) == (2, True)


def test_check_tells_every_wrong_file(command: Command, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / f"{name}.toml").write_text('title = "t"\n')
    said = command("check", "first.toml", "second.toml")
    assert said.status == 2
    assert said.err.count("first.toml") == said.err.count("second.toml") == 1
