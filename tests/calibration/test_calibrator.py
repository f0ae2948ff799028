"""Tests of the command `calibrate` with a very small calibration."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.cli.app import exit_code_of
from takeup.district import definitions, load_district, read_posterior
from takeup.runs.journal import Journal
from takeup.scenario import Timeline, load_scenario
from takeup_calibration.evaluator import BRANCHES, policy_names
from takeup_calibration.priors import parameter_values, prior_dimensions

TARGETS = """
[[target]]
name = "take_up"
expression = "valid / population"
month = "2010-12"
value = {value}
tolerance = 0.02
status = "assumed"
source = "a test"
local = true
"""
SMALL = ("--rows", "4", "--waves", "2", "--draws", "5", "--confirm", "0", "--agents", "1600", "--quiet")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "targets.toml").write_text(TARGETS.format(value=0.05))
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of an uninterrupted calibration in one process."""
    place = tmp_path_factory.mktemp("undisturbed")
    (place / "targets.toml").write_text(TARGETS.format(value=0.05))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert calibrate("--out", "out") == 0
    return place / "out"


def calibrate(*options: str) -> int:
    return exit_code_of(["calibrate", "template", "--targets", "targets.toml", *SMALL, "--workers", "1", *options])


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_an_interrupted_calibration_resumes_and_ends_with_the_same_results(folder: Path, whole: Path) -> None:
    entries = list(Journal(whole / "journal.sqlite"))
    half = Journal(folder / "half" / "journal.sqlite")
    for entry in entries[::2]:
        half.add(entry)
    half.close()
    assert calibrate("--out", "half") == 0
    assert list(Journal(folder / "half" / "journal.sqlite")) == entries
    for name in ("posterior.parquet", "rows.parquet", "calibration.json", "calibrated.toml"):
        assert (whole / name).read_bytes() == (folder / "half" / name).read_bytes(), name


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_two_workers_give_identical_results(folder: Path, whole: Path) -> None:
    assert calibrate("--workers", "2", "--out", "two") == 0
    for name in ("posterior.parquet", "rows.parquet", "calibration.json"):
        assert (whole / name).read_bytes() == (folder / "two" / name).read_bytes(), name


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_every_command_uses_the_installed_posterior(folder: Path) -> None:
    copy = folder / "place"
    shutil.copytree(load_district("template").folder, copy)
    (copy / "targets.toml").write_text(TARGETS.format(value=0.05))
    before = load_district(copy)
    assert exit_code_of(["calibrate", str(copy), *SMALL, "--workers", "1", "--out", "out", "--install"]) == 0
    installed = load_district(copy)
    posterior = read_posterior(copy / "posterior.parquet", installed.parameters)
    representative = {name: installed.parameters.number(name) for name in posterior.draws[0]}
    summary = json.loads((copy / "calibration.json").read_text(encoding="utf-8"))
    rows = pd.read_parquet(folder / "out" / "posterior.parquet")["row"].tolist()
    row = summary["representative"]["row"]
    assert row is None or row not in rows or representative == dict(posterior.draws[rows.index(row)])
    assert installed.parameters["attention"].status == "calibrated"
    assert before.digest != installed.digest
    assert (copy / "calibration.json").read_bytes() == (folder / "out" / "calibration.json").read_bytes()
    assert exit_code_of(["check", str(copy)]) == 0
    assert exit_code_of(["calibrate", str(copy), *SMALL, "--workers", "1", "--out", "again"]) == 0
    assert (folder / "again" / "rows.parquet").read_bytes() == (folder / "out" / "rows.parquet").read_bytes(), (
        "a calibration does not start from what the last one installed"
    )


