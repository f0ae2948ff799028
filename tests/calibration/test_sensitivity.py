"""Tests of sensitivity indices against known values, and of the command."""

from __future__ import annotations

import io
import json
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from numpy.typing import NDArray
from rich.console import Console

from takeup.cli.app import exit_code_of
from takeup.district import SHIPPED, load_district
from takeup.report.i18n import ENGLISH, language_of
from takeup.runs.journal import Entry, Journal
from takeup_calibration import evaluator
from takeup_calibration.evaluator import EvaluationSpec, policy_names
from takeup_calibration.priors import DUMMY, Dimension, prior_dimensions
from takeup_calibration.sensitivity.analysis import (
    NOISE,
    OTHERS,
    Index,
    Sample,
    SensitivityResult,
    complete_blocks,
    estimate_indices,
    grouped,
    influential,
    make_design,
    morris_range,
    morris_sample,
    output_names,
    ranked,
    saltelli_sample,
)
from takeup_calibration.sensitivity.report import (
    format_index,
    indices_figure,
    indices_table,
    not_resolved,
    render_index,
)
from tests.cli.test_chinese import english_in

NAMES = ["one", "two", "three", DUMMY]
WEIGHTS = np.array([4.0, -2.0, 1.0, 0.0])
ISHIGAMI = {"S1": (0.3139, 0.4424, 0.0, 0.0), "ST": (0.5576, 0.4424, 0.2437, 0.0)}
"""Indices of the Ishigami function with a = 7 and b = 0.1 (Ishigami and Homma 1990; Saltelli et al. 2008), and of a
dummy.
"""
KEPT = ("value", "publicity", "insured")
SMALL = ("--agents", "1600", "--rows", "2")


def ishigami(uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.pi * (2 * uniforms - 1)
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def indices(sample: Sample, values: NDArray[np.float64], reruns: NDArray[np.float64] | None = None) -> list[Index]:
    return estimate_indices(sample, "output", values, np.full(sample.blocks, np.nan) if reruns is None else reruns)


def by_parameter(indices: list[Index], index: str) -> dict[str, Index]:
    return {each.parameter: each for each in indices if each.index == index}


def test_sobol_indices_of_a_function_whose_indices_are_known() -> None:
    """Indices of the Ishigami function lie in their 95 % intervals, widened by half.

    The seed is fixed, so that the test does not fail at random.
    """
    design = saltelli_sample(NAMES, NAMES, 1024, seed=1)
    estimates = indices(design, ishigami(design.uniforms))
    for index, truths in ISHIGAMI.items():
        for name, truth in zip(NAMES, truths, strict=True):
            each = by_parameter(estimates, index)[name]
            half = (each.high - each.low) / 2
            assert abs(each.value - truth) <= 1.5 * half, (index, name, each)
            assert half < 0.09
            assert each.resolved == (truth > 0 or name == DUMMY), (index, name)


def test_all_others_have_the_index_of_their_group() -> None:
    design = saltelli_sample(NAMES, grouped(NAMES, ["one", DUMMY]), 512, seed=1)
    assert design.distinct_groups == ["one", OTHERS, DUMMY]
    assert len(design.uniforms) == 512 * 5
    estimates = indices(design, design.uniforms @ WEIGHTS)
    for index in ("S1", "ST"):
        assert by_parameter(estimates, index)[OTHERS].value == pytest.approx(5 / 21, abs=0.02)
        assert by_parameter(estimates, index)["one"].value == pytest.approx(16 / 21, abs=0.02)


def test_elementary_effects_of_a_linear_function_are_its_slopes() -> None:
    design = morris_sample(NAMES, [(0.0, 1.0)] * 4, 10, seed=1)
    estimates = indices(design, design.uniforms @ WEIGHTS)
    for name, weight in zip(NAMES, WEIGHTS, strict=True):
        assert by_parameter(estimates, "mu_star")[name].value == pytest.approx(abs(weight))
        assert by_parameter(estimates, "sigma")[name].value == pytest.approx(0, abs=1e-12)


def test_sigma_and_its_interval_are_those_of_the_observed_effects() -> None:
    """The effect of `one` is the value of `two`: 0, 1/3, 2/3 or 1."""
    design = morris_sample(NAMES, [(0.0, 1.0)] * 4, 400, seed=1)
    estimates = indices(design, design.uniforms[:, 0] * design.uniforms[:, 1])
    sigma = by_parameter(estimates, "sigma")["one"]
    truth = float(np.std([0, 1 / 3, 2 / 3, 1]))
    assert sigma.low < truth < sigma.high
    assert sigma.high - sigma.low == pytest.approx(2 * 1.96 * truth * np.sqrt((1.64 - 1) / 4 / 400), rel=0.25)


def test_a_normal_prior_is_sampled_between_its_low_and_its_high() -> None:
    shapes = {dimension.prior.shape: dimension for dimension in prior_dimensions(load_district("liwan").parameters)}
    uniform = shapes["uniform"]
    normal = Dimension(uniform.name, uniform.prior.model_copy(update={"shape": "normal"}))
    for dimension in (normal, uniform, shapes["log-uniform"]):
        ends = dimension.quantile(np.array(morris_range(dimension)))
        assert ends == pytest.approx([dimension.prior.low, dimension.prior.high])


def test_noise_is_the_effect_of_another_seed() -> None:
    design = saltelli_sample(NAMES, NAMES, 64, seed=1)
    values = ishigami(design.uniforms)
    blocks = values.reshape(64, -1)
    reruns = blocks[:, 0] + np.where(np.arange(64) % 2, 1.0, -1.0)
    assert by_parameter(indices(design, values, reruns), "ST")[NOISE].value == pytest.approx(
        0.5 / np.var(blocks[:, [0, -1]])
    )
    walks = morris_sample(NAMES, [(0.0, 1.0)] * 4, 10, seed=1)
    values = walks.uniforms @ WEIGHTS
    estimates = indices(walks, values, values.reshape(10, -1)[:, 0] + np.where(np.arange(10) % 2, 0.5, -0.5))
    assert by_parameter(estimates, "mu_star")[NOISE].value == pytest.approx(0.5)


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_blocks_with_a_failed_evaluation_are_excluded(method: str) -> None:
    ends = [(0.0, 1.0)] * len(NAMES)
    design = (
        morris_sample(NAMES, ends, 10, seed=1) if method == "morris" else saltelli_sample(NAMES, NAMES, 64, seed=1)
    )
    fewer = replace(design, uniforms=design.uniforms[design.block_size :])
    values = ishigami(design.uniforms)
    values[2] = np.nan
    assert complete_blocks(design, values) == design.blocks - 1
    for one, other in zip(indices(design, values), indices(fewer, ishigami(fewer.uniforms)), strict=True):
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), nan_ok=True)


