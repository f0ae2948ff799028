"""`takeup district from-table` and `takeup district new` make districts that the model accepts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup import PermitModel
from takeup.district import ATTRIBUTES, SHIPPED, load_district, margin_of
from takeup.simulation import people_table
from tests.cli.conftest import Command

REPOSITORY = Path(__file__).resolve().parents[2]
TABLE = "age,work,w\n20,none,1\n30,contract,2\n50,informal,1\n40,self_employed,3\n"
FOR_ALL = ("--name", "own", "--population", "50000")


def made(command: Command, table: str, *options: str) -> Path:
    Path("survey.csv").write_text(table, encoding="utf-8")
    result = command("district", "from-table", "survey.csv", *FOR_ALL, *options)
    assert result.status == 0, result.err
    return Path("own")


@pytest.fixture(scope="module")
def drawn() -> pd.DataFrame:
    """About 3,200 of 20,000 of the template's people in its third month, dormitories and the old drawn more often."""
    model = PermitModel("template", agents=20_000, rng=11)
    model.run_until("2010-03")
    people = people_table(model)
    probability = np.where(people["housing"] == "dormitory", 0.3, 0.1) * np.where(people["age"] == "45+", 2.0, 1.0)
    taken = np.random.default_rng(12).random(len(people)) < probability
    return people[taken].assign(weight=1.0 / probability[taken])


def test_people_drawn_from_a_district_and_weighted_give_its_margins_back(
    command: Command, drawn: pd.DataFrame
) -> None:
    """Of 18 shares and 22 streets none is more than 4.5 standard errors off: wrong by chance 3 times in 10,000.

    The 20,000 are themselves drawn from the template, which adds to the error what 20,000 leave uncertain; in two
    months their composition moves by less than a tenth of that.
    """
    drawn.drop(columns=["weight"]).assign(w=drawn["weight"]).to_csv("survey.csv", index=False)
    assert command("district", "from-table", "survey.csv", *FOR_ALL, "--weight", "w").status == 0
    estimated, template = load_district("own").population, load_district("template").population
    effective = drawn["weight"].sum() ** 2 / np.square(drawn["weight"]).sum()
    assert effective < 0.9 * len(drawn), "the weights matter"
    pairs = [(margin_of(estimated.joint, (name,)), margin_of(template.joint, (name,))) for name in ATTRIBUTES]
    for ours, theirs in [*pairs, (estimated.street_shares, template.street_shares)]:
        errors = np.sqrt(theirs * (1.0 - theirs) * (1.0 / effective + 1.0 / 20_000))
        assert (np.abs(ours - theirs) / errors).max() < 4.5
    unweighted = (drawn["housing"] == "dormitory").mean()
    assert unweighted > 0.3 > margin_of(template.joint, ("housing",))[2] + 0.1, "without weights it would be far off"
    assert not estimated.invented


def test_the_folder_passes_check_and_runs_three_months(command: Command, drawn: pd.DataFrame) -> None:
    made(command, drawn[["age", "housing", "street", "weight"]].to_csv(index=False), "--weight", "weight")
    assert command("check", "own").status == 0
    result = command("run", "baseline", "--district", "own", "--agents", "5000", "--until", "2010-03", "--out", "out")
    assert result.status == 0, result.err
    assert len(pd.read_csv("out/monthly.csv")) == 3


@pytest.mark.slow
def test_a_district_with_empty_levels_passes_check_and_runs(command: Command) -> None:
    made(command, "origin,housing,work\n" + "elsewhere,dormitory,contract\n" * 40)
    assert command("check", "own").status == 0
    result = command(
        "compare", "publicity", "--district", "own", "--agents", "5000", "--until", "2019-03", "--workers", "1",
        "--replicates", "1", "--out", "out",
    )  # fmt: skip
    assert result.status == 0, result.err


def test_what_is_printed_has_intervals_flags_and_warnings(command: Command) -> None:
    Path("survey.csv").write_text(TABLE, encoding="utf-8")
    result = command("district", "from-table", "survey.csv", *FOR_ALL)
    assert result.status == 0
    for part in (
        "effective 4",
        "4.6 to 69.9",
        "< 30",
        "taken over from the",
        "Columns not used: w",
        "takeup check own",
    ):
        assert part in result.out, result.out
    assert "takeup: No respondent" not in result.err
    table = pd.read_parquet("own/margins.parquet")
    assert table.equals(pd.read_csv("own/margins.csv", keep_default_na=True).astype(table.dtypes).fillna(
        {"second_attribute": "", "second_level": ""}
    ))  # fmt: skip


def test_quietly_nothing_is_printed_but_what_to_think_of(command: Command) -> None:
    Path("survey.csv").write_text("age\n20\n12\n", encoding="utf-8")
    result = command("district", "from-table", "survey.csv", *FOR_ALL, "--quiet")
    assert (result.status, result.out) == (0, "")
    assert "1 persons under 16" in result.err
    assert "No respondent has the level 25-34 of age" in result.err


