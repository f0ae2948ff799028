"""How sure a policy's effect is, given what the district's figures leave open: a few draws of the posterior."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from takeup.analysis import Ensemble, ensemble_comparison
from takeup.dashboard.stage import Stage
from takeup.district import POSTERIOR, read_posterior
from takeup.months import END, START
from takeup.runs.journal import JOURNAL, Journal
from takeup.scenario import Scenario

DRAWS: Final = 12
"""Few, so that one can wait for them; `takeup compare --draws` takes as many as it is told."""


@dataclass(frozen=True)
class Doubt:
    """A difference at the last month under draws of the posterior.

    Attributes:
        points: mean over the draws.
        low, high: of their 90 % interval.
        draws: how many have a result.
    """

    points: float
    low: float
    high: float
    draws: int


def has_posterior(stage: Stage) -> bool:
    """Whether a calibration has left draws in the district's folder."""
    return (stage.district.folder / POSTERIOR).is_file()


def doubt_of(stage: Stage, scenario: Scenario, tick: Callable[[int, int], None] = lambda _done, _of: None) -> Doubt:
    """What `takeup compare --draws` finds of a policy.

    Args:
        stage: a district that `has_posterior`.
        scenario: the policy.
        tick: called with the runs done and how many there are; what it raises ends the matter.

    Raises:
        InputError: the policy does not fit the district under some draw.
        RunError: next to no run has a result.
    """
    posterior = read_posterior(stage.district.folder / POSTERIOR, stage.district.parameters)
    ensemble = Ensemble.of(
        stage.district, [scenario], posterior, DRAWS, parameters={}, seed=stage.first.seed, replicates=1,
        agents=stage.agents, engine="compiled", threads=1, start=START, until=END,
    )  # fmt: skip
    runs = len(ensemble.runs)
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / JOURNAL)
        try:
            ensemble.live(journal, on_run=lambda done: tick(done, runs))
            found = ensemble_comparison(ensemble, journal, "")
        finally:
            journal.close()
    last = found.comparison[found.comparison["scenario"] == scenario.name].iloc[-1]
    return Doubt(float(last["difference_points"]), float(last["low"]), float(last["high"]), found.replicates)
