"""Tests of the command `voi`: results and error messages."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.cli.app import exit_code_of
from takeup.district import SHIPPED, load_district
from takeup.runs.journal import Entry, Journal
from takeup_calibration import evaluator
from takeup_calibration.evaluator import EvaluationSpec
from takeup_calibration.priors import parameter_values, prior_dimensions, sobol_points
from takeup_calibration.targets import output_key
from takeup_calibration.voi import evidence
from tests.cli.test_chinese import english_in

SMALL = ("--district", "place", "--posterior", "posterior.parquet", "--agents", "1600")
KEPT = ("value", "publicity", "insured")
DRAWS = 24


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a district, draws of its prior and two candidates.

    The district has three uncertain parameters.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(evidence, "MAX_REPEATED", 2)
    place = tmp_path / "place"
    place.mkdir()
    (place / "population.toml").write_bytes((SHIPPED / "template" / "population.toml").read_bytes())
    text = (SHIPPED / "template" / "parameters.toml").read_text(encoding="utf-8")
    known = [
        table if table.startswith(tuple(f"[{name}]" for name in KEPT)) else re.sub(r"(?m)^prior = .*\n", "", table)
        for table in re.split(r"(?m)^(?=\[)", text)
    ]
    (place / "parameters.toml").write_text("".join(known), encoding="utf-8")
    district = load_district("place", calibrated=False)
    dimensions = prior_dimensions(district.parameters)
    uniforms = sobol_points(DRAWS, len(dimensions), 1)
    points = np.column_stack([each.quantile(uniforms[:, i]) for i, each in enumerate(dimensions)])
    draws = pd.DataFrame([parameter_values(dimensions, point, district.parameters) for point in points])
    draws.assign(row=range(DRAWS)).to_parquet("posterior.parquet")
    Path("candidates.toml").write_text(
        CANDIDATE + CANDIDATE.replace("asked", "counted").replace(*COUNTED), encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def small_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduce the minimal number of draws to ten, which suffice to test the command."""
    monkeypatch.setattr(evidence, "MIN_DRAWS", 10)


CANDIDATE = """
[[candidate]]
name = "asked"
title = "Who has heard of it?"
expression = "1 - unaware / population"
month = "2018-12"
sample = 600
status = "assumed"
source = "a test"
"""
COUNTED = ("sample = 600", 'error = 0.01\nunit = "share"')


def voi(*arguments: str) -> int:
    return exit_code_of(["voi", *arguments, *SMALL, "--candidates", "candidates.toml"])


def journal_of(out: Path) -> list[Entry]:
    with closing(Journal(out / "journal.sqlite")) as journal:
        return list(journal)


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_interrupted_and_parallel_runs_give_identical_results(folder: Path, small_minimum: None) -> None:
    Path("more.toml").write_text(SCENARIO.format(name="publicity", by=3, start="2019-01", cost=0), encoding="utf-8")
    Path("fewer.toml").write_text(
        SCENARIO.format(name="documents", by=0.5, start="2019-01", cost=0), encoding="utf-8"
    )
    assert voi("more.toml", "fewer.toml", "--draws", "12", "--workers", "2", "--out", "whole") == 0
    entries = journal_of(folder / "whole")
    assert len(entries) == 12 + 2
    with closing(Journal(folder / "half" / "journal.sqlite")) as half:
        for entry in entries[::2]:
            half.add(entry)
    assert voi("more.toml", "fewer.toml", "--draws", "12", "--workers", "1", "--out", "half") == 0
    assert journal_of(folder / "half") == entries
    for name in ("voi.csv", "voi.parquet", "pairs.csv", "pairs.parquet", "summary.json", "voi.png"):
        assert (folder / "whole" / name).read_bytes() == (folder / "half" / name).read_bytes(), name


SCENARIO = """
title = "A test"
source = "a test"
[[intervention]]
lever = "{name}"
multiply = {by}
from = "{start}"
cost = {{ fixed_cny = {cost}, source = "a test" }}
"""


def simple_model(spec: EvaluationSpec) -> dict[str, dict[str, float]]:
    """Replace a run: publicity increases awareness, and awareness the effects."""
    scenarios = spec.policies
    aware = spec.parameters["publicity"] / 0.2
    if spec.parameters["publicity"] < 0.006:
        raise ValueError("no migrant arrived")
    windows = {
        output_key(first, last, name): number
        for first, last in spec.windows
        for name, number in (("unaware", 1000 * (1 - aware)), ("population", 1000.0))
    }
    noise = spec.seed % 5 / 100
    effects = {each.name: noise + 10 * (aware if i else 0.15) for i, each in enumerate(scenarios)}
    return {"windows": windows, "effects": effects, "costs": {each.name: 2e6 for each in scenarios}}


@pytest.mark.slow
def test_it_prints_and_draws_in_chinese(
    folder: Path, small_minimum: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluator, "evaluate_point", simple_model)
    assert voi("--workers", "1", "--out", "out", "--between", "publicity,documents", "--language", "zh") == 1
    printed = capsys.readouterr()
    stated = {"asked", "counted", "publicity", "documents", "Who", "has", "heard", "of", "it", "place"}
    failure = {"ValueError", "no", "migrant", "arrived"}
    assert not english_in(printed.out + printed.err) - stated - failure, printed.out + printed.err
    assert (folder / "out" / "voi.zh.png").is_file()


