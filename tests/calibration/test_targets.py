"""Tests of targets.toml: error messages and log-likelihoods of predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from takeup.district import load_district
from takeup.errors import InputError
from takeup_calibration.targets import Target, read_targets

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
    assert not targets["issued_a_head"].fit
    assert not targets["opening_pipeline"].fit


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
