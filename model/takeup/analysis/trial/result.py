"""Result of trials: one row per trial, month and arm, and estimates over trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.statistics import TRIAL_CONFIDENCE, quantile_interval, t_interval
from takeup.analysis.trial.run import ARMS, TrialRow, TrialSpec
from takeup.months import format_month

QUANTITIES: Final = (
    "itt",
    "naive_points",
    "true_effect_points",
    "spillover_points",
    "bias_points",
    "imbalance_points",
)
_INTERVALS: Final = {"itt": ("low", "high"), "naive_points": ("naive_low", "naive_high")}


@dataclass(frozen=True)
class TrialResult:
    """Results of the trials of one design.

    Attributes:
        spec: the specification.
        runs: number of successful trials.
        table: one row per trial (replicate or draw), month and arm: assigned, persons, valid, share; and the trial's
            estimates in percentage points, the same for both arms: itt (low, high), naive_points (naive_low,
            naive_high), spillover_points, true_effect_points, bias_points, imbalance_points.
        summary: one row per month and quantity of `QUANTITIES`: trials, the number of trials in which it is defined;
            points, low, high. For one trial its own interval, if it has one; over replicates the mean with
            its t interval; over draws the median with the middle 90 %.
        coverage: one row per month: the number of trials whose interval of itt, and of naive_points, contains
            the true effect.
    """

    spec: TrialSpec
    runs: int
    table: pd.DataFrame
    summary: pd.DataFrame
    coverage: pd.DataFrame

    @property
    def months(self) -> tuple[str, ...]:
        """Months of follow-up, YYYY-MM."""
        return tuple(format_month(month) for month in self.spec.design.months)

    def arm(self, month: str, arm: str) -> pd.Series[float]:
        """Means over trials of the counts of one arm: assigned, persons, valid, share."""
        rows = self.table[(self.table["month"] == month) & (self.table["arm"] == arm)]
        return rows[["assigned", "persons", "valid", "share"]].mean()


def summarise_trials(spec: TrialSpec, run_results: Sequence[list[TrialRow] | None]) -> TrialResult:
    """Summarise the trials of a specification.

    Args:
        spec: the specification.
        run_results: the rows of each trial; None where it failed. At least one must have succeeded.
    """
    number = "draw" if spec.drawn else "replicate"
    table = pd.DataFrame(
        [{number: run, **row} for run, rows in enumerate(run_results) if rows is not None for row in rows]
    )
    share = table["valid"] / table["persons"]  # 0 / 0 where an arm is empty: NaN
    table.insert(list(table.columns).index("valid") + 1, "share", share)
    by_trial = table[table["arm"] == ARMS[0]]
    months = [(str(month), rows) for month, rows in by_trial.groupby("month", sort=False)]
    summary = [
        {"month": month, "quantity": quantity, **_over_trials(rows, quantity, drawn=spec.drawn)}
        for month, rows in months
        for quantity in QUANTITIES
    ]
    coverage = [{"month": month, **_coverage(rows)} for month, rows in months]
    return TrialResult(spec, by_trial[number].nunique(), table, pd.DataFrame(summary), pd.DataFrame(coverage))


def _over_trials(rows: pd.DataFrame, quantity: str, *, drawn: bool) -> dict[str, float]:
    defined = rows[rows[quantity].notna()]
    values = defined[quantity].to_numpy(np.float64)
    if len(values) == 0:
        return {"trials": 0, "points": np.nan, "low": np.nan, "high": np.nan}
    over_trials = quantile_interval(values) if drawn else t_interval(values, TRIAL_CONFIDENCE)
    low, high = over_trials.low, over_trials.high
    if len(rows) == 1 and quantity in _INTERVALS:
        low, high = (defined[end].iloc[0] for end in _INTERVALS[quantity])
    return {"trials": len(values), "points": float(over_trials.center), "low": float(low), "high": float(high)}


def _coverage(rows: pd.DataFrame) -> dict[str, int]:
    truth: NDArray[np.float64] = rows["true_effect_points"].to_numpy(np.float64)
    return {
        quantity: int(((rows[low] <= truth) & (truth <= rows[high])).sum())
        for quantity, (low, high) in _INTERVALS.items()
    }
