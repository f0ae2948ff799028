"""What the trials found: a row a trial, month and arm, and their means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from takeup.analysis.statistics import QUANTILES, TRIAL_CONFIDENCE
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
    """What trials of one design found.

    Attributes:
        plan: what was tried.
        runs: how many ended well.
        table: a row a trial (replicate, or draw), month and arm: assigned, persons, valid, share; and of the trial,
            alike in both rows, in points: itt (low, high), naive_points (naive_low, naive_high), spillover_points,
            true_effect_points, bias_points, imbalance_points.
        summary: a row a month and quantity of `QUANTITIES`: trials, how many have a number; points, low, high. Of
            one trial its own interval, if it has one; over replicates the mean with its t interval; over draws the
            median with the middle 90 %.
        covered: a row a month: of how many trials the interval of itt, and of naive_points, holds the true effect.
    """

    plan: TrialSpec
    runs: int
    table: pd.DataFrame
    summary: pd.DataFrame
    covered: pd.DataFrame

    @property
    def months(self) -> tuple[str, ...]:
        """When the trials were looked at."""
        return tuple(format_month(month) for month in self.plan.design.months)

    def arm(self, month: str, arm: str) -> pd.Series[float]:
        """Means over trials of what was counted in an arm: assigned, persons, valid, share."""
        rows = self.table[(self.table["month"] == month) & (self.table["arm"] == arm)]
        return rows[["assigned", "persons", "valid", "share"]].mean()


def summarise_trials(plan: TrialSpec, found: Sequence[list[TrialRow] | None]) -> TrialResult:
    """The answer that the trials make.

    Args:
        plan: what was tried.
        found: what each left behind; None where it failed. At least one ended well.
    """
    number = "draw" if plan.drawn else "replicate"
    table = pd.DataFrame([{number: run, **row} for run, rows in enumerate(found) if rows is not None for row in rows])
    share = table["valid"] / table["persons"]  # 0 / 0 where an arm is empty: NaN
    table.insert(list(table.columns).index("valid") + 1, "share", share)
    once = table[table["arm"] == ARMS[0]]
    months = [(str(month), rows) for month, rows in once.groupby("month", sort=False)]
    summary = [
        {"month": month, "quantity": quantity, **_over_trials(rows, quantity, drawn=plan.drawn)}
        for month, rows in months
        for quantity in QUANTITIES
    ]
    covered = [{"month": month, **_coverage(rows)} for month, rows in months]
    return TrialResult(plan, once[number].nunique(), table, pd.DataFrame(summary), pd.DataFrame(covered))


def _over_trials(rows: pd.DataFrame, quantity: str, *, drawn: bool) -> dict[str, float]:
    known = rows[rows[quantity].notna()]
    values = known[quantity].to_numpy(np.float64)
    if len(values) == 0:
        middle = low = high = np.nan
    elif len(values) == 1:
        own = _INTERVALS.get(quantity, ()) if len(rows) == 1 else ()
        middle, low, high = (values[0], *(known[end].iloc[0] for end in own)) if own else (values[0], np.nan, np.nan)
    elif drawn:
        low, middle, high = np.quantile(values, QUANTILES)
    else:
        middle = values.mean()
        half = stdtrit(len(values) - 1, (1.0 + TRIAL_CONFIDENCE) / 2.0) * values.std(ddof=1) / np.sqrt(len(values))
        low, high = middle - half, middle + half
    return {"trials": len(values), "points": float(middle), "low": float(low), "high": float(high)}


def _coverage(rows: pd.DataFrame) -> dict[str, int]:
    truth: NDArray[np.float64] = rows["true_effect_points"].to_numpy(np.float64)
    return {
        quantity: int(((rows[low] <= truth) & (truth <= rows[high])).sum())
        for quantity, (low, high) in _INTERVALS.items()
    }
