"""The files of a calibration."""

from __future__ import annotations

from pathlib import Path

from takeup.report.results_folder import verify_results
from takeup_calibration.recalibration import estimate_coverage, estimate_ranks
from takeup_calibration.report import summarise, write_results
from tests.calibration.fixtures import make_result


def test_a_calibration_that_was_compared_with_full_size_is_written(tmp_path: Path) -> None:
    result = make_result(512)
    assert result.full_size is not None
    summary = summarise(result, estimate_coverage(result.design), estimate_ranks(result.design))
    write_results(tmp_path, result, summary)
    written = {file.name for file in tmp_path.iterdir()}
    assert {"manifest.json", "calibration.json", "posterior.parquet", "report.html"} <= written
    assert verify_results(tmp_path) > 0
