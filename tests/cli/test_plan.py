"""`takeup plan`: its files, output and error messages."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from takeup.district import SHIPPED
from takeup.report.i18n import ENGLISH
from tests.analysis.plans import HEAD, option, village_in, written
from tests.cli.conftest import Command

SMALL = ("--district", "village", "--agents", "600", "--until", "2010-12", "--workers", "1")
FILES = {"packages.csv", "packages.parquet", "frontier.png", "package.toml", "summary.json", "manifest.json"}
COLUMNS = [
    "options", "cost_cny", "additional_permits", "permits_low", "permits_high", "points", "low", "high",
    "all_permits", "draws", "on_frontier", "within_budget", "recommended", "probability_near_best",
]  # fmt: skip
THREE = HEAD + "".join(
    [
        option("letters", "publicity", few=("add = 0.05", 100), many=("add = 0.3", 900)),
        option("papers", "documents", fewer=("multiply = 0.5", 400)),
        option("shame", "stigma", less=("multiply = 0.5", 300)),
    ]
)


@pytest.fixture
def plan(tmp_path: Path) -> tuple[str, ...]:
    """What finds the village and its plan file."""
    village_in(tmp_path / "village")
    written(tmp_path, THREE)
    return ("plan", *SMALL, "--plan", "some.plan.toml")


def test_a_plan_writes_its_files_and_says_what_to_buy(
    command: Command, plan: tuple[str, ...], tmp_path: Path
) -> None:
    result = command(*plan, "--budget", "1000", "--replicates", "3", "--out", "out")
    assert result.status == 0, result.err
    out = tmp_path / "out"
    assert FILES <= {file.name for file in out.iterdir()} <= FILES | {"journal.sqlite", "journal.sqlite.lock"}
    table = pd.read_csv(out / "packages.csv")
    assert list(table.columns) == COLUMNS
    assert len(table) == 9
    assert (table["cost_cny"] <= 1000).all()
    pd.testing.assert_frame_equal(table, pd.read_parquet(out / "packages.parquet"), check_dtype=False)
    summary = json.loads((out / "summary.json").read_text())
    row = table[table["recommended"]].iloc[0]
    assert summary["recommended"]["cost_cny"] == row["cost_cny"] <= 1000
    assert summary["runs_are"] == "replicates"
    words = " ".join(result.out.split())
    assert " ".join(summary["said"].split()) in words
    for expected in (
        "3 replicates with the district's own values",
        "without parameter uncertainty",
        "Near best",
        "Try:",
    ):
        assert expected in words
    assert max(len(line) for line in result.out.splitlines() if not line.startswith(("Try", "Written"))) <= 80
    manifest = json.loads((out / "manifest.json").read_text())
    assert [run["seed"] for run in manifest["runs"]] == [1, 2, 3]
    assert manifest["options"][0]["sizes"]["few"][0]["cost"]["fixed_cny"] == 100


@pytest.mark.usefixtures("undrawn")
def test_a_budget_per_year_is_printed_and_written_with_its_total(
    command: Command, plan: tuple[str, ...], tmp_path: Path
) -> None:
    arguments = (*plan, "--budget", "0.1万", "--per-year", "--replicates", "1", "--out", "out")
    result = command(*arguments)
    assert result.status == 0, result.err
    sentence = "Budget: 1,000 yuan a year from 2010-07 to 2010-12 (6 months), 500 yuan in total."
    assert sentence in " ".join(result.out.split())
    table = pd.read_csv(tmp_path / "out" / "packages.csv")
    assert 400 <= table["cost_cny"].max() <= 500
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["budget"].pop("said") == sentence
    assert summary["budget"].pop("said_zh") == "预算：2010-07 至 2010-12（6 个月）每年 1,000 元，共 500 元。"
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert summary["budget"] == manifest["budget"]
    assert manifest["budget"] == {
        "given": "per year",
        "total_cny": 500.0,
        "per_year_cny": 1000.0,
        "from": "2010-07",
        "until": "2010-12",
        "months": 6,
    }
    assert manifest["budget_cny"] == summary["budget_cny"] == 500.0
    assert "Budget:" not in command(*arguments, "--quiet").out


@pytest.mark.usefixtures("undrawn")
def test_the_title_of_a_package_has_the_budget_in_hundredths_of_a_yuan(
    command: Command, plan: tuple[str, ...], tmp_path: Path
) -> None:
    result = command(*plan, "--budget", "1000.123", "--per-year", "--replicates", "1", "--out", "out", "--quiet")
    assert result.status == 0, result.err
    assert 'title = "Package for 500.06 yuan: ' in (tmp_path / "out" / "package.toml").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_the_package_passes_check_and_compare_finds_what_the_plan_did(
    command: Command, plan: tuple[str, ...], tmp_path: Path
) -> None:
    assert command(*plan, "--budget", "1000", "--replicates", "2", "--out", "out", "--quiet").status == 0
    assert command("check", "out/package.toml", "--district", "village").status == 0
    result = command("compare", "out/package.toml", *SMALL, "--replicates", "2", "--out", "compared", "--quiet")
    assert result.status == 0, result.err
    compared = pd.read_parquet(tmp_path / "compared" / "comparison.parquet")
    theirs = compared[(compared["scenario"] == "package") & (compared["month"] == "2010-12")].iloc[0]
    table = pd.read_parquet(tmp_path / "out" / "packages.parquet")
    ours = table[table["recommended"]].iloc[0]
    for mine, other in (
        ("points", "difference_points"), ("low", "low"), ("high", "high"), ("cost_cny", "cost_cny"),
        ("additional_permits", "difference_persons"),
    ):  # fmt: skip
        assert ours[mine] == theirs[other], mine


def test_draws_are_those_of_the_posterior_and_a_repeated_plan_is_read_from_its_journal(
    command: Command, plan: tuple[str, ...], tmp_path: Path
) -> None:
    pd.DataFrame({"row": range(4), "attention": [0.1, 0.3, 0.5, 0.7]}).to_parquet(tmp_path / "four.parquet")
    arguments = (*plan, "--budget", "500", "--posterior", "four.parquet", "--draws", "2", "--out", "out")
    result = command(*arguments)
    assert result.status == 0, result.err
    assert "2 draws of the posterior" in " ".join(result.out.split())
    runs = json.loads((tmp_path / "out" / "manifest.json").read_text())["runs"]
    assert [run["parameters"]["attention"] for run in runs] == [0.5, 0.1]
    first = (tmp_path / "out" / "packages.parquet").read_bytes()
    changed = (tmp_path / "out" / "journal.sqlite").stat().st_mtime_ns
    assert command(*arguments).status == 0
    assert (tmp_path / "out" / "journal.sqlite").stat().st_mtime_ns == changed
    assert (tmp_path / "out" / "packages.parquet").read_bytes() == first


def test_the_worst_off_can_be_the_target(command: Command, plan: tuple[str, ...], tmp_path: Path) -> None:
    arguments = (*plan, "--budget", "500", "--replicates", "1", "--target", "worst-off", "--by", "housing")
    result = command(*arguments, "--out", "out")
    assert result.status == 0, result.err
    target = json.loads((tmp_path / "out" / "summary.json").read_text())["target"]
    assert target["attribute"] == "housing"
    assert f"housing: {ENGLISH.words(target['level'])}" in " ".join(result.out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--budget", "99"), "the cheapest package (letters.few)"),
        (("--budget", "-5"), "--budget: the budget is negative or not finite; given: -5.0"),
        (("--budget", "nan"), 'given: "nan"; allowed: an amount in yuan'),
        (("--budget", "inf"), "--budget: the budget is negative or not finite; given: inf"),
        (("--budget", "5.000.000"), "did you mean 5_000_000?"),
        (("--budget", "99", "--per-year"), "the budget for all months is below the cost of every package"),
        (("--budget", "many"), "--budget"),
        ((), "--budget"),
        (("--budget", "500", "--plan", "none.toml"), "no such file"),
        (("--budget", "500", "--target", "best"), "--target: unknown target"),
        (("--budget", "500", "--target", "worst-off"), "with --by ATTRIBUTE"),
        (("--budget", "500", "--target", "worst-off", "--by", "house"), "--by: unknown attribute"),
        (("--budget", "500", "--by", "housing"), "with --target worst-off"),
        (("--budget", "500", "--draws", "3"), "there is no posterior file"),
        (("--budget", "500", "--draws", "3", "--replicates", "2"), "the option cannot be combined with --replicates"),
        (("--budget", "500", "--replicates", "0"), "--replicates"),
        (("--budget", "500", "--most", "1"), "--most"),
        (("--budget", "500", "--agents", "5"), "agents"),
        (("--budget", "500", "--set", "norm=99"), "norm"),
    ],
)
def test_wrong_input_is_one_message_and_nothing_is_written(
    command: Command, plan: tuple[str, ...], tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = command(*plan, *arguments, "--out", "out")
    assert result.status == 2
    assert message in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_unknown_lever_is_reported_with_its_place(command: Command, plan: tuple[str, ...], tmp_path: Path) -> None:
    written(tmp_path, THREE.replace('"documents"', '"document"'))
    result = command(*plan, "--budget", "500", "--out", "out")
    assert result.status == 2
    for words in ("some.plan.toml", "option 2, size 1, intervention 1, lever", 'did you mean "documents"?'):
        assert words in result.err
    assert not (tmp_path / "out").exists()


def test_a_plan_file_passes_check(command: Command, plan: tuple[str, ...]) -> None:
    result = command("check", "some.plan.toml", "--district", "village")
    assert result.status == 0, result.err
    assert result.out == "some.plan.toml: valid (options: 3, sizes: 4)\n"


def test_the_shipped_plan_file_passes_check(command: Command) -> None:
    result = command("check", str(SHIPPED / "liwan" / "plan.toml"))
    assert result.status == 0, result.err
    assert result.out.endswith("plan.toml: valid (options: 9, sizes: 12)\n")


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('"publicity"', '"publicty"', 'option 1, size 1, intervention 1, lever: unknown lever; given: "publicty"'),
        ("add = 0.05", "add = 1.5", "option 1, size 1, intervention 1, add"),
        (
            "2010-07",
            "2030-01",
            "option 1, size 1, intervention 1, from: the intervention begins outside the simulated months",
        ),
        ('name = "papers"', 'name = "letters"', "option 2, name: two options have the same name"),
        (
            "multiply = 0.5\ncost = { fixed_cny = 400, source",
            "multiply = 0.5\ncost = { fixed_cny = -4, source",
            "cost",
        ),
    ],
)
def test_an_error_in_a_plan_file_is_reported_by_check(
    command: Command, plan: tuple[str, ...], tmp_path: Path, right: str, wrong: str, message: str
) -> None:
    assert right in THREE
    written(tmp_path, THREE.replace(right, wrong, 1))
    result = command("check", "some.plan.toml", "--district", "village")
    assert result.status == 2
    assert result.err.startswith("takeup: some.plan.toml, ")
    assert message in result.err


def test_two_options_that_together_leave_a_range_are_reported_by_check(
    command: Command, plan: tuple[str, ...], tmp_path: Path
) -> None:
    written(tmp_path, THREE + option("posters", "publicity", all=("add = 0.8", 5)))
    result = command("check", "some.plan.toml", "--district", "village")
    assert result.status == 2
    assert "some.plan.toml, option 4, size 1, intervention 1, add" in result.err


def test_a_district_without_a_plan_file_is_reported_what_to_do(command: Command) -> None:
    result = command("plan", "--budget", "500", "--district", "template", "--out", "out")
    assert result.status == 2
    assert "--plan FILE.toml" in result.err
