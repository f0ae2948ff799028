"""Draws of a posterior with as many seeds each as it takes: until chance leaves little of the mean effects open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from takeup.answers.comparison import Comparison, Drawn
from takeup.answers.ensemble import Ensemble
from takeup.answers.ensemble_numbers import chance_width
from takeup.answers.ensemble_tables import ensemble_comparison
from takeup.answers.precision import Precision, telling
from takeup.experiment.journal import Journal


def live_draws_until_precise(
    ensemble: Ensemble,
    wanted: float,
    most: int,
    journal: Journal,
    *,
    workers: int = 1,
    cluster: str | None = None,
    on_run: Callable[[int, int, str], None] = lambda _done, _of, _what: None,
    command: str = "",
) -> tuple[Ensemble, Comparison]:
    """Live every draw with one seed more, again and again, until chance is narrower than wanted.

    Args:
        ensemble: the draws; how many seeds it gives them does not matter.
        wanted: width in points of the 95 % interval that chance leaves of each scenario's mean effect over the draws.
        most: seeds a draw at the most.
        journal, workers, cluster: see `Ensemble.live`.
        on_run: called with the runs done, how many there are up to this number of seeds, and what is being lived.
        command: what repeats it.

    Returns:
        The ensemble with the seeds that it took, and what it found. The same for any number of workers.

    Raises:
        RunError: fewer than two draws have a result, or the journal cannot be written.
    """
    for number in range(1, most + 1):
        ensemble = ensemble.with_seeds(number)
        runs, what = len(ensemble.runs), f"Living {number} seed{'s' if number > 1 else ''} a draw"
        ensemble.live(journal, workers=workers, cluster=cluster, on_run=telling(on_run, runs, what))
        comparison = ensemble_comparison(ensemble, journal, command)
        precision = _reached(comparison, wanted)
        if precision.is_reached:
            break
    return ensemble, replace(comparison, precision=precision)


def _reached(comparison: Comparison, wanted: float) -> Precision:
    widths = {scenario.name: _width(comparison.drawn, scenario.name) for scenario in comparison.scenarios[1:]}
    widest = max(widths, key=lambda name: widths[name], default=comparison.scenarios[0].name)
    return Precision(wanted, widths.get(widest, 0.0), widest)


def _width(drawn: Drawn | None, scenario: str) -> float:
    """Of a scenario at the last month; endless where it cannot be told."""
    if drawn is None:
        raise ValueError("the comparison has no draws")
    runs = drawn.runs[(drawn.runs["scenario"] == scenario) & (drawn.runs["month"] == drawn.runs["month"].max())]
    place = runs.groupby("draw").cumcount()
    values = runs.assign(place=place).pivot_table(index="draw", columns="place", values="difference_points")
    width = chance_width(values.to_numpy(np.float64))
    return np.inf if np.isnan(width) else width