def test_an_output_that_never_changes_has_no_sobol_indices() -> None:
    design = saltelli_sample(NAMES, NAMES, 8, seed=1)
    assert not any(each.resolved for each in indices(design, np.full(len(design.uniforms), 7.0)))


def make_index(value: float, half: float, parameter: str = "one", output: str = "valid_share") -> Index:
    return Index("morris", output, parameter, "mu_star", value, value - half, value + half)


def result_of(*indices: Index) -> SensitivityResult:
    design = make_design(load_district("template", calibrated=False), "morris", 2, 1600, 1)
    return SensitivityResult(design, list(indices), 2, 0, None)


@pytest.mark.parametrize(
    ("value", "half", "resolved"),
    [
        (2.0, 0.9, True),
        (2.0, 1.0, True),
        (2.0, 1.01, False),
        (-0.2, 0.2, False),
        (0.0, 0.0, True),
        (np.nan, 0.1, False),
    ],
)
def test_an_index_is_resolved_if_its_interval_is_no_wider_than_itself(
    value: float, half: float, resolved: bool
) -> None:
    assert make_index(value, half).resolved == resolved


def test_the_value_of_an_unresolved_index_is_not_shown() -> None:
    result = result_of(make_index(7.25, 6.0), make_index(5.25, 1.0, "two"), make_index(3.75, 3.0, "three"))
    frame = indices_table([result])
    assert frame["resolved"].tolist() == [False, True, False]
    assert frame["value"].isna().tolist() == [True, False, True]
    assert frame["low"].notna().all()
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(render_index(result, "mu_star"))
    printed = console.export_text()
    assert "5.2±1.0" in printed
    assert "Not resolved for any output: one, three" in " ".join(printed.split())
    assert not re.search(r"7\.2|3\.7", printed)
    assert format_index(make_index(7.25, 6.0)) == not_resolved(ENGLISH) == "n.r."


def test_tables_and_figures_are_chinese_but_for_names() -> None:
    result = result_of(make_index(7.25, 6.0), make_index(5.25, 1.0, "two"), make_index(3.75, 3.0, "three"))
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(render_index(result, "mu_star", language_of("zh")))
    printed = console.export_text()
    assert "莫里斯法" in printed
    texts = [text.get_text() for text in indices_figure(result, language_of("zh")).findobj(Text)]
    names = {"mu", "star", "sigma", "one", "two", "three", NOISE}
    assert set(re.findall("[A-Za-z]{2,}", " ".join([printed, *map(str, texts)]))) <= names


