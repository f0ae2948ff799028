"""Sensitivity: indices of functions whose indices are known, what is not told, and the command from end to end."""

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
from numpy.typing import NDArray
from rich.console import Console

from takeup.cli.app import status_of
from takeup.district import SHIPPED, load_district
from takeup.runs.journal import Entry, Journal
from takeup_calibration.dimensions import Dimension, dimensions_of
from takeup_calibration.lives import Life, branch_names
from takeup_calibration.rows import DUMMY
from takeup_calibration.sensitivity import looking
from takeup_calibration.sensitivity.design import OTHERS, Design, base_points, parted, range_of, trajectories
from takeup_calibration.sensitivity.indices import CHANCE, Index, indices_of, whole_blocks
from takeup_calibration.sensitivity.looking import Seen, looks_at, outputs
from takeup_calibration.sensitivity.ranking import not_dismissed, ranked
from takeup_calibration.sensitivity.tables import NOT_RESOLVED, frame_of, render, said

NAMES = ["one", "two", "three", DUMMY]
WEIGHTS = np.array([4.0, -2.0, 1.0, 0.0])
ISHIGAMI = {"S1": (0.3139, 0.4424, 0.0, 0.0), "ST": (0.5576, 0.4424, 0.2437, 0.0)}
"""For a = 7 and b = 0.1 (Ishigami and Homma 1990; Saltelli et al. 2008), and a dummy."""
KEPT = ("value", "publicity", "insured")
SMALL = ("--agents", "1600", "--rows", "2")


def ishigami(uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.pi * (2 * uniforms - 1)
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def of(design: Design, values: NDArray[np.float64], again: NDArray[np.float64] | None = None) -> list[Index]:
    return indices_of(design, "output", values, np.full(design.blocks, np.nan) if again is None else again)


def told(indices: list[Index], index: str) -> dict[str, Index]:
    return {each.parameter: each for each in indices if each.index == index}


def test_sobol_indices_of_a_function_whose_indices_are_known() -> None:
    """One fixed scrambling, so that nothing fails by chance; intervals are of 95 %, each is widened by half."""
    design = base_points(NAMES, NAMES, 1024, seed=1)
    found = of(design, ishigami(design.uniforms))
    for index, truths in ISHIGAMI.items():
        for name, truth in zip(NAMES, truths, strict=True):
            each = told(found, index)[name]
            half = (each.high - each.low) / 2
            assert abs(each.value - truth) <= 1.5 * half, (index, name, each)
            assert half < 0.09
            assert each.resolved == (truth > 0 or name == DUMMY), (index, name)


def test_all_others_are_behind_what_they_are_behind_together() -> None:
    design = base_points(NAMES, parted(NAMES, ["one", DUMMY]), 512, seed=1)
    assert design.indexed == ["one", OTHERS, DUMMY]
    assert len(design.uniforms) == 512 * 5
    found = of(design, design.uniforms @ WEIGHTS)
    for index in ("S1", "ST"):
        assert told(found, index)[OTHERS].value == pytest.approx(5 / 21, abs=0.02)
        assert told(found, index)["one"].value == pytest.approx(16 / 21, abs=0.02)


def test_elementary_effects_of_a_linear_function_are_its_slopes() -> None:
    design = trajectories(NAMES, [(0.0, 1.0)] * 4, 10, seed=1)
    found = of(design, design.uniforms @ WEIGHTS)
    for name, weight in zip(NAMES, WEIGHTS, strict=True):
        assert told(found, "mu_star")[name].value == pytest.approx(abs(weight))
        assert told(found, "sigma")[name].value == pytest.approx(0, abs=1e-12)


def test_sigma_and_its_interval_are_of_the_effects_that_were_seen() -> None:
    """The effect of `one` is `two`, which stands at thirds when `one` moves."""
    design = trajectories(NAMES, [(0.0, 1.0)] * 4, 400, seed=1)
    found = of(design, design.uniforms[:, 0] * design.uniforms[:, 1])
    sigma = told(found, "sigma")["one"]
    truth = float(np.std([0, 1 / 3, 2 / 3, 1]))
    assert sigma.low < truth < sigma.high
    assert sigma.high - sigma.low == pytest.approx(2 * 1.96 * truth * np.sqrt((1.64 - 1) / 4 / 400), rel=0.25)


def test_a_normal_prior_is_walked_between_its_low_and_its_high() -> None:
    shapes = {dimension.prior.shape: dimension for dimension in dimensions_of(load_district("liwan").parameters)}
    uniform = shapes["uniform"]
    normal = Dimension(uniform.name, uniform.prior.model_copy(update={"shape": "normal"}))
    for dimension in (normal, uniform, shapes["log-uniform"]):
        ends = dimension.quantile(np.array(range_of(dimension)))
        assert ends == pytest.approx([dimension.prior.low, dimension.prior.high])


def test_chance_is_what_other_luck_does() -> None:
    design = base_points(NAMES, NAMES, 64, seed=1)
    values = ishigami(design.uniforms)
    blocks = values.reshape(64, -1)
    again = blocks[:, 0] + np.where(np.arange(64) % 2, 1.0, -1.0)
    assert told(of(design, values, again), "ST")[CHANCE].value == pytest.approx(0.5 / np.var(blocks[:, [0, -1]]))
    walks = trajectories(NAMES, [(0.0, 1.0)] * 4, 10, seed=1)
    values = walks.uniforms @ WEIGHTS
    found = of(walks, values, values.reshape(10, -1)[:, 0] + np.where(np.arange(10) % 2, 0.5, -0.5))
    assert told(found, "mu_star")[CHANCE].value == pytest.approx(0.5)


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_blocks_with_a_failed_row_are_left_out(method: str) -> None:
    ends = [(0.0, 1.0)] * len(NAMES)
    design = trajectories(NAMES, ends, 10, seed=1) if method == "morris" else base_points(NAMES, NAMES, 64, seed=1)
    fewer = replace(design, uniforms=design.uniforms[design.block :])
    values = ishigami(design.uniforms)
    values[2] = np.nan
    assert whole_blocks(design, values) == design.blocks - 1
    for one, other in zip(of(design, values), of(fewer, ishigami(fewer.uniforms)), strict=True):
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), nan_ok=True)


