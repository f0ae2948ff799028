"""Where to look: Morris' trajectories and Saltelli's points, as prior probabilities.

Both come in blocks. A trajectory moves every parameter once, one after the other; a base point of Saltelli's scheme
is two points and, for each part, the first with that part taken from the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from SALib.sample import morris as salib_morris
from SALib.sample import sobol as salib_sobol

from takeup_calibration.dimensions import Dimension

Method = Literal["morris", "sobol"]
METHODS: tuple[Method, Method] = ("morris", "sobol")
LEVELS = 4
"""Of Morris' grid: the prior's low end, high end and two between (Morris 1991; Campolongo et al. 2007)."""
OTHERS = "all others"
"""The part that holds every parameter without indices of its own."""
_NORMAL_ENDS = (0.025, 0.975)


@dataclass(frozen=True)
class Design:
    """Points to be tried, block by block.

    Attributes:
        method: which.
        names: of the D columns.
        parts: which part each column belongs to; a part has indices of its own.
        bounds: (D, 2) prior probabilities that the columns range over.
        uniforms: (rows, D) prior probabilities.
        seed: of the points, and of the bootstrap.
    """

    method: Method
    names: tuple[str, ...]
    parts: tuple[str, ...]
    bounds: tuple[tuple[float, float], ...]
    uniforms: NDArray[np.float64]
    seed: int

    @property
    def indexed(self) -> list[str]:
        """The parts, each once, in order."""
        return list(dict.fromkeys(self.parts))

    @property
    def block(self) -> int:
        """Rows of a block."""
        return len(self.indexed) + (1 if self.method == "morris" else 2)

    @property
    def blocks(self) -> int:
        """Trajectories, or base points."""
        return len(self.uniforms) // self.block

    @property
    def problem(self) -> dict[str, Any]:
        """The design as SALib wants it told."""
        return _problem(self.names, self.parts, self.bounds)


def trajectories(names: Sequence[str], bounds: Sequence[tuple[float, float]], count: int, seed: int) -> Design:
    """So many random trajectories of Morris through all parameters.

    Args:
        names: of the D parameters.
        bounds: (D, 2) prior probabilities that are the ends of each one's range.
        count: trajectories, of D + 1 rows each.
        seed: of the trajectories.
    """
    problem = _problem(names, names, bounds)
    uniforms = salib_morris.sample(problem, count, num_levels=LEVELS, seed=seed)
    return Design("morris", tuple(names), tuple(names), tuple(bounds), np.asarray(uniforms), seed)


def base_points(names: Sequence[str], parts: Sequence[str], count: int, seed: int) -> Design:
    """So many scrambled Sobol points, crossed as Saltelli et al. (2010) do for first-order and total indices.

    Args:
        names: of the D parameters.
        parts: (D,) the part each belongs to; P different ones.
        count: base points, a power of two, of P + 2 rows each.
        seed: of the scrambling.
    """
    bounds = [(0.0, 1.0)] * len(names)
    problem = _problem(names, parts, bounds)
    uniforms = salib_sobol.sample(problem, count, calc_second_order=False, seed=seed)
    return Design("sobol", tuple(names), tuple(parts), tuple(bounds), np.asarray(uniforms), seed)


def range_of(dimension: Dimension) -> tuple[float, float]:
    """The prior probabilities of the prior's `low` and `high`; a normal one has tails beyond them."""
    return _NORMAL_ENDS if dimension.prior.shape == "normal" else (0.0, 1.0)


def parted(names: Sequence[str], alone: Sequence[str]) -> list[str]:
    """The part of each name: itself, or all others together."""
    return [name if name in alone else OTHERS for name in names]


def _problem(names: Sequence[str], parts: Sequence[str], bounds: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {
        "num_vars": len(names),
        "names": list(names),
        "groups": list(parts),
        "bounds": [list(ends) for ends in bounds],
    }
