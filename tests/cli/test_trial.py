"""`takeup trial`: its files, output and error messages."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from takeup.analysis.trial.run import DEFAULT_DRAWS
from takeup.district import POSTERIOR, copy_template
from takeup.limits import AGENTS_PER_DRAW
from tests.analysis.posteriors import write_posterior
from tests.cli.conftest import Command, observe_batches

SMALL = ("--district", "template", "--agents", "2000", "--until", "2011-03", "--workers", "1")
FILES = {
    "trial.csv", "trial.parquet", "summary.csv", "summary.parquet", "trial.png", "summary.json", "manifest.json",
}  # fmt: skip
COLUMNS = [
    "replicate", "month", "arm", "assigned", "persons", "valid", "share", "itt", "low", "high", "naive_points",
    "naive_low", "naive_high", "spillover_points", "true_effect_points", "bias_points", "imbalance_points",
]  # fmt: skip
POINT = "One parameter vector; parameter uncertainty not included."
LETTERS = """
title = "Letters"
source = "a test"
[[intervention]]
lever = "publicity"
set = 0.3
from = "2010-07"
"""


@pytest.fixture
def letters(tmp_path: Path) -> str:
    """A scenario's file."""
    (tmp_path / "letters.toml").write_text(LETTERS)
    return "letters"


def test_a_trial_writes_its_files_and_says_what_it_found(command: Command, letters: str, tmp_path: Path) -> None:
    result = command("trial", letters, *SMALL, "--month", "2010-12", "--month", "2011-03", "--out", "out")
    assert result.status == 0, result.err
    out = tmp_path / "out"
    assert FILES <= {file.name for file in out.iterdir()} <= FILES | {"journal.sqlite", "journal.sqlite.lock"}
    table = pd.read_csv(out / "trial.csv")
    assert list(table.columns) == COLUMNS
    over = pd.read_csv(out / "summary.csv")
    assert list(over.columns) == ["month", "quantity", "trials", "points", "low", "high"]
    assert over.query("month == '2011-03' and quantity == 'itt'")["points"].iloc[0] == table["itt"].iloc[-1]
    assert table["month"].tolist() == ["2010-12", "2010-12", "2011-03", "2011-03"]
    assert table["arm"].tolist() == ["treated", "control"] * 2
    pd.testing.assert_frame_equal(table, pd.read_parquet(out / "trial.parquet"), check_dtype=False, check_exact=True)
    summary = json.loads((out / "summary.json").read_text())
    assert summary["months"]["2011-03"]["itt"]["points"] == table["itt"].iloc[-1]
    assert summary["months"]["2011-03"]["arms"]["control"]["valid"] == table["valid"].iloc[-1]
    assert summary["persons_per_agent"] == 180
    words = " ".join(result.out.split())
    assert " ".join(summary["said"].split()) in words
    for expected in ("By March 2011", "spill-over on the controls", "Simulated persons", "Written: out"):
        assert expected in words
    assert max(map(len, result.out.splitlines())) <= 80
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["design"]["begin"] == "2010-07"
    assert manifest["runs"] == [{"seed": 1, "parameters": {}}]


def test_a_trial_of_nothing_finds_nothing(command: Command, tmp_path: Path) -> None:
    result = command("trial", "baseline", *SMALL, "--month", "2010-12", "--out", "out")
    assert result.status == 0, result.err
    table = pd.read_csv(tmp_path / "out" / "trial.csv")
    assert (table[["itt", "low", "high", "spillover_points", "true_effect_points"]] == 0.0).all(axis=None)
    assert "an effect of zero" in result.out


def test_a_repeated_trial_is_read_from_its_journal(command: Command, letters: str, tmp_path: Path) -> None:
    """With the same files to the byte; more replicates need the further ones alone."""
    arguments = ("trial", letters, *SMALL, "--quiet", "--out", "out", "--replicates", "2")
    assert command(*arguments).status == 0
    journal = tmp_path / "out" / "journal.sqlite"
    first, changed = (tmp_path / "out" / "trial.parquet").read_bytes(), journal.stat().st_mtime_ns
    result = command(*arguments)
    assert (result.status, result.out) == (0, "")
    assert journal.stat().st_mtime_ns == changed
    assert (tmp_path / "out" / "trial.parquet").read_bytes() == first
    assert command(*arguments[:-1], "3").status == 0
    assert journal.stat().st_mtime_ns > changed
    assert pd.read_csv(tmp_path / "out" / "trial.csv")["replicate"].nunique() == 3


def test_draws_are_those_of_the_posterior(command: Command, letters: str, tmp_path: Path) -> None:
    draws = pd.DataFrame({"row": range(4), "attention": [0.1, 0.3, 0.5, 0.7], "effect publicity": 1.0})
    draws.to_parquet(tmp_path / "posterior.parquet")
    result = command("trial", letters, *SMALL, "--draws", "2", "--posterior", "posterior.parquet", "--out", "out")
    assert result.status == 0, result.err
    assert "2 draws of the posterior" in " ".join(result.out.split())
    table = pd.read_csv(tmp_path / "out" / "trial.csv")
    assert list(table.columns) == ["draw", *COLUMNS[1:]]
    runs = json.loads((tmp_path / "out" / "manifest.json").read_text())["runs"]
    assert [run["parameters"]["attention"] for run in runs] == [0.5, 0.1]


