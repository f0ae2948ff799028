"""Result of `why`: the funnel over runs, and the Shapley value of each obstacle."""

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


def shapley_values(coalition_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the Shapley value of every player from the values of all coalitions.

    The Shapley value is the marginal contribution of a player, averaged over all orders of joining.

    The values sum to the value of the coalition of all players minus that of the empty coalition. They are computed
    from the value of every coalition, so they are exact (Shapley 1953, A value for n-person games).

    Args:
        coalition_values: value of every coalition, shape (…, 2^n); player i belongs to the coalitions whose number
            has bit i set.

    Returns:
        Shapley values, shape (…, n).
    """
    players = coalition_values.shape[-1].bit_length() - 1
    coalitions = np.arange(coalition_values.shape[-1])
    sizes = np.array([int(coalition).bit_count() for coalition in coalitions])
    values = np.empty((*coalition_values.shape[:-1], players))
    for player in range(players):
        without = coalitions[(coalitions >> player) & 1 == 0]
        added = coalition_values[..., without | (1 << player)] - coalition_values[..., without]
        # Share of all orders in which exactly the players of the coalition precede this one.
        weights = np.array([1.0 / (players * comb(players - 1, size)) for size in sizes[without].tolist()])
        values[..., player] = added @ weights
    return values


WITHOUT: Final = "without obstacles"
"""Name of the scenario in the funnel with all obstacles removed."""


@dataclass(frozen=True)
class Decomposition:
    """Contribution of each obstacle to missing take-up in the last month.

    Attributes:
        obstacles: obstacles that were removed.
        parts: table with one row per obstacle: obstacle, points (percentage points), low, high. In each run the
            points sum to the gap.
        combinations: table with one row per combination of removed obstacles: one column per obstacle (true:
            removed), take_up_percent, low, high.
        now: take-up with all obstacles in place, in percent.
        gap: increase of take-up if all obstacles are removed, in percentage points.
        remaining: percentage points from take-up with all obstacles removed to 100.
        funnel: table like `WhyResult.funnel`, in the last month with all obstacles removed.
        by_run: percentage points per run and obstacle, shape (runs, obstacles).
        take_up_by_run: take-up per run and combination in percent, shape (runs, combinations).
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
        """Make the table of contributions, one row per successful run.

        Returns:
            Table with the columns run, take_up_percent, gap, and one per obstacle. In each row the obstacles' points
            sum to the gap; medians over draws need not sum to it.
        """
        names = [obstacle.name for obstacle in self.obstacles.each]
        now, without = self.take_up_by_run[:, 0], self.take_up_by_run[:, -1]
        table = pd.DataFrame({"run": np.arange(len(now)), "take_up_percent": now, "gap": without - now})
        return table.join(pd.DataFrame(self.by_run, columns=names))


@dataclass(frozen=True)
class WhyResult:
    """Reasons for missing take-up, over the runs of one specification.

    Attributes:
        spec: specification of the runs.
        runs: number of successful runs.
        funnel: table with one row per replicate (or draw), group and reason: scenario, replicate, month, attribute,
            level, cause, persons (simulated), share.
        decomposition: contributions of the obstacles; None if the specification has no obstacles.
    """

    spec: WhySpec
    runs: int
    funnel: pd.DataFrame
    decomposition: Decomposition | None


def summarise_why(spec: WhySpec, run_results: Sequence[dict[str, Any] | None]) -> WhyResult:
    """Summarise the runs of a specification.

    Args:
        spec: specification of the runs.
        run_results: result of `run_why` for each run; None for a failed one. At least one must have succeeded.
    """
    decomposition = None
    if spec.obstacles is not None:
        decomposition = _decompose(spec, spec.obstacles, run_results)
    funnel = _funnel(spec, run_results, "funnel", spec.scenario.name, spec.month)
    return WhyResult(spec, sum(each is not None for each in run_results), funnel, decomposition)


def _funnel(
    spec: WhySpec, run_results: Sequence[dict[str, Any] | None], counts: str, scenario: str, month: str
) -> pd.DataFrame:
    """Make one table of the counts named "funnel" or "removed" of all runs."""
    tables = [
        funnel_table(np.array(each[counts], dtype=np.int64), scenario, run, month, spec.district.streets)
        for run, each in enumerate(run_results)
        if each is not None
    ]
    return pd.concat(tables, ignore_index=True)


def _decompose(spec: WhySpec, obstacles: Obstacles, run_results: Sequence[dict[str, Any] | None]) -> Decomposition:
    """Decompose the gap in take-up into one part per obstacle, over successful runs."""
    succeeded, drawn = [each for each in run_results if each is not None], spec.drawn
    persons = np.array([each["population"] for each in succeeded], dtype=np.float64)[:, np.newaxis]
    take_up = PERCENT * np.array([each["valid"] for each in succeeded], dtype=np.float64) / persons
    by_run = shapley_values(take_up)
    parts, combinations = estimate(by_run, drawn=drawn), estimate(take_up, drawn=drawn)
    numbers = np.arange(obstacles.combinations)
    names = [obstacle.name for obstacle in obstacles.each]
    # In the number of a combination, bit i is set if obstacle i is removed.
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
        funnel=_funnel(spec, run_results, "removed", WITHOUT, spec.until),
        by_run=by_run,
        take_up_by_run=take_up,
    )
