"""Indices from what the rows gave, each with its interval; one that is narrower than its interval is not told."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from scipy.special import ndtri

from takeup_calibration.sensitivity.design import LEVELS, Design, Method

CONFIDENCE = 0.95
CHANCE = "chance"
"""Not a parameter: other people with other luck, beside which the parameters' indices are to be read."""
INDICES: dict[Method, tuple[str, str]] = {"morris": ("mu_star", "sigma"), "sobol": ("ST", "S1")}
"""Of each method, the one that says how much a parameter matters first."""
LEAST_BLOCKS = 2
_RESAMPLES = 1_000
_SIGMA_RESAMPLES = 200
_HALF_WIDTH = float(ndtri(0.5 + CONFIDENCE / 2))

_Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
_Told = dict[tuple[str, str], tuple[float, float]]
"""By index and part: the value, and half the width of its interval."""


@dataclass(frozen=True)
class Index:
    """One index, with its interval.

    Attributes:
        method: which.
        output: of what.
        parameter: whose: a dimension of the prior, a part of several, the dummy, or chance.
        index: "mu_star" or "sigma" in the output's unit over the prior's range; "S1" or "ST", shares of its variance.
        value: the estimate, whether it may be told or not.
        low, high: the 95 % interval: 1.96 standard deviations of the bootstrap over blocks on either side.
    """

    method: Method
    output: str
    parameter: str
    index: str
    value: float
    low: float
    high: float

    @property
    def resolved(self) -> bool:
        """Whether it may be told: its interval is no wider than the index itself."""
        return math.isfinite(self.value) and self.high - self.low <= abs(self.value)


def indices_of(design: Design, output: str, values: NDArray[np.float64], again: NDArray[np.float64]) -> list[Index]:
    """The indices of every part, and of chance; blocks with a missing value are left out.

    Args:
        design: that gave the rows.
        output: its name.
        values: (rows,) the output; NaN where the row failed.
        again: (blocks,) the output of each block's first row with other people and other luck; NaN where not lived.
    """
    blocks = values.reshape(design.blocks, design.block)
    whole = ~np.isnan(blocks).any(axis=1)
    blocks, other = blocks[whole], (again - blocks[:, 0])[whole]
    other = other[~np.isnan(other)]
    points = design.uniforms.reshape(design.blocks, design.block, -1)[whole]
    told = _morris(design, points, blocks, other) if design.method == "morris" else _sobol(design, blocks, other)
    return [
        Index(design.method, output, parameter, index, value, value - half, value + half)
        for (index, parameter), (value, half) in told.items()
    ]


def whole_blocks(design: Design, values: NDArray[np.float64]) -> int:
    """How many blocks have no missing value."""
    return int((~np.isnan(values.reshape(design.blocks, design.block)).any(axis=1)).sum())


def _morris(
    design: Design, points: NDArray[np.float64], blocks: NDArray[np.float64], other: NDArray[np.float64]
) -> _Told:
    def analysed(chosen: NDArray[np.int64], resamples: int) -> dict[str, NDArray[np.float64]]:
        found = salib_morris.analyze(
            design.problem, points[chosen].reshape(-1, points.shape[2]), blocks[chosen].ravel(),
            num_resamples=resamples, conf_level=CONFIDENCE, num_levels=LEVELS, seed=design.seed,
        )  # fmt: skip
        return {name: np.asarray(found[name], dtype=np.float64) for name in ("mu_star", "mu_star_conf", "sigma")}

    rng = np.random.default_rng(design.seed)
    found = analysed(np.arange(len(blocks)), _RESAMPLES)
    sigmas = [analysed(rng.integers(len(blocks), size=len(blocks)), 2)["sigma"] for _ in range(_SIGMA_RESAMPLES)]
    sigma_conf = _HALF_WIDTH * np.std(sigmas, axis=0, ddof=1)
    return {
        **_by_part(design, "mu_star", found["mu_star"], found["mu_star_conf"]),
        ("mu_star", CHANCE): _bootstrapped(other, lambda drawn: np.abs(drawn).mean(axis=-1), design.seed),
        **_by_part(design, "sigma", found["sigma"], sigma_conf),
        ("sigma", CHANCE): _bootstrapped(other, lambda drawn: drawn.std(axis=-1, ddof=1), design.seed),
    }


def _sobol(design: Design, blocks: NDArray[np.float64], other: NDArray[np.float64]) -> _Told:
    variance = float(np.var(blocks[:, [0, -1]]))
    if variance == 0.0:
        return {(index, part): (math.nan, math.nan) for index in INDICES["sobol"] for part in design.indexed}
    found = salib_sobol.analyze(
        design.problem,
        blocks.ravel(),
        calc_second_order=False,
        num_resamples=_RESAMPLES,
        conf_level=CONFIDENCE,
        seed=design.seed + 1,
    )  # fmt: skip  (SALib takes a seed of 0 for none)
    return {
        **_by_part(design, "ST", found["ST"], found["ST_conf"]),
        ("ST", CHANCE): _bootstrapped(other, lambda drawn: 0.5 * (drawn**2).mean(axis=-1) / variance, design.seed),
        **_by_part(design, "S1", found["S1"], found["S1_conf"]),
    }


def _by_part(design: Design, index: str, values: NDArray[np.float64], halves: NDArray[np.float64]) -> _Told:
    told = zip(design.indexed, values.tolist(), halves.tolist(), strict=True)
    return {(index, part): (value, half) for part, value, half in told}


def _bootstrapped(sample: NDArray[np.float64], statistic: _Statistic, seed: int) -> tuple[float, float]:
    """A statistic of a sample, and half the width of its interval."""
    if len(sample) < LEAST_BLOCKS:
        return math.nan, math.nan
    drawn = sample[np.random.default_rng(seed).integers(len(sample), size=(_RESAMPLES, len(sample)))]
    return float(statistic(sample)), _HALF_WIDTH * float(statistic(drawn).std(ddof=1))
