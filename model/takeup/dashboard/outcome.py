"""A policy beside the baseline: the same people with the same luck, with and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis import Estimate, t_interval
from takeup.dashboard.history import LAST
from takeup.dashboard.stage import Stage
from takeup.dashboard.watching import PERCENT, Watched, share, watch
from takeup.scenario import Scenario, Timeline
from takeup.simulation.output import GROUP_COUNTS, Row

_POPULATION, _VALID = (GROUP_COUNTS.index(name) for name in ("population", "valid"))


@dataclass(frozen=True)
class Outcome:
    """What some replicates say of a policy. R replicates, M months from the first on.

    Attributes:
        scenario: the policy.
        watched: the first replicate under it.
        baseline, policy: (R, M) share with a valid permit.
        gains: (G,) points more at the end in each attribute's levels, then in each street; mean over replicates.
        more: simulated persons more with a valid permit at the end, mean over replicates.
        cost_cny: spent in all, for the whole district.
    """

    scenario: Scenario
    watched: Watched
    baseline: NDArray[np.float64]
    policy: NDArray[np.float64]
    gains: NDArray[np.float64]
    more: float
    cost_cny: float

    @property
    def replicates(self) -> int:
        """How many have been lived."""
        return len(self.policy)

    @property
    def difference(self) -> Estimate:
        """(M,) points, mean over the replicates and its 95 % interval."""
        return t_interval((self.policy - self.baseline) * PERCENT)


def outcomes(stage: Stage, scenario: Scenario) -> Iterator[Outcome]:
    """What a policy does: after the first replicate, to be quick, and after all.

    Args:
        stage: the district with its histories.
        scenario: the policy.

    Raises:
        InputError: it does not fit the district.
    """
    Timeline(scenario, stage.district)
    without: list[_Run] = []
    under: list[_Run] = []
    watched = stage.baseline
    for number, history in enumerate(stage.histories):
        without.append(_run(history.rows, history.groups))
        if not _acts(scenario):
            under.append(without[-1])
        else:
            model = history.branch(scenario)
            if number == 0:
                watched = stage.baseline.followed_by(watch(model, LAST))
            model.run_until(LAST)
            under.append(_run(model.rows, model.group_counts[-1]))
        if number in {0, len(stage.histories) - 1}:
            yield _outcome(scenario, watched, without, under)


class _Run(NamedTuple):
    valid: int
    shares: NDArray[np.float64]
    groups: NDArray[np.float64]
    cost_cny: float


def _run(rows: list[Row], groups: NDArray[np.int64]) -> _Run:
    table = pd.DataFrame(rows)
    valid, population = (table[name].to_numpy(np.int64) for name in ("valid", "population"))
    return _Run(
        int(valid[-1]), valid / population, share(groups[:, _VALID], groups[:, _POPULATION]), table["cost_cny"].sum()
    )


def _outcome(scenario: Scenario, watched: Watched, without: list[_Run], under: list[_Run]) -> Outcome:
    pairs = list(zip(under, without, strict=True))
    return Outcome(
        scenario,
        watched,
        np.array([run.shares for run in without]),
        np.array([run.shares for run in under]),
        np.mean([run.groups - old.groups for run, old in pairs], axis=0),
        float(np.mean([run.valid - old.valid for run, old in pairs])),
        float(np.mean([run.cost_cny for run in under])),
    )


def _acts(scenario: Scenario) -> bool:
    return scenario.first is not None and scenario.first <= LAST
