"""Points to try, as normal scores: the prior is a standard normal, whatever its shape in a parameter's units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

_CLIP = 1e-9


def sobol(rows: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """(rows, dimensions) uniforms, evenly spread; a power of two spreads best."""
    generator = qmc.Sobol(dimensions, scramble=True, rng=seed)
    return np.asarray(generator.random_base2((rows - 1).bit_length())[:rows])


def scores_of(uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normal scores of uniforms."""
    return np.asarray(ndtri(np.clip(uniforms, _CLIP, 1 - _CLIP)))


def uniforms_of(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Prior probabilities of normal scores."""
    return np.asarray(ndtr(scores))
