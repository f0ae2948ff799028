"""Whether the intervals cover: each row of the first wave as the truth, found again from the others.

A truth's figures are what its row gave, with errors as large as the tolerances; its posterior are the other rows of
the wave, which are an even spread over the prior, weighted by their agreement with those figures. No run is added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from takeup_calibration.figures import Figure
from takeup_calibration.lives import branch_names
from takeup_calibration.rows import Rows

LEVEL = 0.9
LEAST_EFFECTIVE = 40.0
"""Of a truth's posterior: with fewer rows than this its 5 % and 95 % points are not told."""


@dataclass(frozen=True)
class Coverage:
    """How often 90 % intervals held the truth.

    Attributes:
        truths: how many there were.
        left_out: rows about whose figures too few others agree.
        shares: of the truths held, by "effect NAME" or parameter.
        errors: Monte Carlo standard errors of the shares.
    """

    truths: int
    left_out: int
    shares: dict[str, float]
    errors: dict[str, float]


def coverage(rows: Rows) -> Coverage:
    """Coverage over the first wave, of every lever's effect and every parameter that is learnt of."""
    first = rows.counts[0]
    quantities = np.column_stack([rows.effects[:first], rows.scores[:first]])
    names = [*(f"effect {name}" for name in branch_names()), *(rows.names[i] for i in rows.adapting)]
    fitted = [(column, figure) for column, figure in enumerate(rows.figures) if figure.fit]
    predicted = rows.predicted[:first, [column for column, _ in fitted]]
    whole = ~(np.isnan(quantities).any(axis=1) | np.isnan(predicted).any(axis=1))
    quantities, predicted = quantities[whole], predicted[whole]
    figures = [figure for _, figure in fitted]
    told = predicted + _errors(figures, len(predicted), rows.seed)
    order = np.argsort(quantities, axis=0, kind="stable")
    held: list[NDArray[np.bool_]] = []
    for truth in range(len(predicted)):
        weights = np.exp(_agreement(figures, predicted, told[truth]))
        weights[truth] = 0.0
        total = weights.sum()
        if total**2 < LEAST_EFFECTIVE * (weights**2).sum() or total == 0:
            continue
        below = np.cumsum(weights[order], axis=0) / total
        columns = np.arange(quantities.shape[1])
        low, high = (
            quantities[order[(below < at).sum(axis=0).clip(0, len(weights) - 1), columns], columns]
            for at in ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
        )
        held.append((low <= quantities[truth]) & (quantities[truth] <= high))
    counted = len(held)
    shares = np.mean(held, axis=0) if held else np.full(len(names), np.nan)
    errors = np.sqrt(shares * (1 - shares) / max(counted, 1))
    return Coverage(
        counted,
        len(predicted) - counted,
        dict(zip(names, shares.tolist(), strict=True)),
        dict(zip(names, errors.tolist(), strict=True)),
    )


def _agreement(
    figures: list[Figure], predicted: NDArray[np.float64], told: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N,) log likelihood of rows if each figure's middle were what is told."""
    total = np.zeros(len(predicted))
    for column, figure in enumerate(figures):
        half = (figure.high - figure.low) / 2
        beyond = np.maximum(np.abs(predicted[:, column] - told[column]) - half, 0.0)
        total -= 0.5 * (beyond / figure.tolerance) ** 2
    return total


def _errors(figures: list[Figure], count: int, seed: int) -> NDArray[np.float64]:
    """(count, F) errors with the figures' likelihood as density: flat within the interval, normal beyond."""
    generator = np.random.default_rng(seed)
    columns = []
    for figure in figures:
        width, tails = figure.high - figure.low, figure.tolerance * np.sqrt(2 * np.pi)
        within = generator.random(count) * (width + tails) < width
        flat = (generator.random(count) - 0.5) * width
        normal = generator.normal(0.0, figure.tolerance, count)
        columns.append(np.where(within, flat, normal + np.sign(normal) * width / 2))
    return np.column_stack(columns)
