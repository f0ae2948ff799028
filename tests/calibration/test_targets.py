"""Tests of targets.toml: error messages and log-likelihoods of predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from takeup.district import load_district
from takeup.errors import InputError
from takeup.months import parse_month
from takeup_calibration.targets import Target, contradictory_pairs, output_key, read_targets

RIGHT = {
    "name": '"take_up"',
    "expression": '"valid / population"',
    "month": '"2018-12"',
    "value": "0.242",
    "tolerance": "0.02",
    "status": '"derived"',
    "source": '"a thesis"',
    "local": "true",
}


def write_targets(tmp_path: Path, **changes: str | None) -> Path:
    lines = [f"{key} = {value}" for key, value in {**RIGHT, **changes}.items() if value is not None]
    file = tmp_path / "targets.toml"
    file.write_text("[[target]]\n" + "\n".join(lines) + "\n")
    return file


def test_the_shipped_targets_are_read() -> None:
    targets = {target.name: target for target in read_targets(load_district("liwan").folder / "targets.toml")}
    assert (targets["take_up"].low, targets["take_up"].tolerance, targets["take_up"].local) == (0.242, 0.02, True)
    compared = {name for name, each in targets.items() if not each.fit}
    assert compared == {
        "take_up_half_year",
        "issued_a_head",
        "issued_after_2020",
        "registered_5_years",
        "returned_at_opening",
    }
    assert len(targets) - len(compared) == 14


def test_the_targets_with_an_interval_differ_in_take_up_only() -> None:
    folder = load_district("liwan").folder
    own, interval = (
        {
            each.name: (each.expression.text, each.windows, each.low, each.high, each.tolerance, each.fit)
            for each in read_targets(folder / name)
        }
        for name in ("targets.toml", "targets_interval.toml")
    )
    expression, windows, *_ = own["take_up"]
    assert interval == own | {"take_up": (expression, windows, 0.242, 0.32, 0.02, True)}


@pytest.mark.parametrize(
    ("changes", "fragment"),
    [
        ({"source": None}, '"source" is missing'),
        ({"source": '""'}, "source"),
        ({"expression": '"vallid / population"'}, 'did you mean "valid"'),
        ({"tolerance": "0"}, "tolerance"),
        ({"tolerance": "nan"}, "tolerance"),
        ({"value": None}, '"value"'),
        ({"month": '"2018-13"'}, "the value is not a month"),
        ({"month": '"2031-01"'}, "outside the simulated period"),
        ({"month": None}, 'the table has neither "month" nor "window"; allowed: exactly one of month and window'),
        ({"shape": '"interval"'}, '"low" below "high"'),
        ({"status": '"known"'}, "status"),
        ({"fit": "false"}, "every target has fit = false"),
        ({"window": '["2018-12", "2018-01"]', "month": None}, "the window ends before it begins"),
        ({"relative_to": '["2018-12", "2018-01"]'}, "relative_to: the window ends before it begins"),
        ({"relative_to": '["2009-12", "2018-01"]'}, "outside the simulated period"),
    ],
)
def test_a_wrong_target_is_reported(tmp_path: Path, changes: dict[str, str | None], fragment: str) -> None:
    with pytest.raises(InputError) as raised:
        read_targets(write_targets(tmp_path, **changes))
    assert fragment in str(raised.value)
    assert "targets.toml" in str(raised.value)


def target(low: float, high: float) -> Target:
    (read,) = read_targets(load_district("liwan").folder / "targets.toml")[:1]
    return read.model_copy(update={"low": low, "high": high, "tolerance": 0.1})


def test_the_log_likelihood_is_zero_within_a_target_and_normal_beyond() -> None:
    predicted = np.array([0.3, 0.5, 0.6, 0.8, np.nan])
    assert target(0.5, 0.6).log_likelihood(predicted) == pytest.approx([-2.0, 0.0, 0.0, -2.0, -np.inf])
    assert target(0.5, 0.5).log_likelihood(predicted)[:2] == pytest.approx([-2.0, 0.0])


def test_two_targets_with_the_same_name_are_reported(tmp_path: Path) -> None:
    file = write_targets(tmp_path)
    file.write_text(2 * file.read_text())
    with pytest.raises(InputError, match='target 2, name: two targets have the same name; given: "take_up"'):
        read_targets(file)


def test_a_relative_target_is_a_ratio_with_flows_per_month(tmp_path: Path) -> None:
    """A flow of 2 per person and month after one of 4: the ratio is a half, however long the windows are."""
    changes = {"expression": '"issued / population"', "month": None, "window": '["2019-01", "2019-02"]'}
    (relative,) = read_targets(write_targets(tmp_path, **changes, relative_to='["2018-07", "2018-12"]'))
    values = {("2019-01", "2019-02"): (2 * 2 * 50.0, 50.0), ("2018-07", "2018-12"): (6 * 4 * 10.0, 10.0)}
    windows = {(parse_month(first), parse_month(last)): pair for (first, last), pair in values.items()}
    assert relative.windows == list(windows)
    outputs = {
        output_key(*window, name): number
        for window, pair in windows.items()
        for name, number in zip(("issued", "population"), pair, strict=True)
    }
    assert relative.predict(outputs) == pytest.approx(0.5)
    outputs[output_key(parse_month("2018-07"), parse_month("2018-12"), "issued")] = 0.0
    assert np.isnan(relative.predict(outputs))


def test_targets_relative_to_other_months_do_not_contradict_each_other(tmp_path: Path) -> None:
    (one,) = read_targets(write_targets(tmp_path, relative_to='["2016-01", "2016-12"]'))
    (same,) = read_targets(write_targets(tmp_path, relative_to='["2016-01", "2016-12"]', value="0.9"))
    (other,) = read_targets(write_targets(tmp_path, relative_to='["2017-01", "2017-12"]', value="0.9"))
    assert contradictory_pairs([one, same]) == [(one, same)]
    assert contradictory_pairs([one, other]) == []


def extending(tmp_path: Path, extends: str, **changes: str | None) -> Path:
    """Write a file that extends another one beside targets.toml."""
    own = write_targets(tmp_path, **changes).read_text()
    write_targets(tmp_path).write_text(
        write_targets(tmp_path).read_text()
        + "\n"
        + "\n".join(["[[target]]", *(f"{key} = {value}" for key, value in {**RIGHT, "name": '"second"'}.items())])
    )
    file = tmp_path / "other.toml"
    file.write_text(f'extends = "{extends}"\n{own}')
    return file


def test_a_file_of_targets_extends_another_one(tmp_path: Path) -> None:
    replaced = read_targets(extending(tmp_path, "targets.toml", value="0.3"))
    assert [(each.name, each.value) for each in replaced] == [("take_up", 0.3), ("second", 0.242)]
    added = read_targets(extending(tmp_path, "targets.toml", name='"third"', fit="false"))
    assert [(each.name, each.fit) for each in added] == [("take_up", True), ("second", True), ("third", False)]


@pytest.mark.parametrize(
    ("extends", "fragment"),
    [
        ("target.toml", 'no such file to extend; given: "target.toml"'),
        ("../targets.toml", "no such file to extend"),
        ("other.toml", "no such file to extend"),
        ("chain.toml", "extends another file itself"),
    ],
)
def test_a_file_that_cannot_be_extended_is_reported(tmp_path: Path, extends: str, fragment: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write_targets(tmp_path)
    file = extending(folder, extends)
    (folder / "chain.toml").write_text('extends = "targets.toml"\n' + write_targets(tmp_path).read_text())
    with pytest.raises(InputError) as raised:
        read_targets(file)
    assert fragment in str(raised.value)
    assert "other.toml, extends" in str(raised.value)
