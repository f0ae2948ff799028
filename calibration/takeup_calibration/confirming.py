"""Draws lived at full size: whether a smaller one would have told the same, and which draw stands for them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from takeup_calibration.lives import PERCENT, branch_names
from takeup_calibration.rows import Found, Rows, Runner

_CLOSELY_SMALL, _CLOSELY_WHOLE = 0.1, 0.02
"""Tolerances within which draws near the middle are to meet the district's own figures: at the design's size, where
chance is as large, and at full size.
"""
_FIRST_SEED = 1
"""With which commands run if they are not told another; with it the representative draw meets the figures."""


@dataclass(frozen=True)
class Confirmed:
    """Rows lived at the design's size and at full size.

    Attributes:
        rows: (n,) row numbers.
        small, whole: (n, 1 + levers) the valid share at the history's end and each lever's effect, points; NaN where
            a life failed.
        predicted: (n, F) figures at full size.
        middle: row numbers near the middle of the posterior, with
        middle_whole, middle_predicted: the same of them, all with the seed that commands begin with.
    """

    rows: NDArray[np.int64]
    small: NDArray[np.float64]
    whole: NDArray[np.float64]
    predicted: NDArray[np.float64]
    middle: NDArray[np.int64]
    middle_whole: NDArray[np.float64]
    middle_predicted: NDArray[np.float64]

    def differences(self) -> dict[str, tuple[float, float]]:
        """Mean of full size less the design's size, points, with its standard error, by outcome."""
        apart = self.whole - self.small
        apart = apart[~np.isnan(apart).any(axis=1)]
        errors = (
            apart.std(axis=0, ddof=1) / np.sqrt(len(apart)) if len(apart) > 1 else np.full(apart.shape[1], np.nan)
        )
        return dict(zip(["valid share", *branch_names()], zip(apart.mean(axis=0), errors, strict=True), strict=True))

    def nearest(self, rows: Rows, drawn: NDArray[np.int64]) -> int:
        """The row near the middle whose own district's figures are met most closely at full size."""
        distance = _distance(rows, drawn, self.middle_predicted, self.middle_whole[:, 1:], _CLOSELY_WHOLE)
        return int(self.middle[int(np.nanargmin(distance))])


def central(rows: Rows, drawn: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Row numbers of the draws nearest to the middle of the posterior, the nearest first."""
    each = np.unique(drawn)
    distance = _distance(rows, drawn, rows.predicted[each], rows.effects[each], _CLOSELY_SMALL)
    return each[np.argsort(distance, kind="stable")[:count]]


def confirm(
    rows: Rows,
    spread: NDArray[np.int64],
    middle: NDArray[np.int64],
    runner: Runner,
    on_row: Callable[[int, int], None],
) -> Confirmed:
    """Live rows at full size.

    Args:
        rows: of the calibration.
        spread: row numbers over which the sizes are compared.
        middle: row numbers among which the representative one is looked for.
        runner: where they are lived.
        on_row: hears how many are done, and of how many.
    """
    most, each = rows.district.population.most, np.unique(spread)
    total = len(each) + len(middle)
    lives = rows.lived(each.tolist(), most, runner, lambda done, _: on_row(done, total))
    found = dict(zip(each.tolist(), lives, strict=True))
    inner = rows.lived(middle.tolist(), most, runner, lambda done, _: on_row(len(each) + done, total), _FIRST_SEED)
    return Confirmed(
        spread,
        np.array([_outcomes(rows.found[row]) for row in spread]),
        np.array([_outcomes(found[row]) for row in spread]),
        np.array([rows.prediction(found[row]) for row in spread]),
        middle,
        np.array([_outcomes(life) for life in inner]),
        np.array([rows.prediction(life) for life in inner]),
    )


def _outcomes(found: Found | None) -> list[float]:
    if found is None:
        return [float("nan")] * (1 + len(branch_names()))
    last = max(found["decembers"])
    return [found["decembers"][last], *(found["effects"][name] for name in branch_names())]


def _distance(
    rows: Rows,
    drawn: NDArray[np.int64],
    predicted: NDArray[np.float64],
    effects: NDArray[np.float64],
    closely: float,
) -> NDArray[np.float64]:
    """(n,) from the middle of the draws.

    Lever effects count in their spreads, the district's own figures in small parts of their tolerances.
    """
    middle, spread = np.nanmedian(rows.effects[drawn], axis=0), np.nanstd(rows.effects[drawn], axis=0)
    total = (((effects - middle) / np.maximum(spread, 1 / PERCENT)) ** 2).sum(axis=1)
    for column, figure in enumerate(rows.figures):
        if figure.fit and figure.local:
            beyond = np.maximum(figure.low - predicted[:, column], 0) + np.maximum(
                predicted[:, column] - figure.high, 0
            )
            total += (beyond / (closely * figure.tolerance)) ** 2
    return np.asarray(total)
