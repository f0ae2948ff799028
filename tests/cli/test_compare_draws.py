"""`takeup compare` with --draws and with --precision, and who gains."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from takeup.analysis.batch import REPLICATES_PER_BATCH
from takeup.analysis.compare.ensemble import Ensemble
from takeup.district import POSTERIOR, copy_template
from takeup.errors import RunError
from tests.analysis.posteriors import write_posterior
from tests.cli.conftest import Command

SMALL = ("--district", "template", "--agents", "1500", "--from", "2017-01", "--until", "2019-09", "--workers", "1")
DRAWS = ("--draws", "4", "--posterior", "posterior.parquet")
TABLES = ("comparison", "draws", "ensemble", "gains", "groups")
LABEL = "One parameter vector; parameter uncertainty not included."
PICTURES = ("take_up", "effects", "by_group", "gains")


@pytest.fixture
def scenarios(tmp_path: Path) -> list[str]:
    """Two scenarios and a posterior in the folder."""
    for name, add in (("leaflets", 0.2), ("posters", 0.02)):
        (tmp_path / f"{name}.toml").write_text(
            f'title = "{name.capitalize()}"\nsource = "test"\n'
            f'[[intervention]]\nlever = "publicity"\nadd = {add}\nfrom = "2018-06"\n'
        )
    write_posterior(tmp_path / "posterior.parquet", 10)
    return ["leaflets", "posters"]


def test_a_comparison_under_draws_writes_its_files(command: Command, tmp_path: Path, scenarios: list[str]) -> None:
    result = command("compare", *scenarios, *SMALL, *DRAWS, "--out", "out")
    assert result.status == 0, result.err
    out = tmp_path / "out"
    expected = {f"{name}.{ending}" for name in TABLES for ending in ("csv", "parquet")}
    expected |= {f"{name}.png" for name in PICTURES} | {"report.html", "manifest.json"}
    assert {file.name for file in out.iterdir()} == expected | {"journal.sqlite", "journal.sqlite.lock"}
    for name in TABLES:
        pd.testing.assert_frame_equal(
            pd.read_csv(out / f"{name}.csv"), pd.read_parquet(out / f"{name}.parquet"), check_dtype=False
        )
    draws = pd.read_csv(out / "draws.csv")
    assert list(draws.columns) == ["scenario", "draw", "seed", "month", "valid_share", "difference_points"]
    assert len(draws) == 3 * 8 * 3
    ensemble = pd.read_csv(out / "ensemble.csv")
    assert ensemble["scenario"].tolist() == ["baseline", "leaflets", "posters"]
    assert ensemble["probability_best"].sum() == pytest.approx(1.0)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["seeds"] == list(range(1, 9))
    assert (manifest["posterior"]["draws"], manifest["draws_with_result"], manifest["failed"]) == (4, 4, [])
    assert "over 4 draws" in result.out
    assert "Would" in result.out
    page = (out / "report.html").read_text()
    assert "4 draws of the posterior" in page
    assert "95 %" not in page.replace("\u00a0", " ")
    assert "replicate" not in page


@pytest.fixture
def calibrated(tmp_path: Path) -> Path:
    """A district of the template with a posterior of ten draws."""
    folder = copy_template(tmp_path / "place", "Place", "某区")
    write_posterior(folder / POSTERIOR, 10)
    return folder


@pytest.mark.usefixtures("undrawn")
def test_a_district_with_a_posterior_is_compared_over_its_draws_unless_told_otherwise(
    command: Command, tmp_path: Path, scenarios: list[str], calibrated: Path
) -> None:
    arguments = ("compare", *scenarios, "--district", str(calibrated), *SMALL[2:])
    over_draws = command(*arguments, "--out", "draws")
    assert (over_draws.status, over_draws.err) == (0, "")
    assert "over 10 draws" in over_draws.out  # all that there are
    assert LABEL not in over_draws.out
    manifest = json.loads((tmp_path / "draws" / "manifest.json").read_text())
    assert manifest["posterior"]["draws"] == 10
    assert LABEL not in (tmp_path / "draws" / "report.html").read_text()
    hint = "The default answer, over draws of the district’s posterior, includes it."
    for options in (("--point",), ("--replicates", "4"), ("--people", "2019-01"), ("--point", "--replicates", "4")):
        at_a_point = command(*arguments, *options, "--out", "point")
        assert (at_a_point.status, at_a_point.err) == (0, "")
        assert LABEL in at_a_point.out
        assert hint in " ".join(at_a_point.out.split())
        assert json.loads((tmp_path / "point" / "manifest.json").read_text())["seeds"] == [1, 2, 3, 4]
    page = (tmp_path / "point" / "report.html").read_text()
    assert LABEL in page
    assert hint in page


def test_the_default_numbers_of_draws_and_migrants_are_those_of_the_help(
    command: Command, tmp_path: Path, scenarios: list[str], calibrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both options replace them, each alone."""
    write_posterior(calibrated / POSTERIOR, 300)
    observed = []

    def stop(ensemble: Ensemble, *_: object) -> None:
        observed.append((len(ensemble.draws), ensemble.task.settings.agents))
        raise RunError("observed")

    monkeypatch.setattr(Ensemble, "run", stop)
    arguments = ("compare", *scenarios, "--district", str(calibrated), "--workers", "1")
    for options in ((), ("--draws", "7"), ("--agents", "2000"), ("--draws", "7", "--agents", "2000")):
        assert "observed" in command(*arguments, *options).err
    assert observed == [(100, 10_000), (7, 10_000), (100, 2_000), (7, 2_000)]
    shown = " ".join(command("compare", "--help").out.replace("│", " ").split())
    assert "(default: 100)" in shown
    assert "(default: 10,000 per draw of a posterior, otherwise one per resident of the district)" in shown


