"""Scenarios beside the baseline: what a comparison found, as tables."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from takeup.district import District
from takeup.scenario import Scenario


@dataclass(frozen=True)
class Comparison:
    """What scenarios do to take-up, beside the baseline with the same people and the same luck.

    Attributes:
        district: the place.
        scenarios: the baseline first.
        replicates: runs of each scenario, each with another seed.
        first, until: first and last month, YYYY-MM.
        agents: simulated migrants at the most; `persons_per_agent` real persons each.
        monthly: the monthly table of every run (scenario, replicate, month, …), in simulated persons.
        comparison: a row a scenario and month: valid_share, and its difference from the baseline in points
            (difference_points, with the 95 % interval low to high of its mean over replicates) and in persons;
            permits issued, permits lapsed and cost_cny so far, since the first scenario acts; wait_months;
            cost_per_permit, the cost so far by additional valid permit. Persons of the district, not simulated.
        groups: a row a run, month and group (attribute, level): population, valid, queued, lapsed, qualified,
            informed, in simulated persons; streets are the attribute "street".
        command: what repeats it.
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
    command: str
