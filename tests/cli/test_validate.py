"""`takeup validate`: its files, output and error messages, and the page in the documentation."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from takeup.analysis.validation.page import COLUMNS
from takeup.analysis.validation.predictions import fitted_studies
from takeup.analysis.validation.result import COLUMNS as TABLE
from takeup.analysis.validation.result import INSIDE, MISSES, OUTSIDE, OVERLAPS, RIGHT, WRONG
from takeup.analysis.validation.studies import QUANTITIES, read_studies
from takeup.analysis.validation.text import format_study_range
from takeup.district import POSTERIOR, load_district, read_posterior
from tests.analysis.posteriors import write_posterior
from tests.cli.conftest import Command

REPOSITORY = Path(__file__).resolve().parents[2]
STUDIES = read_studies().each
FILES = {
    "validation.csv", "validation.parquet", "draws.csv", "draws.parquet", "validation.png", "manifest.json",
}  # fmt: skip
JOURNAL = {"journal.sqlite", "journal.sqlite.lock"}
SMALL = ("--district", "template", "--posterior", "posterior.parquet", "--agents", "1500", "--workers", "1")


@pytest.fixture(autouse=True)
def posterior(tmp_path: Path) -> Path:
    """A posterior of the template, of eight draws."""
    return write_posterior(tmp_path / "posterior.parquet", 8)


def rows_of(page: str) -> list[list[str]]:
    """The cells of the table of all findings of a page, its head first."""
    table = page.split("## Every finding", maxsplit=1)[1].split("\n| ", maxsplit=1)[1].split("\n\n", maxsplit=1)[0]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.splitlines()]
    return [row for row in rows if set("".join(row)) != {"-"}]


def check_page(page: str, folder: Path) -> None:
    """The table has the findings of the data file, in order, and a verdict for each; misses have their reason.

    Findings to which the calibration in the district's folder was fitted are marked.
    """
    fitted = fitted_studies(folder, STUDIES)
    head, *rows = rows_of(page)
    assert head == list(COLUMNS)
    assert [row[0] for row in rows] == [each.title for each in STUDIES]
    missed = page.split("## Misses and their most likely reasons")[1].split("\n## ", maxsplit=1)[0]
    for finding, row in zip(STUDIES, rows, strict=True):
        assert row[1:4] == [finding.citation, format_study_range(finding), finding.transfers]
        assert row[4] == ("yes" if finding.name in fitted else "no")
        assert re.fullmatch(r"\S+ \(\S+ to \S+\)", row[5]), row[5]
        assert re.fullmatch(r"\d+ %", row[6])
        verdict = row[7].strip("*")
        assert verdict in ({RIGHT, WRONG} if finding.sign is not None else {INSIDE, OVERLAPS, OUTSIDE})
        assert (row[7] == f"**{verdict}**") == (verdict in MISSES) == (f"**{finding.title}**" in missed)
        reasons = [each for each in (finding.if_above, finding.if_below, finding.if_wrong) if each is not None]
        assert sum(f"**{finding.title}** ({row[5]}): {each}" in missed for each in reasons) == (verdict in MISSES)
        for text in (finding.reported, finding.source, finding.set_up, finding.transfers_because):
            assert text in page


def test_it_writes_its_files_and_a_page(command: Command, tmp_path: Path) -> None:
    result = command("validate", *SMALL, "--draws", "3", "--page", "pages/validation.md", "--out", "out")
    assert result.status == 0, result.err
    out = tmp_path / "out"
    assert FILES <= {file.name for file in out.iterdir()} <= FILES | JOURNAL
    table, draws = pd.read_csv(out / "validation.csv"), pd.read_csv(out / "draws.csv")
    assert table["finding"].tolist() == [each.name for each in STUDIES]
    assert list(table.columns) == list(TABLE)
    assert list(draws.columns) == ["draw", "seed", *QUANTITIES]
    assert draws["seed"].tolist() == [1, 2, 3]
    for row in table.itertuples():
        values = draws[row.quantity]
        assert row.median == pytest.approx(values.median())
        assert (row.low, row.high) == pytest.approx(tuple(values.quantile([0.05, 0.95])))
    for name, frame in (("validation", table), ("draws", draws)):
        parquet = pd.read_parquet(out / f"{name}.parquet")
        pd.testing.assert_frame_equal(
            frame.astype(object).fillna(""), parquet.astype(object).fillna(""), check_dtype=False
        )
    page = (tmp_path / "pages" / "validation.md").read_text(encoding="utf-8")
    check_page(page, load_district("template").folder)
    manifest = json.loads((out / "manifest.json").read_text())
    now = datetime.now(UTC)
    assert f"{now.day} {now:%B %Y}" in page
    assert manifest["posterior"]["sha256"] in page
    assert manifest["posterior"]["draws_with_result"] == 3
    words = " ".join(result.out.split())
    assert manifest["said"] in words
    assert manifest["said"] in page
    assert "Of 25 findings" in manifest["said"]
    assert "Written: out" in words
    assert max(map(len, result.out.splitlines())) <= 80


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_workers_and_a_second_command_change_nothing(command: Command, tmp_path: Path) -> None:
    """The same bytes with two workers, and no run is repeated when the command is run again."""
    arguments = ("validate", *SMALL, "--draws", "2", "--quiet", "--out")
    assert command(*arguments, "one").status == 0
    assert command(*arguments, "two", "--workers", "2").status == 0
    for name in ("validation.parquet", "draws.parquet", "validation.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    journal = tmp_path / "one" / "journal.sqlite"
    changed = journal.stat().st_mtime_ns
    result = command(*arguments, "one")
    assert (result.status, result.out) == (0, "")
    assert journal.stat().st_mtime_ns == changed
    assert command("validate", *SMALL, "--draws", "2", "--seed", "7", "--quiet", "--out", "one").status == 0
    assert journal.stat().st_mtime_ns > changed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--draws", "9"), "1 to 8"),
        (("--draws", "0"), "--draws"),
        (("--agents", "20"), "agents"),
        (("--seed", "-1"), "--seed"),
        (("--posterior", "none.parquet"), "there is no posterior file"),
        (("--district", "nowhere"), "no such district"),
        (("--cluster", "tcp://127.0.0.1:1"), "no Dask scheduler responds"),
    ],
)
def test_wrong_input_is_one_message_and_nothing_is_written(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = command("validate", *SMALL, *arguments, "--page", "page.md", "--out", "out")
    assert result.status == 2
    assert message in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "page.md").exists()


def test_a_page_that_cannot_be_written_is_reported_before_the_simulation(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = command("validate", *SMALL, "--draws", "1", "--page", "file/page.md", "--out", "out")
    assert result.status == 1
    assert "cannot be written" in result.err
    assert not (tmp_path / "out").exists()


def test_the_page_of_the_documentation_is_of_the_shipped_posterior() -> None:
    page = (REPOSITORY / "docs" / "validation.md").read_text(encoding="utf-8")
    liwan = load_district("liwan")
    check_page(page, liwan.folder)
    message = "out of date: takeup validate --page docs/validation.md"
    assert read_posterior(liwan.folder / POSTERIOR, liwan.parameters).digest in page, message
    assert re.search(r"on \d{1,2} [A-Z][a-z]+ \d{4}; district `liwan`", page), message


def test_a_page_that_is_a_folder_is_refused_before_the_simulation(command: Command, tmp_path: Path) -> None:
    result = command("validate", *SMALL, "--page", ".")
    assert (result.status, "the path is not a file" in result.err) == (2, True)
    assert [file.name for file in tmp_path.iterdir()] == ["posterior.parquet"]


@pytest.mark.parametrize("page", ["out", "out/manifest.json", "other/../out/validation.csv"])
def test_a_page_in_place_of_results_is_refused_before_the_simulation(
    command: Command, tmp_path: Path, page: str
) -> None:
    (tmp_path / "other").mkdir()
    result = command("validate", *SMALL, "--draws", "1", "--page", page, "--out", "out")
    assert (result.status, result.err.count("\n")) == (2, 1)
    assert f'--page: the page would replace results; given: "{page}"' in result.err
    assert {file.name for file in tmp_path.iterdir()} == {"other", "posterior.parquet"}


@pytest.mark.slow
def test_a_page_may_be_in_the_results_folder_or_at_home(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for page, written in (("out/page.md", "out/page.md"), ("~/page.md", "home/page.md")):
        result = command("validate", *SMALL, "--draws", "1", "--quiet", "--page", page, "--out", "out")
        assert (result.status, (tmp_path / written).read_text(encoding="utf-8")[:1]) == (0, "#"), result.err
