"""A calibration from beginning to end, very small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.cli.app import status_of
from takeup.district import definitions, load_district
from takeup.experiment.journal import Journal
from takeup.scenario import Timeline, load_scenario
from takeup_calibration.dimensions import dimensions_of, overrides
from takeup_calibration.lives import BRANCHES, branch_names

FIGURES = """
[[figure]]
name = "take_up"
expression = "valid / population"
month = "2010-12"
value = {value}
tolerance = 0.02
status = "assumed"
source = "a test"
local = true
"""
SMALL = ("--rows", "4", "--waves", "2", "--draws", "5", "--agents", "1600", "--workers", "1", "--quiet")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "figures.toml").write_text(FIGURES.format(value=0.05))
    return tmp_path


def calibrate(*options: str) -> int:
    return status_of(["calibrate", "template", "--figures", "figures.toml", *SMALL, *options])


def test_what_was_stopped_goes_on_and_ends_as_if_it_had_not(folder: Path) -> None:
    assert calibrate("--out", "whole") == 0
    journal = Journal(folder / "whole" / "journal.sqlite")
    entries = list(journal)
    half = Journal(folder / "half" / "journal.sqlite")
    for entry in entries[::2]:
        half.add(entry)
    half.close()
    assert calibrate("--out", "half") == 0
    assert list(Journal(folder / "half" / "journal.sqlite")) == entries
    for name in ("posterior.parquet", "rows.parquet"):
        whole, resumed = (pd.read_parquet(folder / out / name) for out in ("whole", "half"))
        pd.testing.assert_frame_equal(whole, resumed, check_exact=True)


def test_the_posterior_holds_values_of_parameters(folder: Path) -> None:
    assert calibrate("--out", "out") == 0
    posterior = pd.read_parquet(folder / "out" / "posterior.parquet")
    assert len(posterior) == 5
    parameters = load_district("template").parameters
    for dimension in dimensions_of(parameters):
        for member in definitions()[dimension.name].names:
            assert posterior[member].between(parameters[member].low, parameters[member].high).all()
    assert {f"effect {name}" for name in branch_names()} <= set(posterior.columns)
    assert pd.read_parquet(folder / "out" / "rows.parquet")["weight"].sum() == pytest.approx(1)


def test_a_figure_that_cannot_be_reached_is_told_with_the_nearest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "figures.toml").write_text(FIGURES.format(value=0.9))
    assert calibrate("--out", "out") == 1
    assert "cannot be reached: wanted 0.9, the nearest that the model gives is 0." in " ".join(
        capsys.readouterr().err.split()
    )


def test_factors_multiply_and_values_replace_and_both_stay_in_range() -> None:
    parameters = load_district("liwan").parameters
    dimensions = dimensions_of(parameters)
    names = [dimension.name for dimension in dimensions]
    point = np.array([0.5] * len(names))
    point[names.index("register")] = 1.7
    values = overrides(dimensions, point, parameters)
    assert values["attention"] == 0.5
    assert values["value.schooling"] == pytest.approx(0.5 * parameters.number("value.schooling"))
    assert values["register.informal_lease"] == pytest.approx(1.7 * parameters.number("register.informal_lease"))
    assert values["supply.employment"] == np.inf
    point[names.index("register")] = 100.0
    assert overrides(dimensions, point, parameters)["register.owned"] == 1.0


def test_priors_are_spread_between_their_ends() -> None:
    for dimension in dimensions_of(load_district("liwan").parameters):
        low, middle, high = dimension.quantile(np.array([0.0, 0.5, 1.0]))
        assert (low, high) == (pytest.approx(dimension.prior.low), pytest.approx(dimension.prior.high))
        expected = (low + high) / 2 if dimension.prior.shape == "uniform" else np.sqrt(low * high)
        assert middle == pytest.approx(expected)


def test_the_levers_that_rows_are_branched_into_suit_every_shipped_district() -> None:
    for name in ("liwan", "template"):
        for lever in branch_names():
            Timeline(load_scenario(BRANCHES / f"{lever}.toml"), load_district(name))
