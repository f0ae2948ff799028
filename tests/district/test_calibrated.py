"""Reading the files that a calibration writes to a district's folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.district import CALIBRATED, load_district, read_posterior
from takeup.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the template with the results of a calibration."""
    copy = tmp_path / "place"
    shutil.copytree(load_district("template").folder, copy)
    (copy / CALIBRATED).write_text(
        'source = "a fit of 2018"\n[values]\n"documents" = 1.25\n"value.schooling" = 3.5\n', encoding="utf-8"
    )
    return copy


def test_calibrated_values_replace_those_of_the_parameters_file_and_say_so(folder: Path) -> None:
    parameters = load_district(folder).parameters
    assert parameters.number("documents") == 1.25
    assert parameters["value.schooling"].value == 3.5
    assert (parameters["documents"].status, parameters["documents"].source) == ("calibrated", "a fit of 2018")
    assert parameters["stigma"].status == "assumed"


def test_a_value_that_the_calibration_did_not_change_keeps_its_status(folder: Path) -> None:
    before = load_district("template", calibrated=False).parameters
    values = {
        "supply.employment": "inf",
        "fee_cny": "0.0",
        "stigma": str(before.number("stigma")),
        "documents": "1.25",
    }
    assert [before.number(name) for name in values][:2] == [np.inf, 0.0]
    lines = "\n".join(f'"{name}" = {value}' for name, value in values.items())
    (folder / CALIBRATED).write_text(f'source = "a fit"\n[values]\n{lines}\n', encoding="utf-8")
    after = load_district(folder).parameters
    assert [after[name].status for name in values] == ["assumed", "assumed", "assumed", "calibrated"]
    assert after["stigma"].source == before["stigma"].source
    assert after.count_by_status() == {"observed": 0, "derived": 0, "assumed": 117, "calibrated": 1}


def test_the_last_of_two_values_of_a_number_counts(folder: Path) -> None:
    """A whole parameter and one member of it, back at its own value."""
    own = load_district("template", calibrated=False).parameters.number("value.schooling")
    (folder / CALIBRATED).write_text(
        f'source = "a fit"\n[values]\n"value" = 3.5\n"value.schooling" = {own}\n', encoding="utf-8"
    )
    after = load_district(folder).parameters
    assert after.number("value.schooling") == own != 3.5 == after.number("value.residence")


def test_a_calibration_starts_from_the_values_before_it(folder: Path) -> None:
    before = load_district(folder, calibrated=False)
    assert before.parameters["documents"].value == load_district("template").parameters["documents"].value
    assert before.digest == load_district("template").digest != load_district(folder).digest


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('source = "x"\n[values]\n"document" = 1.0', "document"),
        ('source = "x"\n[values]\n"documents" = 99.0', "documents"),
        ('[values]\n"documents" = 1.0', "source"),
        ('source = "x"\n[values]\n"documents" = "much"', "documents"),
    ],
)
def test_a_wrong_calibrated_file_is_reported_by_file_and_key(folder: Path, written: str, message: str) -> None:
    (folder / CALIBRATED).write_text(written, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_district(folder)
    assert CALIBRATED in str(error.value)
    assert message in str(error.value)


def test_draws_come_back_and_other_columns_are_passed_over(tmp_path: Path) -> None:
    parameters = load_district("template").parameters
    table = pd.DataFrame({"row": [4, 9], "documents": [1.0, 2.0], "supply.employment": [np.inf] * 2, "effect x": 0.1})
    table.to_parquet(tmp_path / "posterior.parquet")
    posterior = read_posterior(tmp_path / "posterior.parquet", parameters)
    assert posterior.draws == (
        {"documents": 1.0, "supply.employment": np.inf},
        {"documents": 2.0, "supply.employment": np.inf},
    )


def test_fewer_draws_are_the_first_of_more_and_represent_the_effects_of_all(tmp_path: Path) -> None:
    """The sorted first K effects lie within two of K equal parts of all; a random choice does not."""
    number, rng = 300, np.random.default_rng(1)
    ranks = rng.permutation(number)
    table = pd.DataFrame({"documents": 1.0 + ranks / number, "effect a": ranks - 3.0, "effect b": ranks * 2.0})
    table.to_parquet(tmp_path / "p.parquet")
    posterior = read_posterior(tmp_path / "p.parquet", load_district("template").parameters)
    every = [round((draw["documents"] - 1.0) * number) for draw in posterior.thinned(number)]
    assert sorted(every) == list(range(number))
    for count in range(1, number + 1):
        chosen = [round((draw["documents"] - 1.0) * number) for draw in posterior.thinned(count)]
        assert chosen == every[:count]
        parts = (np.sort(chosen) + 0.5) / number * count
        assert abs(parts - np.arange(count) - 0.5).max() < 2.0, count
    with pytest.raises(InputError, match=r"the file has only \d+ draws"):
        posterior.thinned(number + 1)


def test_draws_without_effects_are_spread_over_the_file(tmp_path: Path) -> None:
    pd.DataFrame({"documents": np.arange(9) / 4, "effect a": ["1"] * 9}).to_parquet(tmp_path / "p.parquet")
    posterior = read_posterior(tmp_path / "p.parquet", load_district("template").parameters)
    assert [draw["documents"] * 4 for draw in posterior.thinned(3)] == [4, 0, 6]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"documents": [1.0, np.nan]}, "documents"),
        ({"documents": ["a", "b"]}, "documents"),
        ({"documents": [1.0, 11.0]}, "draw 2"),
        ({"paper": [1.0]}, "no draws"),
    ],
)
def test_a_posterior_of_something_else_is_reported(
    tmp_path: Path, columns: dict[str, list[float]], message: str
) -> None:
    pd.DataFrame(columns).to_parquet(tmp_path / "p.parquet")
    with pytest.raises(InputError, match=message):
        read_posterior(tmp_path / "p.parquet", load_district("template").parameters)


def test_a_damaged_or_missing_posterior_is_reported(tmp_path: Path) -> None:
    parameters = load_district("template").parameters
    with pytest.raises(InputError, match="there is no posterior file"):
        read_posterior(tmp_path / "none.parquet", parameters)
    (tmp_path / "p.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(InputError, match="Parquet"):
        read_posterior(tmp_path / "p.parquet", parameters)