def test_an_output_that_never_changes_has_no_sobol_indices() -> None:
    design = base_points(NAMES, NAMES, 8, seed=1)
    assert not any(each.resolved for each in of(design, np.full(len(design.uniforms), 7.0)))


def index_of(value: float, half: float, parameter: str = "one", output: str = "valid_share") -> Index:
    return Index("morris", output, parameter, "mu_star", value, value - half, value + half)


def seen(*indices: Index) -> Seen:
    look = looks_at(load_district("template", calibrated=False), "morris", 2, 1600, 1)
    return Seen(look, list(indices), 2, 0, None)


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
def test_an_index_is_told_if_its_interval_is_no_wider_than_itself(value: float, half: float, resolved: bool) -> None:
    assert index_of(value, half).resolved == resolved


def test_what_is_not_resolved_is_said_so_and_its_value_stands_nowhere() -> None:
    analysis = seen(index_of(7.25, 6.0), index_of(5.25, 1.0, "two"), index_of(3.75, 3.0, "three"))
    frame = frame_of([analysis])
    assert frame["resolved"].tolist() == [False, True, False]
    assert frame["value"].isna().tolist() == [True, False, True]
    assert frame["low"].notna().all()
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(render(analysis, "mu_star"))
    printed = console.export_text()
    assert "5.2±1.0" in printed
    assert "Not resolved for any output: one, three" in " ".join(printed.split())
    assert not re.search(r"7\.2|3\.7", printed)
    assert said(index_of(7.25, 6.0)) == NOT_RESOLVED


