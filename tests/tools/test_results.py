"""Documents show the stored results of Liwan, and these belong to the present data and rules."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.calibration.fixtures import write_calibration
from tools.results import extraction, fingerprint
from tools.results.documents import documents, filled
from tools.results.fingerprint import REPOSITORY, data_digest, outcome_digest
from tools.results.runs import RUNS, execute
from tools.results.storage import FOLDER, StoredResult, outdated, read_stored
from tools.results.tables import BLOCKS

STORED = {
    "why": StoredResult(
        "takeup why", "0.1.0", "2026-01-01", "", "", {}, {"gap": {"low": -1.25, "runs": 3}, "zero": -0.04}
    )
}
SMALL = {
    "people": "--agents 2000",
    "compare": "--agents 2000 --draws 2",
    "why": "--agents 2000 --draws 2",
    "trial": "--agents 2000 --draws 2",
    "plan": "--agents 2000 --draws 2 --most 32",
    "plan_compared": "--agents 2000 --draws 2",
    "voi": "--agents 2000 --draws 30",
    "sensitivity": "--agents 2000 --rows 2",
    "validation": "--agents 2000 --draws 2",
}
"""Options that make the commands small, by run; `plan_smaller` has the files of `plan`."""


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
def test_documents_show_the_stored_results(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    shown, messages = filled(text, read_stored())
    assert messages == []
    assert shown == text, "run: python -m tools.results --fill"


def test_the_stored_results_belong_to_the_present_data_and_rules() -> None:
    assert outdated(read_stored()) == [], "run: make results"


def test_the_stored_counts_of_parameters_are_those_of_the_district() -> None:
    figures = read_stored()["parameters"].figures
    assert figures == extraction.parameters(Path())
    assert figures["calibrated"] == sum(figures["calibrated_of"].values())  # no observed number is calibrated


def test_every_file_of_figures_belongs_to_a_run() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} <= set(RUNS)
    assert {"parameters", "calibration", "why", "plan"} <= set(read_stored())
    assert {name for name, run in RUNS.items() if run.command and not run.is_long} == {*SMALL, "plan_smaller"}


def test_every_block_belongs_to_a_run() -> None:
    assert {name.split(" ")[0] for name in BLOCKS} <= set(RUNS)


def test_a_changed_or_missing_data_file_changes_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "REPOSITORY", tmp_path)
    files = ["model/takeup/districts/liwan/a.toml", "model/takeup/district/definitions.toml", "scenarios/b.toml"]
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    digests = {data_digest(["scenarios/b.toml"])}
    for name in files:
        (tmp_path / name).write_text("2")
        digests.add(data_digest(["scenarios/b.toml"]))
    assert len(digests) == 1 + len(files)
    with pytest.raises(FileNotFoundError, match=r"scenarios/c\.toml"):
        data_digest(["scenarios/c.toml"])


def test_another_outcome_data_or_command_is_out_of_date() -> None:
    name, stored = "why", read_stored()["why"]
    for field, problem in {"data": "data files", "outcome": "rules", "command": "command"}.items():
        (message,) = outdated({name: replace(stored, **{field: "another"})})
        assert problem in message
    (message,) = outdated({name: replace(stored, documents={"README.md": "another"})})
    assert "README.md" in message


def test_the_outcome_of_the_small_run_is_deterministic() -> None:
    first = outcome_digest()
    outcome_digest.cache_clear()
    assert outcome_digest() == first


@pytest.mark.parametrize(
    ("mark", "shown"),
    [
        ("why.gap.low .1f", "−1.2"),
        ("why.gap.low +.2f", "−1.25"),
        ("why.zero .1f", "0.0"),
        ("why.zero +.1f", "0.0"),
        ("why.gap.runs", "3"),
        ("why.gap.runs words", "three"),
        ("why.gap.runs ,.1f", "3.0"),
        ("why.gap.runs .0%", "300 %"),
    ],
)
def test_a_figure_is_shown_in_its_format_however_often_it_is_filled(mark: str, shown: str) -> None:
    text, messages = filled(f"It is <!-- result: {mark} -->?<!-- / --> now.", STORED)
    assert (text, messages) == (f"It is <!-- result: {mark} -->{shown}<!-- / --> now.", [])
    assert filled(text, STORED) == (text, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a <!-- result: whi.gap.low .1f -->1<!-- / -->", "no run 'whi'"),
        ("a <!-- result: why.gap.middle .1f -->1<!-- / -->", "gap has no figure 'middle'; it has low, runs"),
        ("a <!-- result: why.gap .1f -->1<!-- / -->", "not a single figure"),
        ("a <!-- result: why.gap.low -->1<!-- / -->", "format is missing"),
        ("a <!-- result: why.gap.low .1q -->1<!-- / -->", "code 'q'"),
        ("a <!-- result: why.gap.low .1f -->1", "not part of a pair"),
        ("a 1<!-- / -->", "not part of a pair"),
        ("<!-- result: why.gap.low .1f -->−1.2<!-- / --> a", "begins with a mark"),
        ("a `b <!-- result: why.gap.low .1f -->−1.2<!-- / -->`", "in code"),
        ("<!-- results: why tunnel -->\n<!-- /results -->", "no block of this name"),
        ("<!-- results: voi tunnel -->\n<!-- /results -->", "no block of this name"),
        ("<!-- results: why funnel -->\na", "not part of a pair"),
    ],
)
def test_a_wrong_mark_is_reported_and_its_text_is_kept(text: str, problem: str) -> None:
    shown, messages = filled(text, STORED)
    assert shown == text
    assert problem in " ".join(messages)


def test_places_of_a_run_that_is_not_stored_keep_their_text() -> None:
    text = "a <!-- result: voi.draws -->9<!-- / -->\n\n<!-- results: voi candidates -->\nold\n<!-- /results -->\n"
    assert filled(text, STORED) == (text, [])


def test_a_command_that_fails_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="exit code 2"):
        execute(replace(RUNS["people"], command="takeup run no_such_scenario"), tmp_path)


@pytest.mark.slow
def test_figures_and_blocks_can_be_read_from_the_results_of_every_command(tmp_path: Path) -> None:
    figures = {}
    for name, run in RUNS.items():
        if run.is_long or (run.command and name not in SMALL):
            continue
        command = f"{run.command} {SMALL[name]} --workers 1 --quiet" if run.command else ""
        execute(replace(run, command=command), tmp_path)
        figures[name] = run.extract(tmp_path / name)
        assert json.dumps(figures[name], allow_nan=False)
        assert all((tmp_path / name / file).exists() for file in run.documents.values())
        assert all((REPOSITORY / document).exists() for document in run.documents)
    blocks = {name: block for name, block in BLOCKS.items() if name.split(" ")[0] in figures}
    assert len(blocks) > len(figures) / 2
    for name, block in blocks.items():
        assert block(figures[name.split(" ")[0]])


def test_other_seeds_are_compared_and_other_targets_are_not(tmp_path: Path) -> None:
    write_calibration(tmp_path / "seed_2", 2)
    write_calibration(tmp_path / "seed_3", 3, shift=100.0)
    write_calibration(tmp_path / "interval", 2, digest="other targets")
    figures = extraction.calibrations(tmp_path)
    assert (figures["seeds"], figures["agree"]) == ([2, 3], False)
    assert figures["largest_difference"]["publicity"] > figures["limit"] > figures["largest_difference"]["documents"]
    of_publicity = {name: each["effects"]["publicity"] for name, each in figures["calibrations"].items()}
    assert of_publicity["seed_3"]["median"] - of_publicity["seed_2"]["median"] == pytest.approx(100.0, abs=5.0)
    assert of_publicity["interval"] == of_publicity["seed_2"]
    header, _, *rows = BLOCKS["calibrations effects"](figures).splitlines()
    assert header.startswith("| policy | shipped (seed 1) | ")
    assert len(rows) == len(figures["largest_difference"])


def test_the_verdicts_of_a_screening_are_listed_by_parameter(tmp_path: Path) -> None:
    def changes(*names: str) -> list[dict[str, str]]:
        return [{"name": name} for name in names]

    outputs = {"valid_share": 0.5, "effect documents": 0.1, "effect together": 0.3, "qualified": 0.9}
    numbers = {"no effect": changes("need.one", "fee_cost", "need.two"), "negligible": [], "effect": changes("value")}
    summary = {
        "verdicts": {"number": {"below noise": [], **numbers}, "merged": {}},
        "noise": outputs,
        **{"draws": 4, "evaluations": 9, "tolerance": 0.1, "cannot_vary": []},
    }
    (tmp_path / "screening.json").write_text(json.dumps(summary), encoding="utf-8")
    rows = [("together", "valid_share", 1.5), ("together", "qualified", 2.5), ("number", "valid_share", 3.5)]
    pd.DataFrame(rows, columns=["kind", "output", "effect"]).to_parquet(tmp_path / "screening.parquet")
    figures = extraction.screening(tmp_path)
    assert (figures["negligible"], figures["together"]) == (3, 1.5)
    assert figures["noise"] == {"share": 0.5, "least_effect": 0.1, "largest_effect": 0.3}
    table = BLOCKS["screening verdicts"](figures).splitlines()
    assert "| no effect | 3 | `fee_cost`, 2 members of `need` |" in table
    assert "| negligible | 0 | none |" in table
    assert "| effect | 1 | all others |" in table


def test_a_run_may_have_several_commands(tmp_path: Path) -> None:
    command = "takeup run baseline --agents 2000 --until 2010-02 --quiet --out RESULTS/people/"
    execute(replace(RUNS["people"], command=f"{command}one\n{command}two"), tmp_path)
    assert {folder.name for folder in (tmp_path / "people").iterdir()} == {"one", "two"}
