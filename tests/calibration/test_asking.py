"""A calibration in one call tries what the command tries."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from takeup_calibration import Calibration, calibrate_to_figures, effective_sample, posterior_of, rows_of


def test_it_gives_weighted_rows_and_draws_of_them(tmp_path: Path) -> None:
    asked = {"rows": 4, "waves": 1, "agents": 2_000, "draws": 3, "folder": tmp_path}
    found = calibrate_to_figures("liwan", **asked)
    assert isinstance(found, Calibration)
    rows = rows_of(found)
    assert len(rows) == 4
    assert np.isclose(rows["weight"].sum(), 1.0)
    assert effective_sample(rows["weight"].to_numpy()) == found.effective
    assert set(posterior_of(found)["row"]) <= set(range(4))
    assert (tmp_path / "journal.sqlite").is_file()
    again = calibrate_to_figures("liwan", **asked)
    assert rows_of(again).equals(rows)