@pytest.mark.slow
def test_it_writes_its_results_and_reports_excluded_draws(
    folder: Path, small_minimum: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluator, "evaluate_point", simple_model)
    assert voi("--workers", "1", "--out", "out", "--between", "publicity,documents") == 1
    printed = capsys.readouterr()
    assert "draws are excluded, the first because of the error ValueError: no migrant arrived" in printed.err
    assert "asked" in printed.out
    summary = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["unit"] == "points per million yuan"
    assert summary["draws"] + summary["draws_left_out"] == DRAWS
    assert {summary["between"]["one"], summary["between"]["other"]} == {"documents", "publicity"}
    assert 0 < summary["between"]["chance_sd"] < 0.03 or summary["between"]["chance_sd"] == 0
    table = pd.read_csv(folder / "out" / "voi.csv")
    assert {
        "candidate",
        "evsi_points",
        "low",
        "high",
        "share_of_evpi",
        "error",
        "order",
        "gain_given_earlier",
    } <= set(table.columns)
    assert table["share_of_evpi"].max() > 0.3
    pd.testing.assert_frame_equal(table, pd.read_parquet(folder / "out" / "voi.parquet"), check_dtype=False)
    pairs = pd.read_csv(folder / "out" / "pairs.csv")
    assert len(pairs) == 10 * 2
    between = pairs[(pairs["one"] == "documents") & (pairs["other"] == "publicity")]
    assert (between["variance_removed"] > 0.5).all()
    manifest = json.loads((folder / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert len(manifest["posterior"]["sha256"]) == 64
    assert (folder / "out" / "voi.png").stat().st_size > 10_000


@pytest.mark.slow
def test_other_candidates_need_no_further_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated = []

    def counted(spec: EvaluationSpec) -> dict[str, dict[str, float]]:
        evaluated.append(spec)
        return simple_model(spec._replace(parameters={"publicity": 0.1}))

    monkeypatch.setattr(evaluator, "evaluate_point", counted)
    assert voi("--workers", "1", "--out", "out", "--quiet") == 0
    assert len(evaluated) == DRAWS + 2
    Path("candidates.toml").write_text(
        CANDIDATE.replace("600", "60").replace("1 - unaware", "0.5 * unaware"), encoding="utf-8"
    )
    assert voi("--workers", "1", "--out", "out", "--quiet") == 0
    assert len(evaluated) == DRAWS + 2


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("sample = 600", "sample = 600\nsize = 3", 'unknown key; given: "size"'),
        ("sample = 600", "samples = 600", 'unknown key; given: "samples"; allowed: '),
        (
            "sample = 600",
            "",
            'the candidate has neither "sample" nor "error"; allowed: exactly one of sample and error',
        ),
        ("sample = 600", "sample = 0", "candidate 1, sample"),
        ("sample = 600", "error = 0.1", "candidate 1, unit"),
        ('source = "a test"', "", 'candidate 1: the key "source" is missing'),
        ("unaware", "unawares", 'candidate 1, expression: unknown output; given: "unawares"'),
        ('month = "2018-12"', 'month = "2019-01"', "allowed: 2010-01 to 2018-12"),
        ('month = "2018-12"', 'window = ["2018-12", "2018-01"]', "candidate 1, window"),
        (
            'month = "2018-12"',
            "",
            'the table has neither "month" nor "window"; allowed: exactly one of month and window',
        ),
        ('"asked"', '"counted"', "candidate 2, name: two candidates have the same name"),
    ],
)
def test_errors_in_the_candidates_file_are_reported_by_key_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, expected: str
) -> None:
    file = Path("candidates.toml")
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    before = sorted(folder.rglob("*"))
    assert voi("--out", "out") == 2
    message = " ".join(capsys.readouterr().err.split())
    assert "candidates.toml" in message
    assert expected in message
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--draws", "19"), "--draws: the number is out of range"),
        (("--draws", "25"), "the file has only"),
        (("--between", "publicity"), "the option requires two different scenarios"),
        (("--between", "publicity,paper"), "--between: the scenario is not one of those compared"),
        (
            ("early.toml", "baseline"),
            'is outside the compared period; given: "2018-12"; allowed: 2019-01 to 2023-12',
        ),
        (("early.toml",), "the scenarios are not two or more different ones"),
        (("--posterior", "none.parquet"), "there is no posterior file"),
    ],
)
def test_invalid_options_are_reported(
    folder: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], expected: str
) -> None:
    Path("early.toml").write_text(SCENARIO.format(name="publicity", by=3, start="2018-12", cost=0), encoding="utf-8")
    assert exit_code_of(["voi", *SMALL, "--candidates", "candidates.toml", "--out", "out", *options]) == 2
    assert expected in " ".join(capsys.readouterr().err.split())
    assert not (folder / "out").exists()


def test_a_sample_of_a_quantity_that_is_no_share_is_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        evaluator, "evaluate_point", lambda spec: simple_model(spec._replace(parameters={"publicity": 0.1}))
    )
    Path("candidates.toml").write_text(CANDIDATE.replace("1 - unaware", "3 * unaware"), encoding="utf-8")
    assert voi("--workers", "1", "--out", "out") == 2
    assert "asked, expression: the expression of a candidate with a sample is not a share" in " ".join(
        capsys.readouterr().err.split()
    )
    assert not (folder / "out" / "voi.csv").exists()