def test_parameters_that_may_have_the_largest_index_come_first_and_are_influential() -> None:
    indices = [
        make_index(8.0, 1.0, "one"),
        make_index(4.0, 8.0, "two"),
        make_index(1.0, 0.2, "three"),
        make_index(9, 1, NOISE),
    ]
    assert ranked(indices) == ["two", "one", "three", NOISE]
    assert influential(indices) == ["one", "two"]
    elsewhere = [make_index(0.2, 0.01, "three", "effect x"), make_index(0.1, 0.01, "one", "effect x")]
    assert influential([*indices, *elsewhere]) == ["one", "two", "three"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with a district of three uncertain parameters."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "place"
    place.mkdir()
    (place / "population.toml").write_bytes((SHIPPED / "template" / "population.toml").read_bytes())
    text = (SHIPPED / "template" / "parameters.toml").read_text(encoding="utf-8")
    tables = re.split(r"(?m)^(?=\[)", text)
    known = [
        table if table.startswith(tuple(f"[{name}]" for name in KEPT)) else re.sub(r"(?m)^prior = .*\n", "", table)
        for table in tables
    ]
    (place / "parameters.toml").write_text("".join(known), encoding="utf-8")
    return tmp_path


def sensitivity(*options: str) -> int:
    return exit_code_of(["sensitivity", "place", *SMALL, *options])


def journal_of(out: Path) -> list[Entry]:
    with closing(Journal(out / "journal.sqlite")) as journal:
        return list(journal)


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_interrupted_and_parallel_runs_give_identical_results(folder: Path) -> None:
    assert sensitivity("--workers", "2", "--out", "whole") == 0
    entries = journal_of(folder / "whole")
    with closing(Journal(folder / "half" / "journal.sqlite")) as half:
        for entry in entries[::2]:
            half.add(entry)
    assert sensitivity("--workers", "1", "--out", "half") == 0
    assert journal_of(folder / "half") == entries
    for name in ("sensitivity.csv", "sensitivity.parquet", "sensitivity.json", "morris.png"):
        assert (folder / "whole" / name).read_bytes() == (folder / "half" / name).read_bytes(), name


def simple_model(spec: EvaluationSpec) -> dict[str, dict[str, float]]:
    """Replace a run of the model by simple functions of two parameters.

    The share depends on publicity, and the effects on publicity and the value of schooling.
    """
    share = 100 * spec.parameters["publicity"] + spec.seed % 3
    effect = share * spec.parameters["value.schooling"]
    return {"decembers": {"2018-12": share}, "effects": {name: effect * i for i, name in enumerate(policy_names())}}


@pytest.mark.slow
def test_the_command_prints_and_draws_in_chinese(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluator, "evaluate_point", simple_model)
    options = ("--method", "both", "--rows", "16", "--workers", "1", "--out", "out", "--language", "zh")
    assert sensitivity(*options) == 0
    printed = capsys.readouterr()
    names = ("mu_star", "sigma", "ST", *policy_names())
    words = english_in(printed.out + printed.err)
    assert all(any(word in name for name in names) for word in words), (words, printed.out)
    assert {"morris.zh.png", "sobol.zh.png"} <= {file.name for file in (folder / "out").iterdir()}


@pytest.mark.slow
def test_both_methods_write_their_results(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluator, "evaluate_point", simple_model)
    assert sensitivity("--method", "both", "--rows", "16", "--workers", "1", "--out", "out") == 0
    printed = capsys.readouterr().out
    assert re.search(r"Morris: 16 trajectories, 4 groups, \d\d points of 1,600 migrants", printed)
    assert "Sobol: 16 base points, 4 groups, 96 points of 1,600 migrants" in printed
    assert max(len(line) for line in printed.splitlines() if "±" in line) <= 80
    out = folder / "out"
    assert {file.name for file in out.iterdir()} >= {
        "sensitivity.csv",
        "sensitivity.parquet",
        "sensitivity.json",
        "manifest.json",
        "morris.png",
        "sobol.png",
    }
    table = pd.read_csv(out / "sensitivity.csv")
    assert list(table) == ["method", "output", "parameter", "index", "value", "low", "high", "resolved"]
    assert set(table["output"]) == set(output_names())
    assert set(table["parameter"]) == {*KEPT, DUMMY, NOISE, OTHERS}
    assert table.loc[~table["resolved"], "value"].isna().all()
    assert (table.loc[(table["parameter"] == DUMMY) & table["resolved"], "value"] == 0).all()
    pd.testing.assert_frame_equal(table, pd.read_parquet(out / "sensitivity.parquet"))
    summary = json.loads((out / "sensitivity.json").read_text())
    assert summary["sobol"]["others"] == ["insured"], "it has no effect, and therefore no separate indices"
    assert summary["morris"]["indices"]["valid_share"]["publicity"]["mu_star"]["resolved"]
    assert json.loads((out / "manifest.json").read_text())["methods"] == {"morris": 16, "sobol": 16}


def test_all_points_have_the_same_seed_and_the_dummy_needs_no_evaluation(folder: Path) -> None:
    place = load_district("place", calibrated=False)
    design = make_design(place, "morris", 2, 1600, 7)
    assert {spec.seed for spec in design.specs} == {7}
    assert 7 not in {spec.seed for spec in design.reruns}
    assert len(design.specs) == 10
    assert len({spec.key for spec in design.specs}) == 8
    assert design.keys < make_design(place, "morris", 4, 1600, 7).keys, "a larger sample contains the smaller one"
    some = make_design(place, "sobol", 4, 1600, 7, ["value"])
    assert some.sample.distinct_groups == ["value", OTHERS, DUMMY]
    assert some.keys < make_design(place, "sobol", 8, 1600, 7, ["value"]).keys


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_failed_evaluations_are_reported_and_run_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = load_district("place", calibrated=False)
    design = make_design(place, "morris", 3, 1600, 1)
    failing = design.specs[1].parameters

    def faulty(spec: EvaluationSpec) -> dict[str, dict[str, float]]:
        if spec.parameters == failing:
            raise ValueError("invalid point")
        return simple_model(spec)

    def nothing(spec: EvaluationSpec) -> dict[str, dict[str, float]]:
        raise ValueError("no migrant is left")

    options = ("--rows", "3", "--workers", "1", "--out", "out", "--quiet")
    monkeypatch.setattr(evaluator, "evaluate_point", nothing)
    assert sensitivity(*options) == 1
    message = " ".join(capsys.readouterr().err.split())
    assert "15 of 15 evaluations failed, the first with the error ValueError: no migrant is left" in message
    assert "only 0 of 3 blocks of evaluations are complete, and 2 are needed" in message
    assert not (folder / "out" / "sensitivity.csv").exists()
    monkeypatch.setattr(evaluator, "evaluate_point", faulty)
    assert sensitivity(*options) == 1
    message = " ".join(capsys.readouterr().err.split())
    assert (
        "1 of 15 evaluations failed, the first with the error ValueError: invalid point; "
        "1 of 3 trajectories are excluded" in message
    )
    assert json.loads((folder / "out" / "sensitivity.json").read_text())["morris"]["blocks_without_failure"] == 2
    monkeypatch.setattr(evaluator, "evaluate_point", simple_model)
    assert sensitivity(*options) == 0


WRONG = {
    ("--method", "sobel"): ["--method", 'did you mean "sobol"?'],
    ("--rows", "1"): ["--rows", "2 to"],
    ("--method", "sobol", "--rows", "12"): ["--rows", "12", "power of two"],
    ("--method", "sobol", "--only", "publicty"): ["--only", 'did you mean "publicity"?'],
    ("--only", "publicity"): ["--only", "sobol"],
    ("--agents", "20"): ["agents", "20"],
    ("--seed", "-1"): ["--seed"],
    ("--workers", "0"): ["--workers"],
}


@pytest.mark.parametrize("options", WRONG, ids=" ".join)
def test_errors_are_reported_and_nothing_is_written(
    folder: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert sensitivity(*options) == 2
    message = capsys.readouterr().err
    for fragment in WRONG[options]:
        assert fragment in message
    assert [file.name for file in folder.iterdir()] == ["place"]


def test_a_district_without_priors_is_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "place" / "parameters.toml"
    file.write_text(re.sub(r"(?m)^prior = .*\n", "", file.read_text(encoding="utf-8")), encoding="utf-8")
    assert sensitivity() == 2
    assert "no parameter has a prior" in capsys.readouterr().err


def test_a_parameter_that_is_set_has_no_prior_and_one_value() -> None:
    district = load_district("template", calibrated=False)
    before = make_design(district, "morris", 2, 500, 1)
    design = make_design(district, "morris", 2, 500, 1, settings={"publicity": 0.02})
    assert [each.name for each in design.dimensions] == [
        each.name for each in before.dimensions if each.name != "publicity"
    ]
    assert len(design.dimensions) == len(before.dimensions) - 1
    assert {spec.parameters["publicity"] for spec in design.specs} == {0.02}


def test_two_different_districts_are_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(["sensitivity", "template", "--district", "elsewhere"]) == 2
    assert "--district" in capsys.readouterr().err
