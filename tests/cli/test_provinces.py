"""`takeup run` with several districts: sums over districts, for any number of workers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.analysis.region import AVERAGED, SUMMED
from takeup.district import SHIPPED
from takeup.simulation import COLUMNS
from tests.cli.conftest import Command

FILES = {
    "monthly.csv", "monthly.parquet", "districts.csv", "districts.parquet", "overview.png", "districts.png",
    "summary.json", "manifest.json", "journal.sqlite", "journal.sqlite.lock",
}  # fmt: skip
SHORT = ("--from", "2010-01", "--until", "2011-02", "--quiet", "--workers", "1")
TOGETHER = ("--district", "template", "--district", "liwan", "--agents", "6000", "--replicates", "2")


@pytest.fixture
def made(command: Command, tmp_path: Path) -> Path:
    """Five invented districts."""
    result = command("district", "synthesise", "--count", "5", "--population", "8000", "--out", "made", "--quiet")
    assert result.status == 0, result.err
    return tmp_path / "made"


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.read_csv(folder / "monthly.csv"), pd.read_csv(folder / "districts.csv")


def test_every_column_is_either_summed_or_averaged() -> None:
    """A column that is added to a month has to be thought of: whether it is a sum is not to be guessed."""
    means = {"mean_trust", "wait_months", "red_tape"}
    for name in COLUMNS:
        if name.startswith(("mean_", "wait_", "delivered_", "reputation_")) or name in means:
            assert name in AVERAGED
    assert set(AVERAGED).isdisjoint(SUMMED)
    assert len(AVERAGED) == 13
    assert len(SUMMED) == 21
    assert {"month", *AVERAGED, *SUMMED} == set(COLUMNS)


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_the_sum_is_that_of_the_districts_run_alone(command: Command, tmp_path: Path) -> None:
    """Two districts whose own counts begin in other years, and each alone with the seed that the table names."""
    result = command("run", "baseline", *TOGETHER, *SHORT, "--out", "out")
    assert result.status == 0, result.err
    assert {file.name for file in (tmp_path / "out").iterdir()} == FILES
    monthly, districts = read(tmp_path / "out")
    assert list(monthly.columns) == ["scenario", "replicate", *COLUMNS]
    assert districts["month"].unique().tolist() == ["2010-12", "2011-02"]
    assert len(districts) == 2 * 2 * 2
    agents = {
        place["name"]: place["agents"]
        for place in json.loads((tmp_path / "out/manifest.json").read_text())["districts"]
    }
    assert agents == {"template": 3_000, "liwan": 3_000}
    for replicate in (0, 1):
        alone = []
        for name in agents:
            (seed,) = districts[(districts["district"] == name) & (districts["replicate"] == replicate)][
                "seed"
            ].unique()
            folder = f"{name}-{replicate}"
            options = ("--district", name, "--agents", "3000", "--seed", str(seed))
            assert command("run", "baseline", *options, *SHORT, "--out", folder).status == 0
            alone.append(pd.read_csv(tmp_path / folder / "monthly.csv"))
        summed = monthly[monthly["replicate"] == replicate].reset_index(drop=True)
        for name in SUMMED:
            pd.testing.assert_series_equal(summed[name], sum(table[name] for table in alone), check_exact=True)
        persons = np.array([table["population"] for table in alone])
        for name in AVERAGED:
            expected = np.average([table[name] for table in alone], axis=0, weights=persons)
            np.testing.assert_allclose(summed[name], expected, rtol=1e-12)
        last = districts[(districts["replicate"] == replicate) & (districts["month"] == "2011-02")]
        for (_, row), table in zip(last.iterrows(), alone, strict=True):
            of_last = table.iloc[-1]
            for name in ("population", "valid", "queued", "lapsed", "qualified", "informed", "wait_months"):
                assert row[name] == of_last[name]
            assert row["valid_share"] == of_last["valid"] / of_last["population"]
            assert row["persons"] == round(of_last["population"] * 120)


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_a_folder_of_districts_is_all_of_them_in_order(command: Command, made: Path, tmp_path: Path) -> None:
    (made / "notes").mkdir()
    (made / "readme.txt").write_text("not a district")
    result = command("run", "baseline", "--district", "made", *SHORT[:-2], "--out", "one", "--workers", "2")
    assert result.status == 0, result.err
    named = [option for folder in sorted(made.glob("inv*")) for option in ("--district", str(folder))]
    assert command("run", "baseline", *named, *SHORT, "--out", "two").status == 0
    one, two = tmp_path / "one", tmp_path / "two"
    for name in FILES - {"manifest.json", "journal.sqlite"}:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    monthly, districts = read(one)
    assert districts["district"].unique().tolist() == [f"invented-00{number}" for number in range(1, 6)]
    assert set(monthly["population"]) == {8_000}
    last = districts[districts["month"] == "2011-02"]
    assert last["population"].sum() == 8_000
    summary = json.loads((one / "summary.json").read_text())
    assert summary["districts"] == 5
    assert summary["valid_share"] == pytest.approx(last["valid"].sum() / 8_000)
    assert summary["by_district"]["highest"]["valid_share"] == last["valid_share"].max()


@pytest.mark.usefixtures("undrawn")
def test_an_added_district_changes_nothing_of_the_others(command: Command, made: Path, tmp_path: Path) -> None:
    assert command("run", "baseline", "--district", "made", *SHORT, "--out", "five").status == 0
    shutil.rmtree(made / "invented-003")
    assert command("run", "baseline", "--district", "made", *SHORT, "--out", "four").status == 0
    _, five = read(tmp_path / "five")
    _, four = read(tmp_path / "four")
    without = five[five["district"] != "invented-003"].reset_index(drop=True)
    pd.testing.assert_frame_equal(without, four, check_exact=True)
    assert five["seed"].nunique() == 5


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_it_resumes_and_a_changed_district_is_simulated_again(command: Command, made: Path, tmp_path: Path) -> None:
    options = ("run", "baseline", "--district", "made", *SHORT, "--out", "out")
    assert command(*options).status == 0
    before = (tmp_path / "out" / "monthly.csv").read_bytes()
    journal = (tmp_path / "out" / "journal.sqlite").read_bytes()
    assert command(*options).status == 0
    assert (tmp_path / "out" / "journal.sqlite").read_bytes() == journal
    assert (tmp_path / "out" / "monthly.csv").read_bytes() == before
    file = made / "invented-002" / "parameters.toml"
    text = file.read_text(encoding="utf-8")
    assert "[publicity]\nvalue = 0.025\n" in text
    file.write_text(text.replace("[publicity]\nvalue = 0.025\n", "[publicity]\nvalue = 0.1\n"), encoding="utf-8")
    assert command(*options).status == 0
    assert (tmp_path / "out" / "monthly.csv").read_bytes() != before


def test_one_district_is_run_as_ever(command: Command, made: Path, tmp_path: Path) -> None:
    result = command("run", "baseline", "--district", str(made / "invented-001"), *SHORT, "--out", "out")
    assert result.status == 0, result.err
    assert "groups.parquet" in {file.name for file in (tmp_path / "out").iterdir()}


def test_it_prints_the_sum_and_the_districts(command: Command, made: Path) -> None:
    result = command("run", "baseline", "--district", "made", "--until", "2010-03", "--workers", "1", "--out", "out")
    assert result.status == 0, result.err
    for text in ("By district at 2010-03", "Invented 001", "Invented 005", "8,000", "Written: out"):
        assert text in result.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--district", "template", "--district", "template"), "two districts have the same name (the same folder)"),
        (("--district", "made", "--district", "other/invented-001"), "two districts have the same name ("),
        (("--district", "made", "--district", "tempate"), 'did you mean "template"'),
        (
            ("--district", "made", "--district", "empty"),
            'the folder is neither a district nor a folder of districts; given: "empty"',
        ),
        (("--district", "empty"), "the folder is neither a district nor a folder of districts"),
        (
            ("--district", "made", "--people", "2010-01"),
            "--people: the option cannot be combined with several districts",
        ),
        (("--district", "made", "--agents", "60"), "district invented-00"),
        (("--district", "made", "--set", "publicity=2"), "--set, publicity: the value is outside"),
    ],
)
def test_an_error_is_reported_before_anything_is_written(
    command: Command, made: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    shutil.copytree(made / "invented-001", tmp_path / "other" / "invented-001")
    result = command("run", "baseline", *options, *SHORT, "--out", "out")
    assert result.status == 2, result.err
    assert message in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_street_that_one_district_lacks_is_reported_with_the_district(
    command: Command, made: Path, tmp_path: Path
) -> None:
    (tmp_path / "local.toml").write_text(
        'title = "Local"\nsource = "test"\n[[intervention]]\nlever = "publicity"\nadd = 0.1\nfrom = "2010-06"\n'
        'streets = ["Zhongnan"]\n'
    )
    shutil.copytree(SHIPPED / "liwan", made / "a-liwan")
    result = command("run", "local.toml", "--district", "made", *SHORT, "--out", "out")
    assert result.status == 2
    assert "district invented-001, intervention 1, streets: unknown street" in result.err
    assert not (tmp_path / "out").exists()
    (tmp_path / "local.toml").write_text((tmp_path / "local.toml").read_text().replace("Zhongnan", "Street 1"))
    shutil.rmtree(made / "a-liwan")
    result = command("run", "local.toml", "--district", "made", *SHORT, "--out", "out")
    assert 'district invented-001, intervention 1, streets: unknown street; given: "Street 1"' in result.err
    assert 'did you mean "Street 01"?' in result.err


def test_a_district_that_fails_is_named_and_the_others_are_kept(
    command: Command, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from takeup.analysis.region import run  # noqa: PLC0415

    original = run.run_district

    def faulty(task: run.Task) -> object:
        if task.district.name == "invented-004":
            raise ValueError("made up")
        return original(task)

    options = ("run", "baseline", "--district", "made", *SHORT, "--out", "out")
    monkeypatch.setattr(run, "run_district", faulty)
    result = command(*options)
    assert result.status == 1
    assert "1 of 5 runs failed; the first is that of the district invented-004: ValueError: made up" in result.err
    assert not (tmp_path / "out" / "monthly.csv").exists()
    monkeypatch.setattr(run, "run_district", original)
    assert command(*options).status == 0
