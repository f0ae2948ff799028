"""Benefits as smooth functions of data: what is to be expected of a scenario once something has been found out.

After Strong, Oakley and Brennan (2014, Medical Decision Making 34:311; 2015, 35:570): the expected benefit given data
is the regression of the benefit on the data, draw by draw.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import SplineTransformer

_KNOTS, _DEGREE = 5, 3
"""Of the splines: enough for a benefit that rises, levels off and falls again."""
_PENALTIES = np.logspace(-2, 4, 13)
"""Among which leave-one-out error chooses, for each scenario its own; the largest leave a mean and nothing else."""


def cross_fitted(
    data: NDArray[np.float64], targets: NDArray[np.float64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What is expected of each draw by a regression that has not seen it.

    Args:
        data: (N, D) what was collected under each draw.
        targets: (N, T) what depends on it.
        folds: (N,) the part that each draw is in; each part is predicted from all others.

    Returns:
        (N, T) of the targets.
    """
    predicted = np.empty_like(targets)
    for fold in np.unique(folds):
        held = folds == fold
        predicted[held] = _predicted(data[~held], targets[~held], data[held])
    return predicted


def in_sample(data: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, T) what is expected of each draw by a regression on all of them."""
    return _predicted(data, targets, data)


def parted(kinds: NDArray[np.int64], parts: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """(N,) a part of each draw, at random; draws that are the same are never in two.

    Args:
        kinds: (N,) numbers that draws which are the same share.
        parts: how many.
        generator: of the lot.
    """
    _, numbers = np.unique(kinds, return_inverse=True)
    lot = generator.permutation(int(numbers.max()) + 1) % parts
    return np.asarray(lot[numbers])


def _predicted(
    known: NDArray[np.float64], targets: NDArray[np.float64], asked: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(asked, T) splines of each datum and products of each two, shrunk together towards the mean."""
    varies = np.ptp(known, axis=0) > 0
    if not varies.any():
        return np.broadcast_to(targets.mean(axis=0), (len(asked), targets.shape[1]))
    known, asked = known[:, varies], asked[:, varies]
    basis = SplineTransformer(n_knots=_KNOTS, degree=_DEGREE, include_bias=False, extrapolation="linear")
    scores = _normal_scores(known, known)
    features, others = (_features(basis.fit(scores), each) for each in (scores, _normal_scores(known, asked)))
    middle, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread == 0] = 1.0  # a spline that none of the ranks reaches
    model = RidgeCV(_PENALTIES, alpha_per_target=True).fit((features - middle) / spread, targets)
    return np.asarray(model.predict((others - middle) / spread)).reshape(len(asked), -1)


def _features(basis: SplineTransformer, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    products = [scores[:, i] * scores[:, j] for i, j in combinations(range(scores.shape[1]), 2)]
    return np.column_stack([basis.transform(scores), scores, *products])


def _normal_scores(known: NDArray[np.float64], asked: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normal scores of the ranks among the known: no information is lost, and no tail rules the fit."""
    scores = np.empty_like(asked)
    for column in range(asked.shape[1]):
        order = np.sort(known[:, column])
        left, right = (np.searchsorted(order, asked[:, column], side) for side in ("left", "right"))
        scores[:, column] = (left + right) / 2
    return np.asarray(ndtri(np.clip(scores, 0.5, len(known) - 0.5) / len(known)))
