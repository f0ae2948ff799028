"""`takeup stress`: its table, files and exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from takeup.analysis import stress
from takeup.analysis.stress import StressCase, stress_cases
from takeup.district import District
from takeup.report.i18n import ENGLISH, Language
from tests.analysis.stress_cases import never_holds
from tests.cli.conftest import Command

SHORT = ("stress", "template", "--agents", "1600", "--out", "out")


@pytest.fixture(autouse=True)
def three_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three things are tried, for a few months."""

    def some(district: District, translate: Language = ENGLISH) -> list[StressCase]:
        cases = stress_cases(district, translate)
        return [
            StressCase(each.name, each.kind, each.district, each.scenario, 4)
            for each in (cases[0], cases[1], cases[-1])
        ]

    monkeypatch.setattr(stress, "stress_cases", some)


@pytest.mark.slow
def test_the_cases_and_their_outcomes_are_printed_and_written(command: Command, tmp_path: Path) -> None:
    result = command(*SHORT)
    assert result.status == 0, result.err
    assert "3 of 3 stress tests passed." in result.out
    table = pd.read_csv(tmp_path / "out" / "stress.csv")
    assert list(table.columns) == ["tried", "kind", "months", "held", "fault"]
    assert table["held"].all()
    assert table["months"].tolist() == [4, 4, 4]
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "out" / "stress.parquet").drop(columns="fault"), table.drop(columns="fault")
    )
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["tried"], manifest["held"], manifest["agents"], manifest["seed"]) == (3, 3, 1600, 1)


@pytest.mark.slow
def test_what_does_not_hold_ends_it_with_1_and_stands_in_the_table(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stress, "run_case_isolated", never_holds)
    result = command(*SHORT)
    assert result.status == 1
    assert "1 of 3 stress tests passed." in result.out
    assert result.err.startswith("takeup: 1,200 months: 2010-01: two and two are five\n")
    table = pd.read_csv(tmp_path / "out" / "stress.csv")
    assert table["held"].tolist() == [False, False, True]


def test_too_few_migrants_for_every_street_are_refused(command: Command, tmp_path: Path) -> None:
    result = command("stress", "template", "--agents", "100", "--out", "out")
    assert result.status == 2
    assert "too few for 8 contacts each" in result.err
    assert not (tmp_path / "out").exists()
