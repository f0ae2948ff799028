"""figures.toml: what is wrong in it is told, and how well a prediction agrees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from takeup.district import load_district
from takeup.errors import InputError
from takeup_calibration.figures import Figure, read_figures

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


def written(tmp_path: Path, **changes: str | None) -> Path:
    lines = [f"{key} = {value}" for key, value in {**RIGHT, **changes}.items() if value is not None]
    file = tmp_path / "figures.toml"
    file.write_text("[[figure]]\n" + "\n".join(lines) + "\n")
    return file


def test_the_shipped_figures_are_read() -> None:
    figures = {figure.name: figure for figure in read_figures(load_district("liwan").folder / "figures.toml")}
    assert (figures["take_up"].low, figures["take_up"].tolerance, figures["take_up"].local) == (0.242, 0.02, True)
    assert not figures["issued_a_head"].fit
    assert not figures["opening_pipeline"].fit


@pytest.mark.parametrize(
    ("changes", "fragment"),
    [
        ({"source": None}, '"source" is missing'),
        ({"source": '""'}, "source"),
        ({"expression": '"vallid / population"'}, 'did you mean "valid"'),
        ({"tolerance": "0"}, "tolerance"),
        ({"tolerance": "nan"}, "tolerance"),
        ({"value": None}, '"value"'),
        ({"month": '"2018-13"'}, "not a month"),
        ({"month": '"2031-01"'}, "outside the history"),
        ({"month": None}, "needs a month"),
        ({"shape": '"interval"'}, '"low" below "high"'),
        ({"status": '"known"'}, "status"),
        ({"fit": "false"}, "no figure is to be fitted"),
    ],
)
def test_a_wrong_figure_is_told(tmp_path: Path, changes: dict[str, str | None], fragment: str) -> None:
    with pytest.raises(InputError) as told:
        read_figures(written(tmp_path, **changes))
    assert fragment in str(told.value)
    assert "figures.toml" in str(told.value)


def figure(low: float, high: float) -> Figure:
    (read,) = read_figures(load_district("liwan").folder / "figures.toml")[:1]
    return Figure(**{**vars(read), "low": low, "high": high, "tolerance": 0.1})


def test_agreement_is_perfect_within_and_normal_beyond() -> None:
    predicted = np.array([0.3, 0.5, 0.6, 0.8, np.nan])
    assert figure(0.5, 0.6).log_likelihood(predicted) == pytest.approx([-2.0, 0.0, 0.0, -2.0, -np.inf])
    assert figure(0.5, 0.5).log_likelihood(predicted)[:2] == pytest.approx([-2.0, 0.0])
