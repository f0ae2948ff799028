"""Calibration of `takeup` to what a district knows: the analysts' package."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from takeup_calibration.asking import calibrate_to_figures
    from takeup_calibration.calibrate import Calibration
    from takeup_calibration.results import posterior_of, rows_of
    from takeup_calibration.weights import effective_sample, weighted_quantile

_HOMES = {
    "Calibration": "calibrate",
    "calibrate_to_figures": "asking",
    "effective_sample": "weights",
    "posterior_of": "results",
    "rows_of": "results",
    "weighted_quantile": "weights",
}
__all__ = [
    "Calibration",
    "calibrate_to_figures",
    "effective_sample",
    "posterior_of",
    "rows_of",
    "weighted_quantile",
]


def __getattr__(name: str) -> Any:
    """SciPy and scikit-learn take seconds to import; the commands' options need not wait for them."""
    if name in _HOMES:
        return getattr(import_module(f"takeup_calibration.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'takeup_calibration' has no attribute {name!r}")
