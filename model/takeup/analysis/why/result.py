"""Shapley values: what each of several players adds to what they reach together, whatever the order they join in.

Shapley (1953), A value for n-person games. Computed from the worth of every coalition, so exact; no order is sampled.

The answer: who has no permit and why, and what each obstacle takes away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.statistics import Estimate, estimate
from takeup.analysis.why.attribution import funnel_table
from takeup.analysis.why.spec import Obstacles, WhySpec
from takeup.constants import PERCENT


def shapley_values(worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each player's value: what they add, on average over all orders of joining.

    The values sum to the worth of all players less that of none.

    Args:
        worth: (…, 2^n) of every coalition; player i belongs to the coalitions whose number has bit i.

    Returns:
        (…, n) values.
    """
    players = worth.shape[-1].bit_length() - 1
    coalitions = np.arange(worth.shape[-1])
    sizes = np.array([int(coalition).bit_count() for coalition in coalitions])
    values = np.empty((*worth.shape[:-1], players))
    for player in range(players):
        without = coalitions[(coalitions >> player) & 1 == 0]
        added = worth[..., without | (1 << player)] - worth[..., without]
        # Of all orders, this share has exactly these players before this one.
        weights = np.array([1.0 / (players * comb(players - 1, size)) for size in sizes[without].tolist()])
        values[..., player] = added @ weights
    return values


WITHOUT: Final = "without obstacles"
"""What a funnel with all obstacles removed has for its scenario."""


@dataclass(frozen=True)
class Decomposition:
    """What obstacles take away, in points of take-up at the last month.

    Attributes:
        obstacles: as they were removed.
        parts: a row an obstacle: obstacle, points, low, high. By run they sum to the gap.
        combinations: a row a combination of obstacles removed: a column an obstacle (true: removed), take_up_percent,
            low, high.
        now, gap, remaining: take-up with all in place; what removing all adds; what is left to 100.
        funnel: as `Answer.funnel`, at the last month with all removed.
        by_run: (runs, obstacles) the parts of each run.
        take_up_by_run: (runs, combinations) take-up of each run, in percent.
    """

    obstacles: Obstacles
    parts: pd.DataFrame
    combinations: pd.DataFrame
    now: Estimate
    gap: Estimate
    remaining: Estimate
    funnel: pd.DataFrame
    by_run: NDArray[np.float64]
    take_up_by_run: NDArray[np.float64]

    def table_by_run(self) -> pd.DataFrame:
        """A row a run: its number among those that ended well, take_up_percent, gap, and a column an obstacle.

        In each row the obstacles' parts sum to the gap, which medians over draws need not.
        """
        names = [obstacle.name for obstacle in self.obstacles.each]
        now, then = self.take_up_by_run[:, 0], self.take_up_by_run[:, -1]
        table = pd.DataFrame({"run": np.arange(len(now)), "take_up_percent": now, "gap": then - now})
        return table.join(pd.DataFrame(self.by_run, columns=names))


@dataclass(frozen=True)
class WhyResult:
    """Why the others have no permit.

    Attributes:
        question: what was asked.
        runs: how many ended well.
        funnel: a row a replicate (or draw), group and cause: scenario, replicate, month, attribute, level, cause,
            persons (simulated), share.
        decomposition: None if obstacles were not asked for.
    """

    question: WhySpec
    runs: int
    funnel: pd.DataFrame
    decomposition: Decomposition | None


def summarise_why(question: WhySpec, found: Sequence[dict[str, Any] | None]) -> WhyResult:
    """The answer that the runs make.

    Args:
        question: what was asked.
        found: what each run left behind; None where it failed. At least one ended well.
    """
    decomposition = None
    if question.obstacles is not None:
        decomposition = _decomposed(question, question.obstacles, found)
    life = question.runs[0]
    funnel = _funnel(question, found, "funnel", question.scenario.name, life.month)
    return WhyResult(question, sum(each is not None for each in found), funnel, decomposition)


def _funnel(
    question: WhySpec, found: Sequence[dict[str, Any] | None], counts: str, scenario: str, month: str
) -> pd.DataFrame:
    """The counts of that name of all runs under each other."""
    tables = [
        funnel_table(np.array(each[counts], dtype=np.int64), scenario, run, month, question.district.streets)
        for run, each in enumerate(found)
        if each is not None
    ]
    return pd.concat(tables, ignore_index=True)


def _decomposed(question: WhySpec, obstacles: Obstacles, found: Sequence[dict[str, Any] | None]) -> Decomposition:
    ended, drawn = [each for each in found if each is not None], question.drawn
    persons = np.array([each["population"] for each in ended], dtype=np.float64)[:, np.newaxis]
    take_up = PERCENT * np.array([each["valid"] for each in ended], dtype=np.float64) / persons
    by_run = shapley_values(take_up)
    parts, combinations = estimate(by_run, drawn=drawn), estimate(take_up, drawn=drawn)
    numbers = np.arange(obstacles.combinations)
    names = [obstacle.name for obstacle in obstacles.each]
    removed = {name: (numbers >> place & 1).astype(bool) for place, name in enumerate(names)}
    return Decomposition(
        obstacles=obstacles,
        parts=pd.DataFrame({"obstacle": names, "points": parts.center, "low": parts.low, "high": parts.high}),
        combinations=pd.DataFrame(
            {**removed, "take_up_percent": combinations.center, "low": combinations.low, "high": combinations.high}
        ),
        now=estimate(take_up[:, 0], drawn=drawn),
        gap=estimate(take_up[:, -1] - take_up[:, 0], drawn=drawn),
        remaining=estimate(PERCENT - take_up[:, -1], drawn=drawn),
        funnel=_funnel(question, found, "removed", WITHOUT, question.runs[0].until),
        by_run=by_run,
        take_up_by_run=take_up,
    )