@pytest.mark.usefixtures("undrawn")
def test_a_district_without_a_posterior_has_the_point_answer_and_a_hint(
    command: Command, tmp_path: Path, scenarios: list[str]
) -> None:
    result = command("compare", *scenarios, *SMALL, "--out", "out")
    assert (result.status, result.err) == (0, "")
    assert LABEL in result.out
    assert "no posterior: takeup calibrate DISTRICT --install writes one" in " ".join(result.out.split())
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["seeds"] == [1, 2, 3, 4]


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_the_same_command_has_nothing_left_to_do_and_writes_the_same_bytes(
    command: Command, tmp_path: Path, scenarios: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("compare", *scenarios, *SMALL, *DRAWS, "--quiet")
    assert command(*arguments).status == 0
    (out,) = (tmp_path / "results").iterdir()
    assert out.name.startswith("compare-")
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    monkeypatch.setattr("takeup.analysis.compare.ensemble.run_draw", lambda _: pytest.fail("nothing is left to live"))
    assert command(*arguments).status == 0
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_a_run_that_fails_is_named_and_ends_with_1(
    command: Command, tmp_path: Path, scenarios: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from takeup.analysis.compare import ensemble  # noqa: PLC0415

    real = ensemble.run_draw
    monkeypatch.setattr(ensemble, "run_draw", lambda task: real(task) if task.settings.seed != 2 else 1 / 0)
    result = command("compare", *scenarios, *SMALL, *DRAWS, "--out", "out", "--quiet")
    assert (result.status, result.err) == (
        1,
        "takeup: draw 1 with seed 2 failed: ZeroDivisionError: division by zero\n",
    )
    assert (tmp_path / "out" / "ensemble.csv").exists()
    monkeypatch.setattr(ensemble, "run_draw", real)
    assert command("compare", *scenarios, *SMALL, *DRAWS, "--out", "out", "--quiet").status == 0


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_a_precision_is_reached_in_whole_batches_for_any_number_of_workers(
    command: Command, tmp_path: Path, scenarios: list[str]
) -> None:
    wide = ("compare", *scenarios, *SMALL[:-2], "--precision", "2.5")
    for workers in ("1", "2"):
        result = command(*wide, "--workers", workers, "--out", workers)
        assert result.status == 0, result.err
    one, two = (
        {file.name: file.read_bytes() for file in (tmp_path / workers).glob("*.csv")} for workers in ("1", "2")
    )
    assert one == two
    manifest = json.loads((tmp_path / "1" / "manifest.json").read_text())
    took = len(manifest["seeds"])
    assert took % REPLICATES_PER_BATCH == 0
    assert manifest["precision"]["reached"]
    assert manifest["precision"]["widest"] < 2.5
    assert f"{took} replicates: every interval is narrower than 2.5 points" in " ".join(result.out.split())
    last = pd.read_csv(tmp_path / "1" / "comparison.csv").query("month == '2019-09'")
    assert (last["high"] - last["low"]).max() == pytest.approx(manifest["precision"]["widest"])


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_a_precision_that_is_not_reached_is_said(command: Command, tmp_path: Path, scenarios: list[str]) -> None:
    result = command("compare", *scenarios, *SMALL, "--precision", "0.001", "--replicates", "10", "--out", "out")
    assert result.status == 0, result.err
    assert "10 replicates are not enough for 0.001 points: the interval of" in " ".join(result.out.split())
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["seeds"] == list(range(1, 11))
    assert not manifest["precision"]["reached"]
    assert len(pd.read_csv(tmp_path / "out" / "leaflets" / "monthly.csv")) == 10 * 33


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_draws_are_given_seeds_until_chance_leaves_little_open(
    command: Command, tmp_path: Path, scenarios: list[str]
) -> None:
    """The same runs as with so many seeds from the beginning, and with any number of workers."""
    arguments = ("compare", *scenarios, *SMALL[:-2], *DRAWS)
    for workers in ("1", "2"):
        result = command(*arguments, "--precision", "3", "--workers", workers, "--out", workers)
        assert result.status == 0, result.err
    manifest = json.loads((tmp_path / "1" / "manifest.json").read_text())
    seeds = len(manifest["seeds"]) // 4
    assert seeds >= 2
    assert manifest["precision"]["reached"]
    assert f"{seeds} seeds per draw: the 95 % Monte Carlo interval of every mean" in " ".join(result.out.split())
    assert command(*arguments, "--replicates", str(seeds), "--out", "at_once").status == 0
    for file in (tmp_path / "1").glob("*.csv"):
        assert file.read_bytes() == (tmp_path / "2" / file.name).read_bytes(), file.name
        assert file.read_bytes() == (tmp_path / "at_once" / file.name).read_bytes(), file.name
    result = command(*arguments, "--precision", "0.001", "--replicates", "2", "--out", "few")
    assert result.status == 0
    assert "2 seeds per draw are not enough for 0.001 points" in " ".join(result.out.split())


@pytest.mark.usefixtures("undrawn")
def test_the_baseline_alone_has_draws_too(command: Command, tmp_path: Path, scenarios: list[str]) -> None:
    result = command("compare", "baseline", *SMALL, *DRAWS, "--out", "out")
    assert result.status == 0, result.err
    assert pd.read_csv(tmp_path / "out" / "gains.csv").empty
    assert {file.name for file in (tmp_path / "out").glob("*.png")} == {"take_up.png"}


WRONG = {
    ("--draws", "1"): ["--draws", "2 to"],
    ("--draws", "11", "--posterior", "posterior.parquet"): [
        "posterior.parquet",
        "has only",
        "1 to 10",
    ],
    ("--draws", "4"): ["there is no posterior file", "--posterior FILE"],
    ("--draws", "4", "--posterior", "none.parquet"): ["none.parquet", "there is no posterior file"],
    ("--draws", "4", "--posterior", "leaflets.toml"): ["leaflets.toml", "the file is not a readable Parquet file"],
    ("--point", "--draws", "4"): ["--point", "cannot be combined with --draws"],
    ("--point", "--posterior", "posterior.parquet"): ["--point", "cannot be combined with --posterior"],
    ("--posterior", "posterior.parquet", "--people", "2019-01"): ["--people", "without --posterior"],
    (*DRAWS, "--people", "2019-01"): ["--people", "without --draws"],
    ("--precision", "0"): [
        "--precision",
        "the precision is not above 0",
        "allowed: a width above 0, in percentage points",
    ],
    ("--precision", "nan"): ["--precision", 'given: "nan"', "allowed: a number"],
    ("--precision", "0.1", "--replicates", "1"): ["--replicates", "from 2 to 10000"],
    (*DRAWS, "--cluster", "nonsense"): [
        "--cluster",
        "the value is not the address of a scheduler",
        "tcp://HOST:PORT",
    ],
    ("--cluster", "http://127.0.0.1:1"): [
        "--cluster",
        "the value is not the address of a scheduler",
        "tcp://HOST:PORT",
    ],
    (*DRAWS, "--set", "documnts=1"): ["--set", 'did you mean "documents"?'],
    (*DRAWS, "--cluster", "tcp://127.0.0.1:1"): ["--cluster", "no Dask scheduler responds"],
}


@pytest.mark.parametrize("options", WRONG, ids=" ".join)
@pytest.mark.usefixtures("undrawn")
def test_incompatible_options_are_reported_and_nothing_is_written(
    command: Command, tmp_path: Path, scenarios: list[str], options: tuple[str, ...]
) -> None:
    before = {file.name for file in tmp_path.iterdir()}
    result = command("compare", *scenarios, *SMALL, *options)
    assert result.status == 2
    for fragment in WRONG[options]:
        assert fragment in result.err
    assert {file.name for file in tmp_path.iterdir()} == before


def test_a_scenario_for_an_area_is_reported_for_it_first(command: Command, tmp_path: Path) -> None:
    """Everyone in two streets is reached at once: take-up differs there, and hardly elsewhere."""
    (tmp_path / "letters.toml").write_text(
        'title = "Letters"\nsource = "test"\n[[intervention]]\nlever = "publicity"\nset = 0.9\nfrom = "2011-01"\n'
        'streets = ["Street 21", "Street 22"]\n'
    )
    size = ("--district", "template", "--agents", "4000", "--until", "2012-06", "--replicates", "3", "--workers", "1")
    result = command("compare", "letters.toml", *size, "--out", "out")
    assert result.status == 0, result.err
    printed = " ".join(result.out.split())
    assert (
        sentence := re.match(r"“Letters” is limited to [0-9,]+ migrants \(street: Street 21, Street 22\)\. ", printed)
    )
    assert printed.index("where the scenario acts, and elsewhere") < printed.index("Scenarios and baseline")
    (row,) = pd.read_csv(tmp_path / "out" / "targets.csv").to_dict("records")
    groups = pd.read_csv(tmp_path / "out" / "groups.csv")
    last = groups[(groups["month"] == "2012-06") & groups["level"].isin(["Street 21", "Street 22"])]
    valid = last.groupby(["scenario", "replicate"])[["valid", "population"]].sum()
    percent = 100 * valid["valid"] / valid["population"]
    assert row["difference_points"] == pytest.approx((percent["letters"] - percent["baseline"]).mean())
    assert row["difference_points"] > abs(row["elsewhere_points"])
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.index(sentence[0]) < page.index(">Summary</h2>")
    assert (tmp_path / "out" / "by_street.png").exists()