def test_the_other_files_are_copied_without_what_a_calibration_left(command: Command, tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    for file in (SHIPPED / "liwan").glob("*.toml"):
        (base / file.name).write_bytes(file.read_bytes())
    (base / "calibrated.toml").write_text('source = "a calibration"\n[values]\nstigma = 99.0\n')
    (base / "posterior.parquet").write_bytes(b"")
    own = made(command, TABLE, "--weight", "w", "--from-district", str(base), "--name-zh", "某区")
    names = {file.name for file in own.iterdir()}
    copied = {"parameters.toml", "rules.toml", "targets.toml"}
    assert names == {"population.toml", *copied, "margins.csv", "margins.parquet"}
    assert load_district(own).parameters.number("stigma") != 99.0
    assert load_district(own).population.name_zh == "某区"
    targets = (own / "targets.toml").read_text(encoding="utf-8")
    assert "Copied from the district base" in targets
    assert "local = true" not in targets
    assert targets.count("local = false") == targets.count("[[target]]")


def test_a_folder_that_is_there_is_never_overwritten(command: Command) -> None:
    own = made(command, TABLE)
    before = {file.name: file.read_bytes() for file in own.iterdir()}
    result = command("district", "from-table", "survey.csv", *FOR_ALL)
    assert (result.status, "the folder already exists" in result.err) == (2, True)
    assert {file.name: file.read_bytes() for file in own.iterdir()} == before


def test_the_same_table_gives_the_same_bytes(command: Command) -> None:
    own = made(command, TABLE, "--weight", "w")
    other = made(command, TABLE, "--weight", "w", "--out", "other") and Path("other/own")
    assert {file.name: file.read_bytes() for file in own.iterdir()} == {
        file.name: file.read_bytes() for file in other.iterdir()
    }


def test_the_mapping_and_the_command_of_the_documentation_work(command: Command) -> None:
    section = (
        (REPOSITORY / "docs" / "districts.md").read_text(encoding="utf-8").split("## Margins from survey records")[1]
    )
    (mapping,) = re.findall(r"```toml\n(.*?)```", section.split("\n## ")[0], re.DOTALL)
    Path("mapping.toml").write_text(mapping, encoding="utf-8")
    names = "文化程度,街道,age,wage,work,housing,w\n"
    Path("survey.csv").write_text(
        names
        + "小学,沙湾街道,99,1,none,owned,1\n初中,沙湾街道,30,2,contract,owned,3\n不详,Shawan,20,,none,owned,1\n",
        encoding="utf-8",
    )
    (written,) = re.findall(r"```sh\ntakeup (district from-table .*?)```", section, re.DOTALL)
    result = command(*shlex.split(written.replace("\\\n", " ")))
    assert result.status == 0, result.err
    assert load_district("haizhu").population.name_zh == "海珠区"
    assert load_district("haizhu").streets == ("Shawan",)
    assert margin_of(load_district("haizhu").population.joint, ("education",)) == pytest.approx(
        [0.25, 0.75, 0.0, 0.0]
    )


WRONG = {
    ("--weight", "ww"): ["survey.csv", "--weight", '"ww"', 'did you mean "w"?'],
    ("--pairs", "age"): ["--pairs", '"age"', "housing:work"],
    ("--pairs", "age:wrok"): ["--pairs", '"wrok"', 'did you mean "work"?'],
    ("--pairs", "age:work,work:age"): ["--pairs", "twice", '"work:age"'],
    ("--pairs", "age:housing"): ["--pairs", "the survey has no column with this attribute", '"housing"', "age, work"],
    ("--mapping", "none.toml"): ["none.toml", "no such file"],
    ("--from-district", "liwen"): ['"liwen"', 'did you mean "liwan"?'],
    ("--population", "0"): ["--population", "0", "1 to"],
    ("--population", "many"): ["--population", "many", "whole number"],
    ("--population", "100"): ["--population", "Street 01", "allowed: at least"],
    ("--name", "../own"): ["../own", "letters"],
}


@pytest.mark.parametrize("options", WRONG, ids=" ".join)
def test_a_wrong_option_is_reported_and_nothing_is_written(command: Command, options: tuple[str, ...]) -> None:
    Path("survey.csv").write_text(TABLE, encoding="utf-8")
    result = command("district", "from-table", "survey.csv", *FOR_ALL, *options)
    assert result.status == 2, result.out
    assert result.err.count("\n") == 1
    for part in WRONG[options]:
        assert part in result.err
    assert [file.name for file in Path().iterdir()] == ["survey.csv"]


def test_a_wrong_table_is_reported_and_nothing_is_written(command: Command) -> None:
    Path("survey.csv").write_text(TABLE.replace("contract", "contrakt"), encoding="utf-8")
    result = command("district", "from-table", "survey.csv", *FOR_ALL)
    assert (result.status, "row 3, column work" in result.err) == (2, True)
    assert [file.name for file in Path().iterdir()] == ["survey.csv"]


def test_a_folder_where_nothing_can_be_written_is_an_error_of_its_own(command: Command) -> None:
    Path("survey.csv").write_text(TABLE, encoding="utf-8")
    result = command("district", "from-table", "survey.csv", *FOR_ALL, "--out", "survey.csv/deep")
    assert (result.status, "cannot be written" in result.err) == (1, True)


def test_a_new_district_has_its_own_names_and_says_that_its_figures_are_invented(command: Command) -> None:
    assert command("district", "new", "plain").status == 0
    assert command("district", "new", "named", "--name-zh", '番禺"区').status == 0
    plain, named = (load_district(name).population for name in ("plain", "named"))
    assert (plain.name, plain.name_zh, plain.invented) == ("plain", "plain", True)
    assert (named.name, named.name_zh) == ("named", '番禺"区')
