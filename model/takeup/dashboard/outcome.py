"""A policy beside the baseline: the same people with the same luck, with and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.answers import Interval, t_interval
from takeup.dashboard.history import LAST, History
from takeup.dashboard.stage import Stage
from takeup.dashboard.watching import PERCENT, Watched, watch
from takeup.scenario import Scenario, Timeline
from takeup.simulation.record import Row


@dataclass(frozen=True)
class Outcome:
    """What some replicates say of a policy. R replicates, M months from the first on.

    Attributes:
        scenario: the policy.
        watched: the first replicate under it.
        baseline, policy: (R, M) share with a valid permit.
        more: (R,) simulated persons more with a valid permit at the end.
        cost_cny: spent in all, for the whole district.
    """

    scenario: Scenario
    watched: Watched
    baseline: NDArray[np.float64]
    policy: NDArray[np.float64]
    more: NDArray[np.int64]
    cost_cny: float

    @property
    def replicates(self) -> int:
        """How many have been lived."""
        return len(self.policy)

    @property
    def difference(self) -> Interval:
        """(M,) points, mean over the replicates and its 95 % interval."""
        return t_interval((self.policy - self.baseline) * PERCENT)


def outcomes(stage: Stage, scenario: Scenario) -> Iterator[Outcome]:
    """What a policy does, after the first replicate, after the second, and so on.

    Args:
        stage: the district with its histories.
        scenario: the policy.

    Raises:
        InputError: it does not fit the district.
    """
    Timeline(scenario, stage.district)
    watched, first = _first(stage, scenario)
    without, under = [], []
    for number, history in enumerate(stage.histories):
        without.append(_run(history.rows))
        under.append(_run(first if number == 0 else _lived(history, scenario)))
        yield Outcome(
            scenario,
            watched,
            np.array([run.share for run in without]),
            np.array([run.share for run in under]),
            np.array([run.valid[-1] - old.valid[-1] for run, old in zip(under, without, strict=True)]),
            float(np.mean([run.cost_cny for run in under])),
        )


class _Run(NamedTuple):
    valid: NDArray[np.int64]
    share: NDArray[np.float64]
    cost_cny: float


def _run(rows: list[Row]) -> _Run:
    table = pd.DataFrame(rows)
    valid = table["valid"].to_numpy(np.int64)
    return _Run(valid, valid / table["population"].to_numpy(np.int64), float(table["cost_cny"].sum()))


def _first(stage: Stage, scenario: Scenario) -> tuple[Watched, list[Row]]:
    """The first replicate, as the pages show it."""
    if not _acts(scenario):
        return stage.baseline, stage.first.rows
    model = stage.first.branch(scenario)
    return stage.baseline.followed_by(watch(model, LAST)), model.rows


def _lived(history: History, scenario: Scenario) -> list[Row]:
    if not _acts(scenario):
        return history.rows
    model = history.branch(scenario)
    model.run_until(LAST)
    return model.rows


def _acts(scenario: Scenario) -> bool:
    return scenario.first is not None and scenario.first <= LAST
