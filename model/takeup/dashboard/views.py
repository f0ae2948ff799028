"""What the tiles show of a run: take-up, wait or awareness, by month and street."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.dashboard.drawing import Shades
from takeup.dashboard.watching import Watched, share
from takeup.report.formatting import decimal, signed

TAKE_UP, WAIT, AWARENESS = "take_up", "wait", "awareness"
VIEWS: Final = {TAKE_UP: "take-up", WAIT: "wait", AWARENESS: "awareness"}
_ROUND: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0)
"""Where a scale may end."""


@dataclass(frozen=True)
class View:
    """What the tiles show.

    Attributes:
        values: (M, S) by month and street.
        shades: the same for all months, so that months can be compared.
    """

    values: NDArray[np.float64]
    shades: Shades


def view_of(name: str, watched: Watched) -> View:
    """A run's take-up, wait or awareness.

    Args:
        name: TAKE_UP, WAIT or AWARENESS.
        watched: the run.
    """
    if name == WAIT:
        return _view(watched.wait, "expected wait, months", lambda value: decimal(value, 2))
    if name == AWARENESS:
        aware = share(watched.population - watched.unaware, watched.population)
        return _view(aware, "have heard of the permit, %", decimal)
    return _view(share(watched.valid, watched.population), "hold a valid permit, %", decimal)


def gains_of(points: NDArray[np.float64]) -> Shades:
    """The shades of what a policy adds to take-up, in points.

    Args:
        points: by street.
    """
    known = points[np.isfinite(points)]
    low = min(float(known.min(initial=0.0)), 0.0)
    return Shades(low, _end(known), signed, "points more hold a valid permit")


def _view(values: NDArray[np.float64], title: str, say: Callable[[float], str]) -> View:
    return View(values, Shades(0.0, _end(values[np.isfinite(values)]), say, title))


def _end(known: NDArray[np.float64]) -> float:
    """The first round number that nothing exceeds."""
    most = float(known.max(initial=0.0))
    return next((end for end in _ROUND if most <= end), float(math.ceil(most)))
