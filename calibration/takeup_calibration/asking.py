"""A calibration in one call, for notebooks and scripts; `takeup calibrate` has more to choose from."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from takeup.district import District, load_district
from takeup.runs.journal import JOURNAL, Journal
from takeup_calibration.calibrate import Calibration, Effort, calibrate
from takeup_calibration.figures import read_figures
from takeup_calibration.rows import Runner


def calibrate_to_figures(
    district: str | Path | District = "liwan",
    figures: Path | None = None,
    *,
    rows: int = 2048,
    waves: int = 6,
    agents: int = 24_000,
    draws: int = 300,
    seed: int = 1,
    workers: int = 1,
    folder: Path | None = None,
) -> Calibration:
    """All that a district's figures allow of its parameters, weighted; no draw is lived at full size.

    Args:
        district: a name, a folder, or a District as it was before any calibration.
        figures: a file of figures; None: the district's own.
        rows: points tried in the first wave; later ones have half as many.
        waves: at the most.
        agents: simulated migrants a point.
        draws: of the posterior.
        seed: of the design.
        workers: processes.
        folder: for the journal, so that the same call goes on where it was; None: nothing is left behind.

    Raises:
        InputError: a figure or a prior is wrong.
    """
    place = load_district(district, calibrated=False)
    asked = read_figures(place.folder / "figures.toml" if figures is None else figures)
    effort = Effort(rows=rows, waves=waves, agents=agents, draws=draws, confirmed=0, seed=seed)
    with TemporaryDirectory() as passing, closing(Journal((folder or Path(passing)) / JOURNAL)) as journal:
        return calibrate(place, asked, effort, Runner(journal, workers))
