"""Runs without a policy, from which policies branch, and the trajectories that the pages show."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.why import count_reasons
from takeup.district import GROUPS, District
from takeup.months import END, START, format_month, parse_month
from takeup.report.formatting import PERCENT
from takeup.scenario import BASELINE, Scenario
from takeup.simulation import GROUP_COUNTS, Checkpoint, DistrictModel
from takeup.simulation.state import CENSUS

FIRST: Final = parse_month(START)
LAST: Final = parse_month(END)
BRANCH_MONTH: Final = parse_month("2019-02")
"""Month at whose end most policies branch: the shipped scenarios take effect in the next one."""
_MAX_CHECKPOINTS: Final = 2
"""Checkpoints kept per baseline run; the least recently used one is dropped first."""
_COUNTS: Final = ("population", "valid", "unaware")
_COLUMNS: Final = [list(CENSUS.names or ()).index(name) for name in _COUNTS]
_GROUP_COLUMNS: Final = [GROUP_COUNTS.index(name) for name in ("population", "valid")]


@dataclass(frozen=True)
class Trajectory:
    """The monthly counts of a run that the pages show, in simulated persons.

    The arrays have one row per month (M) and one column per street (S).

    Attributes:
        first: number of the first month.
        population, valid, unaware: (M, S) persons at the end of each month.
        wait: (M, S) expected waiting time in months.
        reasons: (M, reasons) persons by the reason why they have no valid permit, as `why` defines it.
        groups: (M, groups, 2) persons, and persons with a valid permit, by group, without the streets.
    """

    first: int
    population: NDArray[np.int64]
    valid: NDArray[np.int64]
    unaware: NDArray[np.int64]
    wait: NDArray[np.float64]
    reasons: NDArray[np.int64]
    groups: NDArray[np.int64]

    @property
    def last(self) -> int:
        """Number of the last month."""
        return self.first + len(self.wait) - 1

    def take_up(self, street: int | None = None) -> NDArray[np.float64]:
        """Return the (M,) take-up in percent in a street; None: in the district."""
        if street is None:
            return percentage(self.valid.sum(axis=1), self.population.sum(axis=1))
        return percentage(self.valid[:, street], self.population[:, street])

    def extend(self, later: Trajectory) -> Trajectory:
        """Return this trajectory up to the start of a later one, and then the later one."""
        months = later.first - self.first
        return Trajectory(
            self.first,
            np.concatenate([self.population[:months], later.population]),
            np.concatenate([self.valid[:months], later.valid]),
            np.concatenate([self.unaware[:months], later.unaware]),
            np.concatenate([self.wait[:months], later.wait]),
            np.concatenate([self.reasons[:months], later.reasons]),
            np.concatenate([self.groups[:months], later.groups]),
        )


def percentage(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return `part` as a percentage of `whole`; NaN where `whole` is zero."""
    return np.asarray(np.divide(PERCENT * part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0))


def record_trajectory(model: DistrictModel, until: int, on_month: Callable[[], None] = lambda: None) -> Trajectory:
    """Run a model up to a month and record the counts that the pages show.

    Args:
        model: the model; recording starts with its next month.
        until: number of the last month.
        on_month: called after each month.
    """
    first, streets, waits, reasons = model.state.month + 1, [], [], []
    while model.state.month < until:
        model.step()
        streets.append(model.census.by_street[:, _COLUMNS].T.copy())
        waits.append(model.state.wait.copy())
        reasons.append(count_reasons(model)[0])
        on_month()
    population, valid, unaware = np.array(streets).transpose(1, 0, 2)
    groups = np.array(model.group_counts[-len(waits) :])[:, : len(GROUPS), _GROUP_COLUMNS]
    return Trajectory(first, population, valid, unaware, np.array(waits), np.array(reasons), groups)


class BaselineRun:
    """The run of one seed without a policy; a policy can branch from any month.

    Args:
        district: the district.
        agents: maximum number of simulated migrants.
        seed: seed of the population and of all random numbers.
        parameters: parameter values by dotted name, which replace those of the district.

    Attributes:
        seed: seed of the run.

    Raises:
        InputError: the district cannot be simulated with so few agents.
    """

    def __init__(
        self, district: District, agents: int, seed: int, parameters: Mapping[str, float] | None = None
    ) -> None:
        self.seed = seed
        self._district, self._agents, self._parameters = district, agents, parameters
        self._start: Checkpoint | None = None
        self._checkpoints: OrderedDict[int, Checkpoint] = OrderedDict()
        self._lock = Lock()

    def run_and_record(self, on_month: Callable[[], None] = lambda: None) -> Trajectory:
        """Simulate all months without a policy, and return the trajectory.

        Args:
            on_month: called after each month.
        """
        model = self.model_at(FIRST - 1)
        before = record_trajectory(model, BRANCH_MONTH, on_month)
        with self._lock:
            self._checkpoints[BRANCH_MONTH] = model.checkpoint()
        return before.extend(record_trajectory(model, LAST, on_month))

    def model_at(self, month: int, scenario: Scenario = BASELINE) -> DistrictModel:
        """Return a model at the end of a month, from which it can continue.

        Args:
            month: number of the month; the initial state if it precedes the first month.
            scenario: the policy in force, also in the months before `month`.
        """
        model = self._resume(self._checkpoint_before(scenario, month), scenario)
        model.run_until(month)
        return model

    def branch(self, scenario: Scenario) -> DistrictModel:
        """Return a model with a policy, at the end of the month before it takes effect."""
        return self.model_at(FIRST - 1 if scenario.first is None else max(scenario.first, FIRST) - 1, scenario)

    def _checkpoint_before(self, scenario: Scenario, month: int) -> Checkpoint:
        """Return the baseline's state at `month`, or just before an earlier policy."""
        before_policy = LAST if scenario.first is None else scenario.first - 1
        wanted = min(month, before_policy, LAST)
        with self._lock:
            if self._start is None:
                self._start = self._resume(None, BASELINE).checkpoint()
            if wanted < FIRST:
                return self._start
            if wanted not in self._checkpoints:
                earlier = [each for each in self._checkpoints if each < wanted]
                model = self._resume(self._checkpoints[max(earlier)] if earlier else self._start, BASELINE)
                model.run_until(wanted)
                self._checkpoints[wanted] = model.checkpoint()
                if len(self._checkpoints) > _MAX_CHECKPOINTS:
                    self._checkpoints.popitem(last=False)
            self._checkpoints.move_to_end(wanted)
            return self._checkpoints[wanted]

    def _resume(self, checkpoint: Checkpoint | None, scenario: Scenario) -> DistrictModel:
        return DistrictModel(
            self._district,
            scenario,
            self._agents,
            rng=self.seed,
            parameters=self._parameters,
            until=format_month(LAST),
            checkpoint=checkpoint,
        )
