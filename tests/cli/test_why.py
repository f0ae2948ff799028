"""`takeup why`: its files, output and error messages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from takeup.analysis.why import REASONS, TITLES
from takeup.analysis.why.attribution import FUNNEL_COLUMNS
from takeup.analysis.why.spec import DEFAULT_DRAWS, WhyRun, run_why
from takeup.district import POSTERIOR, copy_template
from takeup.limits import AGENTS_PER_DRAW
from tests.analysis.posteriors import write_posterior
from tests.cli.conftest import Command, observe_batches

SMALL = (
    "--agents", "1600", "--district", "template", "--month", "2011-03", "--removed-from", "2011-01", "--until",
    "2011-06", "--workers", "1",
)  # fmt: skip
FUNNEL = {"funnel.csv", "funnel.parquet", "funnel.png", "summary.json", "manifest.json"}
OBSTACLES = {
    f"{name}.{ending}" for name, ending in (("obstacles", "csv"), ("obstacles", "parquet"), ("obstacles", "png"),
                                            ("obstacles_by_run", "csv"), ("obstacles_by_run", "parquet"),
                                            ("combinations", "csv"), ("combinations", "parquet"))
}  # fmt: skip
NAMES = ["willingness", "process", "services", "publicity", "coordination"]
HEAD = """
from = "2011-01"
[[obstacle]]
name = "papers"
title = "Papers"
source = "a test"
status = "assumed"
reasoning = "no papers"
[[obstacle.intervention]]
"""
PAPERS = HEAD + 'lever = "documents"\nset = 0\n'


def results(folder: Path) -> set[str]:
    """The files of a folder but the journal's."""
    return {file.name for file in folder.iterdir() if not file.name.startswith("journal")}


def test_it_says_who_has_no_permit_and_writes_what_it_says(command: Command, tmp_path: Path) -> None:
    result = command("why", *SMALL, "--replicates", "2", "--out", "out")
    assert result.status == 0, result.err
    out = tmp_path / "out"
    assert results(out) == FUNNEL | OBSTACLES
    funnel = pd.read_csv(out / "funnel.csv")
    assert list(funnel.columns) == list(FUNNEL_COLUMNS)
    pd.testing.assert_frame_equal(
        funnel, pd.read_parquet(out / "funnel.parquet"), check_dtype=False, check_exact=True
    )
    assert funnel["scenario"].unique().tolist() == ["baseline", "without obstacles"]
    overall = funnel[(funnel["attribute"] == "all") & (funnel["scenario"] == "baseline")]
    assert overall["cause"].tolist() == 2 * list(REASONS)
    share = 100 * overall.loc[overall["cause"] == "valid", "share"].mean()
    sentence = " ".join(result.out.split())
    assert f"Of 360,000 migrants, {share:.1f} % hold a valid permit at the end of March 2011" in sentence
    assert "With all 5 obstacles removed from January 2011" in sentence
    for title in TITLES.values():
        assert title in result.out
    parts, combinations = pd.read_csv(out / "obstacles.csv"), pd.read_csv(out / "combinations.csv")
    assert parts["obstacle"].tolist() == NAMES
    assert (len(combinations), list(combinations.columns)) == (32, [*NAMES, "take_up_percent", "low", "high"])
    gap = combinations["take_up_percent"].iloc[-1] - combinations["take_up_percent"].iloc[0]
    assert abs(parts["points"].sum() - gap) < 1e-9
    by_run = pd.read_csv(out / "obstacles_by_run.csv")
    assert list(by_run.columns) == ["run", "take_up_percent", "gap", *NAMES]
    assert (by_run[NAMES].sum(axis=1) - by_run["gap"]).abs().max() < 1e-9
    assert by_run[NAMES].mean().tolist() == pytest.approx(parts["points"].tolist())
    summary = json.loads((out / "summary.json").read_text())
    assert summary["said"][0] in sentence
    assert summary["gap"]["center"] == pytest.approx(gap)
    assert summary["causes"]["valid"]["percent"] == pytest.approx(share)
    assert (summary["runs"], summary["runs_are"]) == (2, "replicates")
    manifest = json.loads((out / "manifest.json").read_text())
    assert [run["seed"] for run in manifest["runs"]] == [1, 2]
    assert [each["name"] for each in manifest["obstacles"]] == NAMES


def test_the_same_command_lives_nothing_again_and_writes_the_same_bytes(command: Command, tmp_path: Path) -> None:
    assert command("why", *SMALL).status == 0
    (folder,) = (tmp_path / "results").iterdir()
    assert re.fullmatch("why-[0-9a-f]{8}", folder.name)
    names = results(folder)
    before = {name: (folder / name).read_bytes() for name in names}
    journal = (folder / "journal.sqlite").read_bytes()
    for name in names:
        (folder / name).unlink()
    assert command("why", *SMALL).status == 0
    assert {name: (folder / name).read_bytes() for name in names} == before
    assert (folder / "journal.sqlite").read_bytes() == journal


