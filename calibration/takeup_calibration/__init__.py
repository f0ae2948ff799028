"""Calibration, sensitivity analysis and value of information for `takeup`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from takeup_calibration.calibrator import CalibrationResult, CalibrationSettings, Calibrator, calibrate
    from takeup_calibration.evaluator import Evaluator
    from takeup_calibration.experiments import EXPERIMENTS, Experiment, read_experiments
    from takeup_calibration.importance import effective_sample_size, weighted_quantile
    from takeup_calibration.prediction import predict_observations, rerun_unreliable, rerun_without
    from takeup_calibration.report import points_table, posterior_table
    from takeup_calibration.targets import Target, read_targets

_MODULES = {
    "EXPERIMENTS": "experiments",
    "CalibrationResult": "calibrator",
    "CalibrationSettings": "calibrator",
    "Calibrator": "calibrator",
    "Evaluator": "evaluator",
    "Experiment": "experiments",
    "Target": "targets",
    "calibrate": "calibrator",
    "effective_sample_size": "importance",
    "points_table": "report",
    "posterior_table": "report",
    "predict_observations": "prediction",
    "read_experiments": "experiments",
    "read_targets": "targets",
    "rerun_unreliable": "prediction",
    "rerun_without": "prediction",
    "weighted_quantile": "importance",
}
__all__ = [
    "EXPERIMENTS",
    "CalibrationResult",
    "CalibrationSettings",
    "Calibrator",
    "Evaluator",
    "Experiment",
    "Target",
    "calibrate",
    "effective_sample_size",
    "points_table",
    "posterior_table",
    "predict_observations",
    "read_experiments",
    "read_targets",
    "rerun_unreliable",
    "rerun_without",
    "weighted_quantile",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use.

    SciPy and scikit-learn take seconds to import, and `takeup check` needs neither.
    """
    if name in _MODULES:
        return getattr(import_module(f"takeup_calibration.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'takeup_calibration' has no attribute {name!r}")
