"""Comparison of evaluations at the size of the design and at full size: all migrants of the district."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup_calibration.evaluator import Output, policy_names

VALID_SHARE: Final = "valid share"
"""Name of the outcome that is not the effect of a policy: take-up at the end."""


@dataclass(frozen=True)
class FullSizeCheck:
    """Comparison of points at the size of the design and at full size: all migrants.

    Attributes:
        points: (n,) indices of the points compared.
        small: (n, 1 + policies) results at the size of the design: share of valid permits at the end of the history
            in %, then the effect of each policy in percentage points; NaN if the evaluation failed.
        full: (n, 1 + policies) the same results at full size.
        predicted: (n, T) predictions of the targets at full size.
    """

    points: NDArray[np.int64]
    small: NDArray[np.float64]
    full: NDArray[np.float64]
    predicted: NDArray[np.float64]

    def differences(self) -> dict[str, tuple[float, float]]:
        """Return mean and standard error of `full` minus `small`, by name of the result."""
        differences = self.full - self.small
        differences = differences[~np.isnan(differences).any(axis=1)]
        count, columns = differences.shape
        errors = differences.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.full(columns, np.nan)
        pairs = zip(differences.mean(axis=0), errors, strict=True)
        return dict(zip([VALID_SHARE, *policy_names()], pairs, strict=True))


def compare_sizes(
    points: NDArray[np.int64],
    small: Sequence[Output | None],
    full: Sequence[Output | None],
    predicted: NDArray[np.float64],
) -> FullSizeCheck:
    """Compare the outputs of evaluations at both sizes.

    Args:
        points: (n,) indices of the points.
        small, full: n outputs at the size of the design and at full size, with policies; None if it failed.
        predicted: (n, T) predictions of the targets at full size.
    """
    return FullSizeCheck(
        points, np.array([_results(each) for each in small]), np.array([_results(each) for each in full]), predicted
    )


def _results(output: Output | None) -> list[float]:
    if output is None:
        return [float("nan")] * (1 + len(policy_names()))
    last = max(output["decembers"])
    return [output["decembers"][last], *(output["effects"][name] for name in policy_names())]
