"""Calibration: not one fitted vector but the set of all that the figures allow, weighted.

Adaptive importance sampling. The first wave is an even spread over the prior; every later one is drawn from a mixture
fitted to the weighted rows so far. Every row is a run of the model itself, and none is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.district import District
from takeup.experiment.journal import Journal
from takeup_calibration.design import Proposal, fitted
from takeup_calibration.dimensions import overrides
from takeup_calibration.figures import Figure
from takeup_calibration.lives import branch_names
from takeup_calibration.rows import Rows
from takeup_calibration.weights import resampled

_BEYOND = 3.0
"""Tolerances away from every row's prediction: a figure so far off cannot be reached."""


class Effort(NamedTuple):
    """How much is to be tried.

    Attributes:
        rows: of the first wave; later waves have half as many.
        waves: at the most.
        effective: sample at which no more waves are needed.
        agents: simulated migrants a row.
        draws: of the posterior.
        seed: of the design.
    """

    rows: int = 2048
    waves: int = 6
    effective: float = 400.0
    agents: int = 24_000
    draws: int = 300
    seed: int = 1


@dataclass(frozen=True)
class Calibration:
    """What a calibration found.

    Attributes:
        rows: every point tried.
        weights: (N,) of the rows.
        drawn: (draws,) row numbers, resampled.
    """

    rows: Rows
    weights: NDArray[np.float64]
    drawn: NDArray[np.int64]

    def posterior(self) -> pd.DataFrame:
        """One line a draw: its row, every parameter's value by dotted name, and what each lever adds ("effect …")."""
        rows, parameters = self.rows, self.rows.district.parameters
        values = [overrides(rows.dimensions, rows.points[row], parameters) for row in self.drawn]
        table = pd.DataFrame(values)
        table.insert(0, "row", self.drawn)
        effects = rows.effects[self.drawn]
        for column, name in enumerate(branch_names()):
            table[f"effect {name}"] = effects[:, column]
        return table

    def unreachable(self) -> list[tuple[Figure, float]]:
        """Fitted figures that no row comes near, each with the nearest that the model gives."""
        found = []
        for column, figure in enumerate(self.rows.figures):
            predicted = self.rows.predicted[:, column]
            predicted = predicted[~np.isnan(predicted)]
            if figure.fit and len(predicted):
                distance = np.maximum(figure.low - predicted, 0.0) + np.maximum(predicted - figure.high, 0.0)
                if distance.min() > _BEYOND * figure.tolerance:
                    found.append((figure, float(predicted[distance.argmin()])))
        return found


def calibrate(
    district: District,
    figures: list[Figure],
    effort: Effort,
    journal: Journal,
    *,
    workers: int = 1,
    cluster: str | None = None,
    on_row: Callable[[int, int, int, float], None] = lambda _wave, _done, _of, _effective: None,
) -> Calibration:
    """The posterior of a district's parameters, given its figures.

    Args:
        district: the place, with priors in its parameters.
        figures: to be met.
        effort: how much is to be tried.
        journal: of this calibration; what stands in it is not run again.
        workers, cluster: see `sweep`.
        on_row: called with the wave, its rows done, its rows, and the effective sample before it.
    """
    rows = Rows(district, figures, effort.seed, effort.agents)
    proposal, effective = Proposal(), 0.0
    for wave in range(effort.waves):
        count = effort.rows if wave == 0 else max(effort.rows // 2, 1)
        rows.add_wave(
            proposal, count, journal, workers, cluster,
            lambda done, wave=wave, count=count, before=effective: on_row(wave, done, count, before),  # type: ignore[misc]
        )  # fmt: skip
        weights = rows.weights
        effective = rows.effective
        if effective >= effort.effective:
            break
        proposal = fitted(rows.scores, weights, effort.seed + wave)
    return Calibration(rows, weights, resampled(weights, effort.draws, effort.seed))
