"""The files of a calibration."""

from __future__ import annotations

from pathlib import Path

from takeup.report.results_folder import verify_results
from takeup_calibration.report import write_results
from tests.calibration.fixtures import make_result, summarise_result


def test_a_calibration_that_was_compared_with_full_size_is_written(tmp_path: Path) -> None:
    result = make_result(512)
    assert result.full_size is not None
    write_results(tmp_path, result, summarise_result(result))
    written = {file.name for file in tmp_path.iterdir()}
    assert {"manifest.json", "calibration.json", "posterior.parquet", "report.html"} <= written
    assert verify_results(tmp_path) > 0