def test_the_funnel_alone(command: Command, tmp_path: Path) -> None:
    result = command("why", "--no-obstacles", *SMALL[:6], "--out", "out", "--quiet")
    assert (result.status, result.out) == (0, "")
    assert results(tmp_path / "out") == FUNNEL
    assert "obstacles" not in json.loads((tmp_path / "out" / "summary.json").read_text())


def test_obstacles_of_ones_own(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(PAPERS)
    result = command("why", *SMALL[:6], "--until", "2011-06", "--obstacles", "mine.toml", "--out", "out")
    assert result.status == 0, result.err
    combinations = pd.read_csv(tmp_path / "out" / "combinations.csv")
    assert combinations["papers"].tolist() == [False, True]


def test_draws_give_means_and_what_lies_between(command: Command, tmp_path: Path) -> None:
    pd.DataFrame({"row": range(9), "hassle": np.linspace(0.1, 0.9, 9), "effect publicity": 1.0}).to_parquet(
        tmp_path / "posterior.parquet"
    )
    (tmp_path / "mine.toml").write_text(PAPERS)
    options = ("--obstacles", "mine.toml", "--draws", "3", "--posterior", "posterior.parquet", "--out", "out")
    result = command("why", *SMALL, *options)
    assert result.status == 0, result.err
    assert "3 draws of the posterior" in " ".join(result.out.split())
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [run["parameters"]["hassle"] for run in manifest["runs"]] == pytest.approx([0.5, 0.1, 0.7])
    assert [run["seed"] for run in manifest["runs"]] == [1, 2, 3]
    funnel = pd.read_csv(tmp_path / "out" / "funnel.csv").query("attribute == 'all' and scenario == 'baseline'")
    shares = 100 * funnel.loc[funnel["cause"] == "valid", "share"].to_numpy()
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["causes"]["valid"]["percent"] == pytest.approx(np.mean(shares))
    assert summary["causes"]["valid"]["low"] == pytest.approx(np.quantile(shares, 0.05))


def test_runs_that_fail_are_reported_and_the_others_shown(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def falters(run: WhyRun, tick: Callable[[], None]) -> dict[str, Any]:
        if run.settings.seed in failing:
            raise ValueError("seven will not do")
        return run_why(run, tick)

    monkeypatch.setattr("takeup.analysis.why.spec.WhySpec.work", staticmethod(falters))
    failing = {7, 8}
    options = (*SMALL[:6], "--no-obstacles", "--seed", "7", "--replicates", "2", "--workers", "1", "--out", "out")
    result = command("why", *options)
    assert result.status == 1
    assert "2 of 2 runs failed, the first with the error ValueError: seven will not do" in result.err
    assert results(tmp_path / "out") == set()
    failing = {7}
    result = command("why", *options)
    assert result.status == 1
    assert "1 of 2 runs failed" in result.err
    assert set(pd.read_csv(tmp_path / "out" / "funnel.csv")["replicate"]) == {1}
    failing = set()
    assert command("why", *options).status == 0
    assert set(pd.read_csv(tmp_path / "out" / "funnel.csv")["replicate"]) == {0, 1}


def test_obstacles_may_be_removed_from_the_first_month_on(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(PAPERS.replace('"Papers"', '"[red]Papers[/red] $x$"'))
    months = ("--month", "2010-01", "--removed-from", "2010-01", "--until", "2010-02")
    result = command("why", *SMALL[:4], *months, "--obstacles", "mine.toml", "--out", "out")
    assert result.status == 0, result.err
    assert "[red]Papers[/red] $x$" in result.out


POINT = "One parameter vector; parameter uncertainty not included."


def test_a_district_with_a_posterior_is_explained_over_its_draws_unless_told_otherwise(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_posterior(copy_template(tmp_path / "place", "Place", "某区") / POSTERIOR, 120)
    observed = observe_batches(monkeypatch)
    every = {
        (): (True, DEFAULT_DRAWS, AGENTS_PER_DRAW),
        ("--draws", "3", "--agents", "1600"): (True, 3, 1_600),
        ("--point",): (False, 1, 360_000),
        ("--replicates", "2"): (False, 2, 360_000),
        ("--point", "--replicates", "3", "--agents", "1600"): (False, 3, 1_600),
    }
    for options in every:
        assert "observed" in command("why", "--district", "place", *SMALL[4:], *options).err
    assert observed == list(every.values())


@pytest.mark.usefixtures("undrawn")
def test_the_point_answer_says_that_the_default_includes_the_parameters(command: Command, tmp_path: Path) -> None:
    write_posterior(copy_template(tmp_path / "place", "Place", "某区") / POSTERIOR, 2)
    arguments = ("why", *SMALL[:2], "--district", "place", *SMALL[4:6], "--no-obstacles", "--out", "out")
    over_draws, at_a_point = command(*arguments), command(*arguments, "--point")
    assert "Means over 2 draws of the posterior" in " ".join(over_draws.out.split())
    assert "standard error of the means with 2 draws: at most" in " ".join(over_draws.out.split())
    assert POINT not in over_draws.out
    assert f"{POINT} The default answer, over draws of the district’s posterior" in " ".join(at_a_point.out.split())


@pytest.mark.usefixtures("undrawn")
def test_a_district_without_a_posterior_has_the_point_answer_and_a_hint(command: Command) -> None:
    result = command("why", *SMALL[:6], "--no-obstacles", "--out", "out")
    assert (result.status, result.err) == (0, "")
    words = " ".join(result.out.split())
    assert f"{POINT} The district has no posterior: takeup calibrate DISTRICT --install writes one." in words


WRONG = {
    ("--month", "2018-13"): ["--month", '"2018-13"'],
    ("--month", "2009-01"): ["--month", "2010-01 or later"],
    ("--until", "2010-06"): ["--until", "2011-01 or later"],
    ("--removed-from", "2011"): ["--removed-from", '"2011"'],
    ("--no-obstacles",): ["--no-obstacles", "--removed-from"],
    ("--scenario", "publicty"): ['"publicty"', 'did you mean "publicity"?'],
    ("--obstacles", "none.toml"): ["none.toml", "no such file"],
    ("--set", "documnts=1"): ["documnts", 'did you mean "documents"?'],
    ("--draws", "5"): ["there is no posterior file", "--posterior FILE"],
    ("--draws", "5", "--replicates", "2"): ["--replicates", "without --draws"],
    ("--draws", "5", "--point"): ["--point", "cannot be combined with --draws"],
    ("--posterior", "posterior.parquet", "--point"): ["--point", "cannot be combined with --posterior"],
    ("--posterior", "posterior.parquet"): ["posterior.parquet", "there is no posterior file"],
    ("--agents", "500"): ["too few"],
    ("--engine", "object"): ["--engine", 'did you mean "objects"?'],
    ("--replicates", "0"): ["--replicates"],
}


@pytest.mark.parametrize("options", WRONG, ids=" ".join)
def test_a_wrong_option_is_reported_and_nothing_is_written(
    command: Command, tmp_path: Path, options: tuple[str, ...]
) -> None:
    result = command("why", *SMALL, *options)
    assert result.status == 2, result.err
    assert result.err.count("\n") == 1
    for fragment in WRONG[options]:
        assert fragment in result.err
    assert not list(tmp_path.iterdir())


def test_the_last_month_of_obstacles_needs_obstacles(command: Command, tmp_path: Path) -> None:
    result = command("why", *SMALL[:6], "--no-obstacles", "--until", "2020-12")
    assert result.status == 2, result.err
    assert "--no-obstacles: the option cannot be combined with --obstacles, --removed-from or --until" in result.err
    assert not list(tmp_path.iterdir())


def test_a_wrong_obstacle_is_reported_with_its_place(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(HEAD + 'lever = "publicity"\nadd = 2\n')
    result = command("why", *SMALL, "--obstacles", "mine.toml")
    assert result.status == 2
    for fragment in ("mine.toml", "intervention 1, add", "2.025"):
        assert fragment in result.err
    assert [file.name for file in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize("obstacles", [False, True], ids=["by the scenario", "by an obstacle"])
def test_a_lever_set_so_high_that_it_is_taken_out_of_its_range_is_refused(
    command: Command, tmp_path: Path, obstacles: bool
) -> None:
    """As `compare` does: what is stopped at the end of a range is what a draw sets, not what the user sets."""
    does = 'lever = "publicity"\nadd = 0.3\n'
    (tmp_path / "mine.toml").write_text(
        HEAD + does if obstacles else f'title = "t"\nsource = "s"\n[[intervention]]\nfrom = "2010-07"\n{does}'
    )
    mine = ("--obstacles", "mine.toml") if obstacles else ("--scenario", "mine")
    result = command("why", *SMALL, *mine, "--set", "publicity=0.8")
    assert result.status == 2, result.err
    for fragment in ("mine.toml", "intervention 1, add", "1.1", "0 to 1"):
        assert fragment in result.err
    assert [file.name for file in tmp_path.iterdir()] == ["mine.toml"]


def test_a_place_that_cannot_be_written_ends_with_1(command: Command, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where a folder is wanted")
    result = command("why", *SMALL, "--out", "out")
    assert result.status == 1
    assert "out" in result.err
    assert "Traceback" not in result.err