def test_who_may_be_largest_comes_first_and_is_not_dismissed() -> None:
    indices = [
        index_of(8.0, 1.0, "one"),
        index_of(4.0, 8.0, "two"),
        index_of(1.0, 0.2, "three"),
        index_of(9, 1, CHANCE),
    ]
    assert ranked(indices) == ["two", "one", "three", CHANCE]
    assert not_dismissed(indices) == ["one", "two"]
    elsewhere = [index_of(0.2, 0.01, "three", "effect x"), index_of(0.1, 0.01, "one", "effect x")]
    assert not_dismissed([*indices, *elsewhere]) == ["one", "two", "three"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, but for a district with three unknown numbers."""
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
    return status_of(["sensitivity", "place", *SMALL, *options])


def journal_of(out: Path) -> list[Entry]:
    with closing(Journal(out / "journal.sqlite")) as journal:
        return list(journal)


@pytest.mark.usefixtures("undrawn")
def test_stopped_or_shared_out_it_ends_with_the_same_bits(folder: Path) -> None:
    assert sensitivity("--workers", "2", "--out", "whole") == 0
    entries = journal_of(folder / "whole")
    with closing(Journal(folder / "half" / "journal.sqlite")) as half:
        for entry in entries[::2]:
            half.add(entry)
    assert sensitivity("--workers", "1", "--out", "half") == 0
    assert journal_of(folder / "half") == entries
    for name in ("sensitivity.csv", "sensitivity.parquet", "sensitivity.json", "morris.png"):
        assert (folder / "whole" / name).read_bytes() == (folder / "half" / name).read_bytes(), name


def invented(life: Life) -> dict[str, dict[str, float]]:
    """Instead of a life: a share that publicity decides, effects that the worth of schooling decides too."""
    share = 100 * life.parameters["publicity"] + life.seed % 3
    worth = share * life.parameters["value.schooling"]
    return {"decembers": {"2018-12": share}, "effects": {lever: worth * i for i, lever in enumerate(branch_names())}}


def test_both_methods_write_what_they_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(looking, "live_row", invented)
    assert sensitivity("--method", "both", "--rows", "16", "--workers", "1", "--out", "out") == 0
    printed = capsys.readouterr().out
    assert re.search(r"Morris: 16 trajectories, 4 parts, \d\d rows of 1,600 migrants", printed)
    assert "Sobol: 16 base points, 4 parts, 96 rows of 1,600 migrants" in printed
    assert max(len(line) for line in printed.splitlines() if "±" in line) <= 80
    out = folder / "out"
    assert {file.name for file in out.iterdir()} >= {
        "sensitivity.csv", "sensitivity.parquet", "sensitivity.json", "manifest.json", "morris.png", "sobol.png",
    }  # fmt: skip
    table = pd.read_csv(out / "sensitivity.csv")
    assert list(table) == ["method", "output", "parameter", "index", "value", "low", "high", "resolved"]
    assert set(table["output"]) == set(outputs())
    assert set(table["parameter"]) == {*KEPT, DUMMY, CHANCE, OTHERS}
    assert table.loc[~table["resolved"], "value"].isna().all()
    assert (table.loc[(table["parameter"] == DUMMY) & table["resolved"], "value"] == 0).all()
    pd.testing.assert_frame_equal(table, pd.read_parquet(out / "sensitivity.parquet"))
    summary = json.loads((out / "sensitivity.json").read_text())
    assert summary["sobol"]["others"] == ["insured"], "it does nothing, so it is not asked for by itself"
    assert summary["morris"]["indices"]["valid_share"]["publicity"]["mu_star"]["resolved"]
    assert json.loads((out / "manifest.json").read_text())["methods"] == {"morris": 16, "sobol": 16}


def test_all_rows_have_the_same_people_and_luck_and_the_dummy_costs_nothing(folder: Path) -> None:
    place = load_district("place", calibrated=False)
    look = looks_at(place, "morris", 2, 1600, 7)
    assert {job.payload.seed for job in look.jobs} == {7}
    assert 7 not in {job.payload.seed for job in look.again}
    assert len(look.jobs) == 10
    assert len({job.key for job in look.jobs}) == 8
    assert look.distinct.keys() < looks_at(place, "morris", 4, 1600, 7).distinct.keys(), "more rows are rows more"
    some = looks_at(place, "sobol", 4, 1600, 7, ["value"])
    assert some.design.indexed == ["value", OTHERS, DUMMY]
    assert some.distinct.keys() < looks_at(place, "sobol", 8, 1600, 7, ["value"]).distinct.keys()


@pytest.mark.usefixtures("undrawn")
def test_rows_that_fail_are_told_and_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = load_district("place", calibrated=False)
    look = looks_at(place, "morris", 3, 1600, 1)
    poison = look.jobs[1].payload.parameters

    def faulty(life: Life) -> dict[str, dict[str, float]]:
        if life.parameters == poison:
            raise ValueError("not to be lived")
        return invented(life)

    def nothing(life: Life) -> dict[str, dict[str, float]]:
        raise ValueError("nobody lives")

    options = ("--rows", "3", "--workers", "1", "--out", "out", "--quiet")
    monkeypatch.setattr(looking, "live_row", nothing)
    assert sensitivity(*options) == 1
    assert "15 of 15 rows failed, the first with: ValueError: nobody lives" in capsys.readouterr().err
    assert not (folder / "out" / "sensitivity.csv").exists()
    monkeypatch.setattr(looking, "live_row", faulty)
    assert sensitivity(*options) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert (
        "1 of 15 rows failed, the first with: ValueError: not to be lived; 1 of 3 trajectories are left out" in said
    )
    assert json.loads((folder / "out" / "sensitivity.json").read_text())["morris"]["blocks_without_failure"] == 2
    monkeypatch.setattr(looking, "live_row", invented)
    assert sensitivity(*options) == 0


WRONG = {
    ("--method", "sobel"): ["--method", 'did you mean "sobol"?'],
    ("--rows", "1"): ["--rows", "2 to"],
    ("--method", "sobol", "--rows", "12"): ["--rows", "12", "powers of two"],
    ("--method", "sobol", "--only", "publicty"): ["--only", 'did you mean "publicity"?'],
    ("--only", "publicity"): ["--only", "sobol"],
    ("--agents", "20"): ["agents", "20"],
    ("--seed", "-1"): ["--seed"],
    ("--workers", "0"): ["--workers"],
}


@pytest.mark.parametrize("options", WRONG, ids=" ".join)
def test_what_is_wrong_is_told_and_nothing_is_written(
    folder: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert sensitivity(*options) == 2
    said = capsys.readouterr().err
    for fragment in WRONG[options]:
        assert fragment in said
    assert [file.name for file in folder.iterdir()] == ["place"]


def test_a_district_that_knows_everything_is_told_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "place" / "parameters.toml"
    file.write_text(re.sub(r"(?m)^prior = .*\n", "", file.read_text(encoding="utf-8")), encoding="utf-8")
    assert sensitivity() == 2
    assert "no parameter has a prior" in capsys.readouterr().err


def test_what_is_set_is_no_longer_unknown_and_holds_in_every_row() -> None:
    district = load_district("template", calibrated=False)
    before = looks_at(district, "morris", 2, 500, 1)
    look = looks_at(district, "morris", 2, 500, 1, settings={"publicity": 0.02})
    assert [each.name for each in look.dimensions] == [
        each.name for each in before.dimensions if each.name != "publicity"
    ]
    assert len(look.dimensions) == len(before.dimensions) - 1
    assert {job.payload.parameters["publicity"] for job in look.jobs} == {0.02}


def test_two_districts_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["sensitivity", "template", "--district", "elsewhere"]) == 2
    assert "--district" in capsys.readouterr().err
