"""Tests of the public function `calibrate`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from takeup_calibration import CalibrationResult, calibrate, effective_sample_size, points_table, posterior_table


def test_calibrate_returns_weighted_points_and_draws(tmp_path: Path) -> None:
    arguments = {"rows": 4, "waves": 1, "agents": 2_000, "draws": 3, "folder": tmp_path}
    result = calibrate("liwan", **arguments)
    assert isinstance(result, CalibrationResult)
    points = points_table(result)
    assert len(points) == 4
    assert np.isclose(points["weight"].sum(), 1.0)
    assert effective_sample_size(points["weight"].to_numpy()) == result.effective
    assert set(posterior_table(result)["row"]) <= set(range(4))
    assert (tmp_path / "journal.sqlite").is_file()
    resumed = calibrate("liwan", **arguments)
    assert points_table(resumed).equals(points)
