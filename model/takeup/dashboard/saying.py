"""What an outcome says in words, and the commands that say the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from shlex import quote

from takeup.analysis.why.output import CREDIBLE
from takeup.dashboard.doubt import Doubt
from takeup.dashboard.outcome import Outcome
from takeup.dashboard.watching import PERCENT
from takeup.months import END
from takeup.report.formatting import (
    CONFIDENCE,
    count,
    decimal,
    interval,
    month,
    replicates,
    signed,
    signed_count,
    yuan,
)


@dataclass(frozen=True)
class Told:
    """An outcome in words.

    Attributes:
        difference: in points at the last month; `interval`: of it, and what it is.
        take_up: under the policy; `instead`: of what.
        permits: persons more, and the cost.
        meaning: what the numbers are means of.
    """

    difference: str
    interval: str
    take_up: str
    instead: str
    permits: str
    meaning: str


def told(outcome: Outcome, persons_per_agent: float) -> Told:
    """An outcome in words.

    Args:
        outcome: what was found so far.
        persons_per_agent: persons of the district that a simulated one stands for.
    """
    points = outcome.difference
    low, high = float(points.low[-1]), float(points.high[-1])
    known = f"{CONFIDENCE} interval {interval(low, high, _points)}" if math.isfinite(low) else "its interval follows"
    with_policy, without = (PERCENT * float(each[:, -1].mean()) for each in (outcome.policy, outcome.baseline))
    more = outcome.more * persons_per_agent
    cost = f" at {yuan(outcome.cost_cny)} yuan in all" if outcome.cost_cny > 0 else ""
    if outcome.cost_cny > 0 and more > 0:
        cost += f", {count(outcome.cost_cny / more)} yuan each"
    return Told(
        f"{_points(float(points.mean[-1]))} points",
        f"in take-up at the end of {month(END)}; {known}",
        f"{decimal(with_policy, 2)} %",
        f"instead of {decimal(without, 2)} %",
        f"That is {signed_count(more)} valid permits{cost}." if more else "That is not one permit more or fewer.",
        f"Means over {replicates(outcome.replicates)}: the same people with the same luck, with and without. The "
        "interval is chance between replicates (t distribution), not doubt about parameters or rules.",
    )


def doubted(doubt: Doubt) -> str:
    """What draws of the posterior say, in words."""
    return (
        f"Under {doubt.draws} draws of what the district's figures leave open: {_points(doubt.points)} points, "
        f"{CREDIBLE} interval {interval(doubt.low, doubt.high, _points)}."
    )


def _points(value: float) -> str:
    return signed(value, 2)


def commands_of(file: str, district: str, agents: int, seed: int, runs: int) -> list[str]:
    """The commands that repeat an outcome: its take-up, and its difference with interval.

    Args:
        file: of the scenario.
        district: name or folder.
        agents: simulated migrants at the most.
        seed: of the first replicate.
        runs: replicates.
    """
    rest = f"{quote(file)} --district {quote(district)} --agents {agents} --seed {seed} --replicates {runs}"
    return [f"takeup run {rest}", f"takeup compare {rest}"]