def test_one_trial_is_simulated_for_each_draw_unless_told_otherwise(
    command: Command, letters: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_posterior(copy_template(tmp_path / "place", "Place", "某区") / POSTERIOR, 120)
    observed = observe_batches(monkeypatch)
    every = {
        (): (True, DEFAULT_DRAWS, AGENTS_PER_DRAW),
        ("--draws", "3", "--agents", "2000"): (True, 3, 2_000),
        ("--point",): (False, 1, 360_000),
        ("--replicates", "2"): (False, 2, 360_000),
    }
    for options in every:
        assert "observed" in command("trial", letters, "--district", "place", *SMALL[4:], *options).err
    assert observed == list(every.values())


@pytest.mark.usefixtures("undrawn")
def test_the_point_answer_says_that_the_default_includes_the_parameters(
    command: Command, letters: str, tmp_path: Path
) -> None:
    write_posterior(copy_template(tmp_path / "place", "Place", "某区") / POSTERIOR, 2)
    arguments = ("trial", letters, "--district", "place", *SMALL[2:], "--month", "2010-12", "--out", "out")
    over_draws, at_a_point = command(*arguments), command(*arguments, "--point")
    words = " ".join(over_draws.out.split())
    assert "Means over 2 draws of the posterior, one trial each" in words
    assert "standard error of the means with 2 draws: at most" in words
    assert POINT not in words
    assert f"{POINT} The default answer, over draws of the district’s posterior" in " ".join(at_a_point.out.split())


@pytest.mark.usefixtures("undrawn")
def test_a_district_without_a_posterior_has_one_trial_and_a_hint(command: Command, letters: str) -> None:
    result = command("trial", letters, *SMALL, "--out", "out")
    assert (result.status, result.err) == (0, "")
    words = " ".join(result.out.split())
    assert f"{POINT} The district has no posterior: takeup calibrate DISTRICT --install writes one." in words


def test_streets_and_groups_can_be_asked_for(command: Command, letters: str, tmp_path: Path) -> None:
    result = command(
        "trial", letters, *SMALL, "--unit", "street", "--share", "0.25", "--eligible", "nonholders",
        "--groups", "housing=dormitory,informal_lease", "--groups", "age=16-24", "--out", "out",
    )  # fmt: skip
    assert result.status == 0, result.err
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["groups"] == {"housing": ["dormitory", "informal_lease"], "age": ["16-24"]}
    assert "(housing: dormitory, informal lease; age: 16–24), 25 % of the streets" in summary["in_the_trial"]


def test_a_trial_without_anyone_eligible_has_no_result(command: Command, letters: str, tmp_path: Path) -> None:
    """Nobody holds a permit before the first is issued."""
    result = command("trial", letters, *SMALL, "--from", "2010-07", "--eligible", "holders", "--out", "out")
    assert result.status == 0, result.err
    assert "no result" in result.out
    table = pd.read_csv(tmp_path / "out" / "trial.csv")
    assert (table["assigned"] == 0).all()
    assert table["itt"].isna().all()
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["months"]["2011-03"]["itt"]["points"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--share", "1"), "--share"),
        (("--share", "0.01", "--unit", "street"), "0 of 22 streets"),
        (("--groups", "housing"), "--groups: the value does not state an attribute and its levels"),
        (("--groups", "age=45+", "--groups", "age=16-24"), "--groups: the attribute is stated twice"),
        (("--month", "2010-06"), "2010-07 to 2011-03"),
        (("--draws", "3"), "posterior"),
        (("--draws", "3", "--replicates", "2"), "--replicates: the option cannot be combined with --draws"),
        (("--draws", "3", "--point"), "--point: the option cannot be combined with --draws"),
        (("--posterior", "some.parquet"), "there is no posterior file"),
        (("--set", "norm=99"), "norm"),
        (("--draws", "many"), "a whole number"),
    ],
)
def test_wrong_input_is_one_message_and_nothing_is_written(
    command: Command, letters: str, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = command("trial", letters, *SMALL, *arguments, "--out", "out")
    assert result.status == 2
    assert message in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("verb", ["trial", "compare"])
def test_a_lever_set_so_high_that_the_scenario_takes_it_out_of_its_range_is_refused(
    command: Command, tmp_path: Path, verb: str
) -> None:
    """As `compare` does: what is stopped at the end of a range is what a draw sets, not what the user sets."""
    (tmp_path / "letters.toml").write_text(LETTERS.replace("set = 0.3", "add = 0.3"))
    result = command(verb, "letters", *SMALL, "--set", "publicity=0.8", "--out", "out")
    assert result.status == 2
    for word in ("letters.toml, intervention 1, add", "1.1", "0 to 1"):
        assert word in result.err
    assert not (tmp_path / "out").exists()


def test_a_draw_may_take_a_lever_to_the_end_of_its_range(command: Command, tmp_path: Path) -> None:
    (tmp_path / "letters.toml").write_text(LETTERS.replace("set = 0.3", "add = 0.3"))
    pd.DataFrame({"row": range(2), "publicity": [0.1, 0.8]}).to_parquet(tmp_path / "posterior.parquet")
    options = ("--draws", "2", "--posterior", "posterior.parquet", "--month", "2010-12", "--out", "out", "--quiet")
    assert command("trial", "letters", *SMALL, *options).status == 0


def test_a_lever_that_is_one_for_all_is_named_with_its_file(command: Command, tmp_path: Path) -> None:
    (tmp_path / "counters.toml").write_text(LETTERS.replace('"publicity"\nset = 0.3', '"capacity"\nmultiply = 2'))
    result = command("trial", "counters", *SMALL, "--out", "out")
    assert result.status == 2
    for word in ("counters.toml, intervention 1, lever", '"capacity, set by street"', "--unit street"):
        assert word in result.err
    assert command("trial", "counters", *SMALL, "--unit", "street", "--out", "out").status == 0


def test_an_unknown_engine_is_refused(command: Command) -> None:
    result = command("trial", "publicity", "--agents", "2000", "--district", "template", "--engine", "object")
    assert (result.status, "--engine" in result.err, 'did you mean "objects"?' in result.err) == (2, True, True)
