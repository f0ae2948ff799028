"""Data of the server: a district, the run that its pages show, and the estimator of policies."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from takeup.dashboard.baseline import FIRST, LAST, BaselineRun, Trajectory, record_trajectory
from takeup.dashboard.estimator import EffectEstimator
from takeup.district import District, Tiles, tiles_of
from takeup.scenario import Scenario

MONTHS: Final = LAST - FIRST + 1
"""Months of the run that the pages show."""


@dataclass(frozen=True)
class DashboardContext:
    """A district to be shown; its run without a policy may still be simulated in the background.

    Attributes:
        district: the district.
        agents: maximum number of simulated migrants.
        shown: the run without a policy that the pages of the district and of a migrant show, with the district's own
            parameter values.
        simulated: trajectory of this run, once it has ended.
        tiles: position of each street on the tile map.
        estimator: estimator of the effects of policies.
    """

    district: District
    agents: int
    shown: BaselineRun
    simulated: Future[Trajectory]
    tiles: Tiles
    estimator: EffectEstimator

    @property
    def trajectory(self) -> Trajectory:
        """Trajectory of the shown run without a policy; waits for the end of the run."""
        return self.simulated.result()

    @property
    def persons_per_agent(self) -> float:
        """Number of real persons that one simulated migrant represents."""
        return self.district.population.most / self.agents

    def trajectory_with(self, scenario: Scenario) -> Trajectory:
        """Return the trajectory of the shown run under a policy."""
        if scenario.first is None or scenario.first > LAST:
            return self.trajectory
        return self.trajectory.extend(record_trajectory(self.shown.branch(scenario), LAST))

    def prepare_estimates(self) -> None:
        """Prepare the estimator in the background after the shown run has ended, which the first page needs first."""
        self.simulated.add_done_callback(lambda _: self.estimator.prepare())


def load_context(
    district: District, agents: int, seed: int, draws: int, on_month: Callable[[], None] = lambda: None
) -> DashboardContext:
    """Make the initial state of the run that the pages show, and simulate the run in the background.

    Args:
        district: the district.
        agents: maximum number of simulated migrants.
        seed: seed of the run, and of the first draw or replicate.
        draws: number of draws of the district's posterior; no more than it has.
        on_month: called in another thread after each of the `MONTHS` simulated months.

    Raises:
        InputError: the district cannot be simulated with so few agents, its tile map is wrong, or its posterior
            cannot be read.
    """
    tiles = tiles_of(district)
    shown = BaselineRun(district, agents, seed)
    estimator = EffectEstimator(district, agents, seed, draws)
    shown.model_at(FIRST - 1)  # fails here if there are too few agents
    thread = ThreadPoolExecutor(1, "trajectory")
    simulated = thread.submit(shown.run_and_record, on_month)
    thread.shutdown(wait=False)
    return DashboardContext(district, agents, shown, simulated, tiles, estimator)
