"""`takeup run` and `takeup compare`: their files, which depend only on the inputs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.analysis.compare import run_output
from takeup.district import SHIPPED
from takeup.runs import RunResult, Task, executors
from takeup.runs import task as task_module
from takeup.simulation import COLUMNS, GROUP_COUNTS
from tests.cli.conftest import SMALL, Command

RUN_FILES = {
    "monthly.csv", "monthly.parquet", "groups.csv", "groups.parquet", "overview.png", "summary.json", "manifest.json",
}  # fmt: skip
JOURNAL_FILES = {"journal.sqlite", "journal.sqlite.lock"}


def test_a_run_writes_its_files_and_nothing_else(command: Command, tmp_path: Path) -> None:
    result = command("run", "baseline", *SMALL, "--out", "out")
    assert result.status == 0, result.err
    assert {file.name for file in (tmp_path / "out").iterdir()} == RUN_FILES | JOURNAL_FILES
    monthly = pd.read_csv(tmp_path / "out" / "monthly.csv")
    assert list(monthly.columns) == ["scenario", "replicate", *COLUMNS]
    assert monthly["month"].tolist() == [f"2010-{month:02d}" for month in range(1, 13)]
    pd.testing.assert_frame_equal(
        monthly, pd.read_parquet(tmp_path / "out" / "monthly.parquet"), check_dtype=False, check_exact=True
    )
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    last = monthly.iloc[-1]
    assert summary["valid_share"] == pytest.approx(last["valid"] / last["population"])
    assert summary["valid_share_95"] == [None, None]


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("--engine", "compiled"), ("--engine", "objects")),
        (("--threads", "1"), ("--threads", "3")),
        (("--workers", "1"), ("--workers", "2")),
    ],
)
def test_neither_engine_nor_threads_nor_workers_change_a_bit(
    command: Command, tmp_path: Path, one: tuple[str, str], other: tuple[str, str]
) -> None:
    for name, option in (("one", one), ("other", other)):
        result = command(
            "run", "baseline", *SMALL[:-2], "--replicates", "2", "--people", "2010-12", "--out", name, *option
        )
        assert result.status == 0, result.err
    assert (tmp_path / "one" / "monthly.csv").read_bytes() == (tmp_path / "other" / "monthly.csv").read_bytes()
    people = [pd.read_parquet(tmp_path / name / "people.parquet") for name in ("one", "other")]
    pd.testing.assert_frame_equal(*people, check_exact=True)
    assert len(pd.read_csv(tmp_path / "one" / "people.csv")) == len(people[0])


@pytest.mark.slow
def test_with_more_replicates_only_the_further_ones_are_simulated_and_results_are_those_of_all_at_once(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = ("--people", "2010-12")
    run_seeds: list[int] = []
    real = task_module.run_task
    monkeypatch.setattr(
        task_module, "run_task", lambda task, tick: run_seeds.append(task.settings.seed) or real(task, tick)
    )
    for replicates, folder, seeds in (("3", "at_once", [1, 2, 3]), ("2", "out", [1, 2]), ("3", "out", [3])):
        run_seeds.clear()
        result = command("run", "baseline", *SMALL, *people, "--replicates", replicates, "--out", folder)
        assert result.status == 0, result.err
        assert run_seeds == seeds
    for name in (RUN_FILES | {"people.csv", "people.parquet"}) - {"manifest.json"}:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "at_once" / name).read_bytes(), name


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    "command_line", [("run", "baseline"), ("compare", "publicity", "--from", "2018-12", "--until", "2019-04")]
)
def test_a_replicate_that_fails_is_named_and_the_others_are_kept(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: tuple[str, ...]
) -> None:
    real, run_seeds = task_module.run_task, list[int]()

    def run_or_fail(task: Task, tick: Callable[[], None]) -> list[RunResult]:
        run_seeds.append(task.settings.seed)
        return real(task, tick) if task.settings.seed != 2 else 1 / 0

    monkeypatch.setattr(task_module, "run_task", run_or_fail)
    arguments = (*command_line[:2], *SMALL, *command_line[2:], "--replicates", "3", "--out", "out", "--quiet")
    result = command(*arguments)
    assert (result.status, result.err) == (
        1,
        "takeup: 1 of 3 runs failed, the first with seed 2: ZeroDivisionError: division by zero; "
        "the other results are kept, and the same command repeats the failed runs\n",
    )
    assert {file.name for file in (tmp_path / "out").iterdir()} == JOURNAL_FILES
    monkeypatch.setattr(
        task_module, "run_task", lambda task, tick: run_seeds.append(task.settings.seed) or real(task, tick)
    )
    assert command(*arguments).status == 0
    assert run_seeds == [1, 2, 3, 2]


def test_the_baseline_can_be_compared_with_nothing(command: Command, tmp_path: Path) -> None:
    result = command("compare", "baseline", *SMALL, "--replicates", "2", "--out", "out")
    assert result.status == 0, result.err
    assert pd.read_csv(tmp_path / "out" / "comparison.csv")["scenario"].unique().tolist() == ["baseline"]
    assert {file.name for file in (tmp_path / "out").glob("*.png")} == {"take_up.png"}
    assert "by group" not in result.out


class _KilledWorker:
    """An executor whose process is killed while it draws."""

    def submit(self, work: Callable[[object], bytes], payload: object) -> Future[bytes]:
        future = Future[bytes]()
        future.set_exception(BrokenExecutor())
        return future

    def stop(self) -> None:
        pass


@pytest.mark.slow
@pytest.mark.parametrize("is_killed", [False, True])
def test_the_process_that_draws_changes_no_file(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_killed: bool
) -> None:
    """Neither if it draws all overviews nor if it is killed."""
    arguments = ("compare", "publicity", *SMALL[:-2], "--from", "2018-12", "--until", "2019-04", "--replicates", "2")
    assert command(*arguments, "--workers", "1", "--out", "one").status == 0
    calls = list[int]()

    def make_executor(workers: int, cluster: str | None) -> object:
        calls.append(workers)
        return _KilledWorker() if is_killed else executors.make_executor(workers, cluster)

    monkeypatch.setattr(run_output, "make_executor", make_executor)
    monkeypatch.setattr(run_output, "_OVERVIEWS_THAT_PAY", 2)
    assert command(*arguments, "--workers", "2", "--out", "other").status == 0
    assert calls == [1]
    for scenario in ("baseline", "publicity"):
        drawn = [(tmp_path / folder / scenario / "overview.png").read_bytes() for folder in ("one", "other")]
        assert drawn[0] == drawn[1]


@pytest.mark.slow
def test_a_comparison_pairs_replicates_and_writes_a_folder_a_scenario(command: Command, tmp_path: Path) -> None:
    (tmp_path / "leaflets.toml").write_text(
        'title = "Leaflets"\nsource = "test"\n[[intervention]]\nlever = "publicity"\nadd = 0.2\nfrom = "2010-06"\n'
        'cost = { fixed_cny = 1000, per_month_cny = 10, per_person_cny = 2, source = "test" }\n'
    )
    result = command("compare", "leaflets", *SMALL, "--replicates", "2", "--out", "out")
    assert result.status == 0, result.err
    out = tmp_path / "out"
    comparison = pd.read_csv(out / "comparison.csv")
    assert comparison["scenario"].unique().tolist() == ["baseline", "leaflets"]
    monthly = {name: pd.read_csv(out / name / "monthly.csv") for name in ("baseline", "leaflets")}
    last = {name: table[table["month"] == "2010-12"] for name, table in monthly.items()}
    shares = {name: (table["valid"] / table["population"]).to_numpy() for name, table in last.items()}
    points = 100 * (shares["leaflets"] - shares["baseline"])
    row = comparison[(comparison["scenario"] == "leaflets") & (comparison["month"] == "2010-12")].iloc[0]
    assert row["difference_points"] == pytest.approx(points.mean())
    half = 12.706204736 * points.std(ddof=1) / np.sqrt(2)
    assert row["low"] == pytest.approx(points.mean() - half)
    assert row["high"] == pytest.approx(points.mean() + half)
    persons = 360_000 / 2_000
    assert row["difference_persons"] == pytest.approx(
        persons * (last["leaflets"]["valid"].mean() - last["baseline"]["valid"].mean())
    )
    assert row["cost_cny"] == pytest.approx(1000 + 7 * (10 + 2 * 360_000))
    assert row["cost_per_permit"] == pytest.approx(row["cost_cny"] / row["difference_persons"])
    before = [table[table["month"] < "2010-06"].drop(columns="scenario") for table in monthly.values()]
    pd.testing.assert_frame_equal(*before, check_exact=True)
    groups = pd.read_parquet(out / "groups.parquet")
    assert list(groups.columns) == ["scenario", "replicate", "month", "attribute", "level", *GROUP_COUNTS]
    by_age = groups[groups["attribute"] == "age"].groupby(["scenario", "replicate", "month"])["valid"].sum()
    by_street = groups[groups["attribute"] == "street"].groupby(["scenario", "replicate", "month"])["valid"].sum()
    pd.testing.assert_series_equal(by_age, by_street)
    assert {"report.html", "groups.csv", "comparison.parquet", "take_up.png"} <= {file.name for file in out.iterdir()}
    assert {file.name for file in (out / "leaflets").iterdir()} == RUN_FILES


def test_the_same_command_writes_the_same_bytes(command: Command, tmp_path: Path) -> None:
    for _ in range(2):
        assert command("run", "baseline", *SMALL, "--seed", "7").status == 0
    (folder,) = (tmp_path / "results").iterdir()
    assert folder.name.startswith("baseline-")
    assert command("run", "baseline", *SMALL, "--seed", "8", "--out", "other").status == 0
    assert (folder / "monthly.csv").read_bytes() != (tmp_path / "other" / "monthly.csv").read_bytes()


def test_overrides_hold_for_the_whole_run_and_set_counts_more_than_the_file(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("publicity = 0.5\n[supply]\nschooling = 100\n")
    options = ("--parameters", "mine.toml", "--set", "publicity=0", "--set", "word_of_mouth=0", "--set", "supply=inf")
    assert command("run", "baseline", *SMALL, *options, "--set", "heard_at_start=0", "--set",
                   "heard_on_arrival=0", "--out", "out").status == 0  # fmt: skip
    monthly = pd.read_csv(tmp_path / "out" / "monthly.csv")
    assert (monthly["unaware"] == monthly["population"]).all()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["parameters"]["publicity"] == 0


def test_a_disk_that_refuses_ends_with_1_and_says_which_file(command: Command, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where a folder is wanted")
    result = command("run", "baseline", *SMALL, "--out", "out")
    assert result.status == 1
    assert "out" in result.err
    assert "Traceback" not in result.err


@pytest.mark.slow
def test_the_manifest_holds_a_hash_of_what_each_scenario_does(command: Command, tmp_path: Path) -> None:
    text = 'title = "t"\nsource = "s"\n[[intervention]]\nlever = "publicity"\nset = 0.1\nfrom = "2010-03"\n'
    hashes = []
    for written in (text, text.replace('"t"', '"u"'), text.replace("0.1", "0.2")):
        (tmp_path / "mine.toml").write_text(written)
        assert command("run", "mine.toml", *SMALL, "--out", "out").status == 0
        (scenario,) = json.loads((tmp_path / "out" / "manifest.json").read_text())["scenarios"]
        hashes.append(scenario["sha256"])
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(hashes[0]) == 64


def test_files_of_others_are_not_overwritten(command: Command, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "monthly.csv").write_text("mine", encoding="utf-8")
    result = command("run", "baseline", *SMALL, "--out", "thesis")
    assert (result.status, "monthly.csv" in result.err) == (2, True)
    assert [file.name for file in (tmp_path / "thesis").iterdir()] == ["monthly.csv"]


def test_check_names_incomplete_results(command: Command, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "journal.sqlite").write_bytes(b"")
    result = command("check", "out")
    assert (result.status, "the results are not complete" in result.err) == (2, True)


def test_a_district_with_results_in_its_folder_is_still_checked(command: Command, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "template", tmp_path / "place")
    small = ("--agents", "2000", "--until", "2010-02", "--workers", "1")
    assert command("run", "baseline", *small, "--district", "place", "--out", "place").status == 0
    result = command("check", "place")
    assert (result.status, "manifest.json" in result.out, "streets" in result.out) == (0, True, True)
    (tmp_path / "place" / "parameters.toml").write_text("x = 1", encoding="utf-8")
    assert command("check", "place").status == 2
