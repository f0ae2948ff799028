"""Observations: quantities known from data, with which the predictions of a calibration are compared."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from takeup.io import StrictModel
from takeup.message import Message

_MAX_DISTANCE: Final = 3.0
"""Distance from an observation, in tolerances, beyond which it counts as not met."""


class Observation(StrictModel):
    """A value or an interval that was observed: a target of a district, or an experiment.

    Attributes:
        name: name of the observation, unique in a calibration.
        low, high: ends of the observed interval; for a single value, both are this value.
        tolerance: standard deviation around the value, or beyond the ends of the interval.
        local: whether the quantity was observed in this district.
        fit: whether the calibration fits the observation or only compares it with the predictions.
    """

    kind: ClassVar[str]
    """The kind of observation in messages and columns, such as "target"."""
    remedy: ClassVar[Message]
    """Advice for an observation that is undefined in most evaluations."""

    name: str = Field(pattern=r"[a-z][a-z0-9_]*")
    low: float = math.nan
    high: float = math.nan
    tolerance: float = Field(gt=0, allow_inf_nan=False)
    local: bool
    fit: bool = True

    @property
    def place(self) -> str:
        """The observation in error messages."""
        return f"{self.kind} {self.name}"

    @abstractmethod
    def predict_from(self, output: Mapping[str, Mapping[str, float]]) -> float:
        """Return the prediction of an evaluation's output, in the unit of `low` and `high`; NaN if undefined."""

    def excess(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return distances of predictions from the observation, in its unit."""
        return np.maximum(self.low - predicted, 0.0) + np.maximum(predicted - self.high, 0.0)

    def distance(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return distances of predictions from the observation, in tolerances."""
        return np.asarray(self.excess(predicted) / self.tolerance)

    def log_likelihood(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log-likelihoods of predictions.

        They are 0 if the observation is met, minus half the squared distance otherwise, and -inf for NaN.
        """
        return np.where(np.isnan(predicted), -np.inf, -0.5 * self.distance(predicted) ** 2)


def infeasible_observations(
    observations: Sequence[Observation], predicted: NDArray[np.float64]
) -> list[tuple[Observation, float]]:
    """Find fitted observations that no evaluation meets, each with the nearest prediction.

    Args:
        observations: the T observations.
        predicted: (N, T) predictions; NaN if the evaluation failed.
    """
    infeasible = []
    for column, observation in enumerate(observations):
        known = predicted[~np.isnan(predicted[:, column]), column]
        if observation.fit and len(known):
            distance = observation.distance(known)
            if distance.min() > _MAX_DISTANCE:
                infeasible.append((observation, float(known[distance.argmin()])))
    return infeasible


def jointly_infeasible_pairs(
    observations: Sequence[Observation], predicted: NDArray[np.float64]
) -> list[tuple[Observation, Observation]]:
    """Find pairs of fitted observations that are met separately, but never together.

    Args:
        observations: the T observations.
        predicted: (N, T) predictions; NaN if the evaluation failed.
    """
    distances = {
        each.name: each.distance(predicted[:, column]) for column, each in enumerate(observations) if each.fit
    }
    met = [
        each for each in observations if each.fit and np.nanmin(distances[each.name], initial=np.inf) <= _MAX_DISTANCE
    ]
    return [
        (one, other)
        for one, other in combinations(met, 2)
        if np.nanmin(np.maximum(distances[one.name], distances[other.name]), initial=np.inf) > _MAX_DISTANCE
    ]


def are_contradictory(one: Observation, other: Observation) -> bool:
    """Return whether two observations of one quantity are too far apart to be met together."""
    gap = max(one.low - other.high, other.low - one.high)
    return gap > _MAX_DISTANCE * float(np.hypot(one.tolerance, other.tolerance))
