"""A seed's run without a policy, lived once, and runs of policies that branch off it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.dashboard.watching import Watched, watch
from takeup.district import District
from takeup.months import END, START, format_month, parse_month
from takeup.scenario import BASELINE, Scenario
from takeup.simulation import PermitModel
from takeup.simulation.model import Checkpoint
from takeup.simulation.output import Row

FIRST: Final = parse_month(START)
LAST: Final = parse_month(END)
PARTING: Final = parse_month("2019-02")
"""Where policies usually branch off: the month before the scenarios that are shipped begin to act."""
_KEPT: Final = 4
"""Moments that are kept to branch off from; the one used longest ago makes room."""


class History:
    """The same people with the same luck, without a policy, and able to go on from any month under one.

    Args:
        district: the place.
        agents: simulated migrants at the most.
        seed: of the people and their luck.

    Attributes:
        seed: of the people and their luck.
        rows: the monthly table, once lived.
        groups: (groups, GROUP_COUNTS) persons by group in the last month, once lived.

    Raises:
        InputError: the district cannot be simulated with so few.
    """

    def __init__(self, district: District, agents: int, seed: int) -> None:
        self.seed = seed
        self.rows: list[Row] = []
        self.groups: NDArray[np.int64] = np.empty((0, 0), np.int64)
        self._district, self._agents = district, agents
        model = PermitModel(district, None, agents, rng=seed)
        self._start = model.checkpoint()
        self._moments: OrderedDict[int, Checkpoint] = OrderedDict()
        self._lock = Lock()

    def live(self, tick: Callable[[], None] = lambda: None) -> None:
        """Live all months without a policy.

        Args:
            tick: called every month.
        """
        model = self.at(FIRST - 1)
        while model.state.month < LAST:
            model.step()
            tick()
            if model.state.month == PARTING:
                self._moments[PARTING] = model.checkpoint()
        self.rows, self.groups = model.rows, model.group_counts[-1]

    def watched(self, tick: Callable[[], None] = lambda: None) -> Watched:
        """Live all months without a policy and keep what the pages show.

        Args:
            tick: called every month.
        """
        model = self.at(FIRST - 1)
        before = watch(model, PARTING, tick)
        self._moments[PARTING] = model.checkpoint()
        after = watch(model, LAST, tick)
        self.rows, self.groups = model.rows, model.group_counts[-1]
        return before.followed_by(after)

    def at(self, month: int, scenario: Scenario = BASELINE) -> PermitModel:
        """A model at the end of a month, to be lived on.

        Args:
            month: number; before the first: at the start.
            scenario: the policy that it lives under, also in the months so far.
        """
        model = self._from(self._moment_before(scenario, month), scenario)
        model.run_until(month)
        return model

    def branch(self, scenario: Scenario) -> PermitModel:
        """A model under a policy at the end of the month before the policy first acts."""
        return self.at(FIRST - 1 if scenario.first is None else max(scenario.first, FIRST) - 1, scenario)

    def _moment_before(self, scenario: Scenario, month: int) -> Checkpoint:
        """What has been lived without the policy before it acts, up to the month at the most."""
        apart = LAST if scenario.first is None else scenario.first - 1
        wanted = min(month, apart, LAST)
        if wanted < FIRST:
            return self._start
        with self._lock:
            if wanted not in self._moments:
                earlier = [kept for kept in self._moments if kept < wanted]
                model = self._from(self._moments[max(earlier)] if earlier else self._start, BASELINE)
                model.run_until(wanted)
                self._moments[wanted] = model.checkpoint()
                if len(self._moments) > _KEPT:
                    self._moments.popitem(last=False)
            self._moments.move_to_end(wanted)
            return self._moments[wanted]

    def _from(self, moment: Checkpoint, scenario: Scenario) -> PermitModel:
        return PermitModel(
            self._district, scenario, self._agents, rng=self.seed, until=format_month(LAST), checkpoint=moment
        )