@pytest.mark.slow
def test_the_report_is_one_page_with_its_figures_and_sources(whole: Path) -> None:
    page = (whole / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 6
    assert not re.search(r'(src|href)="(?!#)', page), "nothing is fetched"
    for text in (
        "What the targets determine",
        "effective sample",
        "a test",
        "checks failed",
        "The population of this",
    ):
        assert text in page
    assert len(list(whole.glob("*.png"))) == 6


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_calibrations_with_two_seeds_are_compared(
    folder: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The seeds agree, because six points and five draws have the information of at most 2.7 draws.

    No standardised difference can then exceed 2.4, and the limit is 3.1.
    """
    assert calibrate("--out", "other", "--seed", "2") == 0
    capsys.readouterr()
    assert exit_code_of(["reproducibility", str(whole), "other"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("Seed 1", "Seed 2"))


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_the_gp_method_weights_only_the_second_wave(folder: Path) -> None:
    assert calibrate("--out", "out", "--method", "gp") == 0
    weights = pd.read_parquet(folder / "out" / "rows.parquet")["weight"]
    assert len(weights) == 6
    assert (weights[:4] == 0).all()
    assert weights[4:].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--fit", "takeup"), "take_up"),
        (("--leave", "take_up"), "--leave"),
        (("--method", "mcmc"), "waves, gp"),
        (("--rows", "1"), "--rows"),
        (("--agents", "400000"), "--agents"),
        (("--confirm", "-1"), "--confirm"),
    ],
)
def test_wrong_options_are_reported_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, str], expected: str
) -> None:
    assert calibrate("--out", "out", *options) == 2
    assert expected in capsys.readouterr().err
    assert not (folder / "out").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_targets_that_contradict_each_other_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = TARGETS.format(value=0.9).replace("take_up", "other")
    (folder / "targets.toml").write_text(TARGETS.format(value=0.05) + other)
    calibrate("--out", "out")
    assert "take_up and other contradict each other" in capsys.readouterr().err


def test_the_posterior_contains_parameter_values_in_their_ranges(whole: Path) -> None:
    posterior = pd.read_parquet(whole / "posterior.parquet")
    assert len(posterior) == 5
    parameters = load_district("template").parameters
    for dimension in prior_dimensions(parameters):
        for member in definitions()[dimension.name].names:
            assert posterior[member].between(parameters[member].low, parameters[member].high).all()
    assert {f"effect {name}" for name in policy_names()} <= set(posterior.columns)
    assert pd.read_parquet(whole / "rows.parquet")["weight"].sum() == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_a_target_that_cannot_be_reached_is_reported_with_the_nearest_prediction(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "targets.toml").write_text(TARGETS.format(value=0.9))
    assert calibrate("--out", "out") == 1
    assert "cannot be reached: the target is 0.9, and the nearest prediction of the model is 0." in " ".join(
        capsys.readouterr().err.split()
    )


def test_every_migrant_of_an_evaluation_has_a_valid_permit_or_a_reason(whole: Path) -> None:
    outputs = [entry.result for entry in Journal(whole / "journal.sqlite")]
    assert outputs
    for output in outputs:
        assert sum(output["reasons"].values()) + output["decembers"]["2018-12"] == pytest.approx(100)


def test_factors_multiply_and_values_replace_and_both_stay_in_range() -> None:
    parameters = load_district("liwan").parameters
    dimensions = prior_dimensions(parameters)
    names = [dimension.name for dimension in dimensions]
    point = np.array([0.5] * len(names))
    point[names.index("register")] = 1.7
    values = parameter_values(dimensions, point, parameters)
    assert values["attention"] == 0.5
    assert values["value.schooling"] == pytest.approx(0.5 * parameters.number("value.schooling"))
    assert values["register.informal_lease"] == pytest.approx(1.7 * parameters.number("register.informal_lease"))
    assert values["supply.employment"] == np.inf
    point[names.index("register")] = 100.0
    assert parameter_values(dimensions, point, parameters)["register.owned"] == 1.0


def test_priors_extend_between_their_ends() -> None:
    for dimension in prior_dimensions(load_district("liwan").parameters):
        low, middle, high = dimension.quantile(np.array([0.0, 0.5, 1.0]))
        assert (low, high) == (pytest.approx(dimension.prior.low), pytest.approx(dimension.prior.high))
        expected = (low + high) / 2 if dimension.prior.shape == "uniform" else np.sqrt(low * high)
        assert middle == pytest.approx(expected)


def test_the_policies_of_evaluations_fit_every_shipped_district() -> None:
    for name in ("liwan", "template"):
        for policy in policy_names():
            Timeline(load_scenario(BRANCHES / f"{policy}.toml"), load_district(name))
