"""`takeup plan --measures`: its files, output and error messages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from takeup.district import District
from tests.cli.conftest import Command
from tests.district.measured import THREE, measured


@pytest.fixture
def district(tmp_path: Path) -> District:
    return measured(tmp_path / "d", THREE)


SMALL = ("--district", "d", "--agents", "1500", "--until", "2011-12", "--workers", "1", "--from", "2010-07")


@pytest.mark.usefixtures("district")
def test_the_command_writes_its_files_and_names_the_assumed_numbers(command: Command, tmp_path: Path) -> None:
    arguments = ("plan", "--measures", *SMALL, "--budget", "40万", "--per-year", "--point", "--replicates", "2")
    result = command(*arguments, "--out", "out")
    assert result.status == 0, result.err
    words = " ".join(result.out.split())
    for expected in (
        "Budget: 400,000 yuan a year from 2010-07 to 2011-12 (18 months), 600,000 yuan in total.",
        "Best division of 400,000 yuan per year:",
        "One parameter vector; parameter uncertainty not included.",
        "15 of the 15 numbers of these measures are assumed",
        "visits.person_cny",
        "with 95 % confidence none of them is better by more than",
    ):
        assert expected in words, expected
    assert max(len(line) for line in result.out.splitlines() if not line.startswith(("Try", "Written"))) <= 80
    out = tmp_path / "out"
    table = pd.read_csv(out / "alternatives.csv")
    assert table["division"].iloc[-1] == "nothing"
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert sum(summary["best"].values()) <= 400_000
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["measures"] == [
        "visits",
        "forms",
        "nobody",
    ]
    checked = command("check", "out/package.toml", "--district", "d")
    assert checked.status == 0, checked.err


@pytest.mark.usefixtures("district")
def test_a_number_that_is_set_is_not_called_assumed(command: Command) -> None:
    arguments = (
        "plan",
        "--measure",
        "visits",
        *SMALL,
        "--budget",
        "40万",
        "--per-year",
        "--point",
        "--replicates",
        "1",
    )
    result = command(*arguments, "--set", "measure.visits.person_cny=3", "--out", "out")
    assert result.status == 0, result.err
    words = " ".join(result.out.split())
    numbers = re.search(r"(\d+) of the (\d+) numbers of these measures are assumed", words)
    assert numbers is not None
    assert int(numbers[1]) == int(numbers[2]) - 1
    assert "Set for this run: measure.visits.person_cny." in words
    assert "--replicates 1 --until 2011-12 --set measure.visits.person_cny=3.0" in words


@pytest.mark.parametrize(
    ("word", "measure"),
    [
        ("online", "online_application"),
        ("手机", "online_application"),
        ("学位", "school_places"),
        ("clerk", "clerk_training"),
    ],
)
def test_a_part_of_a_name_and_an_everyday_word_suggest_a_measure(command: Command, word: str, measure: str) -> None:
    result = command("plan", "--measure", word, "--budget", "3m", "--out", "out")
    assert result.status == 2
    assert f'did you mean "{measure}"' in result.err


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--measure", "vists"), '--measure: unknown measure of Template; given: "vists"'),
        (("--measures", "--plan", "x.toml"), "--plan: the option cannot be combined with measures"),
        (("--from", "2010-07"), "--from: the option requires --measures"),
        (("--measures", "--point", "--draws", "3"), "--point: the option cannot be combined with --draws"),
    ],
)
def test_wrong_options_are_one_message(command: Command, arguments: tuple[str, ...], message: str) -> None:
    result = command("plan", "--district", "d", "--budget", "5e5", *arguments, "--out", "out")
    assert result.status == 2
    assert message in result.err
    assert result.err.count("\n") == 1
