"""A calibration in one call, for notebooks and scripts; `takeup calibrate` has more options."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from takeup.district import District, load_district
from takeup.runs.journal import JOURNAL, Journal
from takeup_calibration.calibrator import CalibrationResult, CalibrationSettings, Calibrator
from takeup_calibration.evaluator import Evaluator
from takeup_calibration.targets import TARGETS, read_targets


def calibrate(
    district: str | Path | District = "liwan",
    targets: Path | None = None,
    *,
    rows: int = 2048,
    waves: int = 6,
    agents: int = 24_000,
    draws: int = 300,
    seed: int = 1,
    workers: int = 1,
    folder: Path | None = None,
) -> CalibrationResult:
    """Compute the posterior of a district's parameters, given its targets; no draw is evaluated at full size.

    Args:
        district: a name, a folder, or a District loaded without an earlier calibration.
        targets: a file of targets; None: the district's own.
        rows: points of the first wave; later waves have half as many.
        waves: maximal number of waves.
        agents: simulated migrants per evaluation.
        draws: of the posterior.
        seed: of the design.
        workers: number of processes.
        folder: for the journal, so that an interrupted call resumes; None: the journal is temporary.

    Raises:
        InputError: a target or a prior is wrong.

    Example:
        >>> result = calibrate("liwan", rows=64, waves=1, agents=4_000)
        >>> posterior_table(result).describe()
    """
    place = load_district(district, calibrated=False)
    settings = CalibrationSettings(rows=rows, waves=waves, agents=agents, draws=draws, confirmed=0, seed=seed)
    selected = read_targets(place.folder / TARGETS if targets is None else targets)
    with TemporaryDirectory() as temporary, closing(Journal((folder or Path(temporary)) / JOURNAL)) as journal:
        return Calibrator(place, selected, settings, Evaluator(journal, workers)).run()
