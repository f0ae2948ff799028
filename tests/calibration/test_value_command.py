"""The command `voi` end to end, on a district with few unknowns; and wrong files."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.cli.app import status_of
from takeup.district import SHIPPED, load_district
from takeup.runs.journal import Entry, Journal
from takeup_calibration.design import sobol
from takeup_calibration.dimensions import dimensions_of, overrides
from takeup_calibration.lives import window_key
from takeup_calibration.value import evidence as evidence_of
from takeup_calibration.value import plan as planning
from takeup_calibration.value.plan import Branched

SMALL = ("--district", "place", "--posterior", "posterior.parquet", "--agents", "1600")
KEPT = ("value", "publicity", "insured")
DRAWS = 24


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, but for a district with three unknown numbers, draws of its prior, and two candidates."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(planning, "MOST_TWICE", 2)
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
    dimensions = dimensions_of(district.parameters)
    uniforms = sobol(DRAWS, len(dimensions), 1)
    points = np.column_stack([each.quantile(uniforms[:, i]) for i, each in enumerate(dimensions)])
    draws = pd.DataFrame([overrides(dimensions, point, district.parameters) for point in points])
    draws.assign(row=range(DRAWS)).to_parquet("posterior.parquet")
    Path("candidates.toml").write_text(CANDIDATE + CANDIDATE.replace("asked", "counted").replace(*COUNTED))
    return tmp_path


@pytest.fixture
def few_suffice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten draws are enough for a look at the command."""
    monkeypatch.setattr(planning, "FEWEST_DRAWS", 10)
    monkeypatch.setattr(evidence_of, "FEWEST_DRAWS", 10)


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
    return status_of(["voi", *arguments, *SMALL, "--candidates", "candidates.toml"])


def journal_of(out: Path) -> list[Entry]:
    with closing(Journal(out / "journal.sqlite")) as journal:
        return list(journal)


@pytest.mark.usefixtures("undrawn")
def test_stopped_or_shared_out_it_ends_with_the_same_bits(folder: Path, few_suffice: None) -> None:
    Path("more.toml").write_text(SCENARIO.format(name="publicity", by=3, start="2019-01", cost=0))
    Path("fewer.toml").write_text(SCENARIO.format(name="documents", by=0.5, start="2019-01", cost=0))
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


def invented(branched: Branched) -> dict[str, dict[str, float]]:
    """Instead of a life: those unaware are few where publicity is much, and decide what each scenario adds."""
    life = branched.life
    aware = life.parameters["publicity"] / 0.2
    if life.parameters["publicity"] < 0.006:
        raise ValueError("nobody came")
    windows = {
        window_key(first, last, name): number
        for first, last in life.windows
        for name, number in (("unaware", 1000 * (1 - aware)), ("population", 1000.0))
    }
    luck = life.seed % 5 / 100
    effects = {each.name: luck + 10 * (aware if i else 0.15) for i, each in enumerate(branched.scenarios)}
    return {"windows": windows, "effects": effects, "costs": {each.name: 2e6 for each in branched.scenarios}}


def test_it_writes_what_it_found_and_says_which_draws_are_left_out(
    folder: Path, few_suffice: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evidence_of, "live_branched", invented)
    assert voi("--workers", "1", "--out", "out", "--between", "publicity,documents") == 1
    said = capsys.readouterr()
    assert "draws are left out, the first: ValueError: nobody came" in said.err
    assert "asked" in said.out
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


def test_with_other_candidates_nothing_is_lived_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lived = []

    def counted(branched: Branched) -> dict[str, dict[str, float]]:
        lived.append(branched)
        return invented(branched._replace(life=branched.life._replace(parameters={"publicity": 0.1})))

    monkeypatch.setattr(evidence_of, "live_branched", counted)
    assert voi("--workers", "1", "--out", "out", "--quiet") == 0
    assert len(lived) == DRAWS + 2
    Path("candidates.toml").write_text(CANDIDATE.replace("600", "60").replace("1 - unaware", "0.5 * unaware"))
    assert voi("--workers", "1", "--out", "out", "--quiet") == 0
    assert len(lived) == DRAWS + 2


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("sample = 600", "sample = 600\nsize = 3", 'unknown key; given: "size"'),
        ("sample = 600", "samples = 600", 'unknown key; given: "samples"; allowed: '),
        ("sample = 600", "", "allowed: one of sample, error"),
        ("sample = 600", "sample = 0", "candidate 1, sample"),
        ("sample = 600", "error = 0.1", "candidate 1, unit"),
        ('source = "a test"', "", 'candidate 1: the key "source" is missing'),
        ("unaware", "unawares", 'candidate 1, expression: unknown output; given: "unawares"'),
        ('month = "2018-12"', 'month = "2019-01"', "allowed: 2010-01 to 2018-12"),
        ('month = "2018-12"', 'window = ["2018-12", "2018-01"]', "candidate 1, window"),
        ('month = "2018-12"', "", "allowed: one of month, window"),
        ('"asked"', '"counted"', "candidate 2, name: stands twice"),
    ],
)
def test_a_wrong_candidates_file_is_told_by_its_keys_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, told: str
) -> None:
    file = Path("candidates.toml")
    file.write_text(file.read_text().replace(old, new, 1))
    before = sorted(folder.rglob("*"))
    assert voi("--out", "out") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "candidates.toml" in said
    assert told in said
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--draws", "19"), "--draws: out of range"),
        (("--draws", "25"), "not so many draws"),
        (("--between", "publicity"), "not two scenarios"),
        (("--between", "publicity,paper"), "--between: not among the scenarios"),
        (("early.toml", "baseline"), 'acts outside the years of the choice; given: "2018-12"'),
        (("early.toml",), "no choice"),
        (("--posterior", "none.parquet"), "no posterior"),
    ],
)
def test_what_cannot_be_asked_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], told: str
) -> None:
    Path("early.toml").write_text(SCENARIO.format(name="publicity", by=3, start="2018-12", cost=0))
    assert status_of(["voi", *SMALL, "--candidates", "candidates.toml", "--out", "out", *options]) == 2
    assert told in " ".join(capsys.readouterr().err.split())
    assert not (folder / "out").exists()


def test_a_sample_of_what_is_no_share_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evidence_of, "live_branched", lambda each: invented(
        each._replace(life=each.life._replace(parameters={"publicity": 0.1}))))  # fmt: skip
    Path("candidates.toml").write_text(CANDIDATE.replace("1 - unaware", "3 * unaware"))
    assert voi("--workers", "1", "--out", "out") == 2
    assert "asked, expression: a candidate with a sample is a share" in " ".join(capsys.readouterr().err.split())
    assert not (folder / "out" / "voi.csv").exists()
