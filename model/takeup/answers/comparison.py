"""Scenarios beside the baseline: what a comparison found, as tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.answers.ensemble_numbers import draw_interval
from takeup.answers.intervals import Interval, t_interval
from takeup.answers.precision import Precision
from takeup.district import District
from takeup.scenario import Scenario


@dataclass(frozen=True)
class Drawn:
    """What draws of a posterior say of scenarios.

    Attributes:
        runs: a row a scenario, run (draw, seed) and kept month: valid_share, and difference_points, its difference
            from the baseline of the run in points.
        scenarios: a row a scenario, in points at the last month: median of the draws' effects, low and high (their
            90 % interval), probability_best, expected_regret, sd_parameters, sd_chance.
        failed: the runs without a result: draw, seed, error.
    """

    runs: pd.DataFrame
    scenarios: pd.DataFrame
    failed: pd.DataFrame


@dataclass(frozen=True)
class Comparison:
    """What scenarios do to take-up, beside the baseline with the same people and the same luck.

    Attributes:
        district: the place.
        scenarios: the baseline first.
        replicates: runs of each scenario, each with another seed; with `drawn`, draws of the posterior.
        first, until: first and last month, YYYY-MM.
        agents: simulated migrants at the most; `persons_per_agent` real persons each.
        monthly: the monthly table of every run (scenario, replicate, month, …), in simulated persons.
        comparison: a row a scenario and month: valid_share, and its difference from the baseline in points
            (difference_points, with the interval low to high: the 95 % interval of the mean over replicates, or the
            interval that holds 90 % of the draws) and in persons; permits issued, permits lapsed and cost_cny so far,
            since the first scenario acts; wait_months; cost_per_permit, what the scenario has cost so far beyond the
            baseline, per additional valid permit. Means over runs, and persons of the district, not simulated.
        groups: a row a run, month and group (attribute, level): population, valid, queued, lapsed, qualified,
            informed, in simulated persons; streets are the attribute "street".
        gains: what `takeup.answers.gains.gains_table` gives.
        command: what repeats it.
        drawn: what draws of a posterior say; None: replicates under one set of parameters. With draws `monthly` and
            `groups` have a row a draw (as its replicate), and fewer months.
        precision: how narrow the intervals became where replicates were added until they were narrow enough.
    """

    district: District
    scenarios: tuple[Scenario, ...]
    replicates: int
    first: str
    until: str
    agents: int
    persons_per_agent: float
    monthly: pd.DataFrame
    comparison: pd.DataFrame
    groups: pd.DataFrame
    gains: pd.DataFrame
    command: str
    drawn: Drawn | None = None
    precision: Precision | None = None

    def interval(self, values: NDArray[np.float64]) -> Interval:
        """The mean and interval over replicates, or over draws.

        Args:
            values: one row a replicate or draw.
        """
        return t_interval(values) if self.drawn is None else draw_interval(values)
