"""Posteriors for tests: uniform draws of a few parameters of the template."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

RANGES: Final = {
    "publicity": (0.01, 0.05),
    "documents": (1.0, 2.0),
    "remember": (0.70, 0.85),
    "norm": (0.5, 1.5),
    "return_rate": (0.3, 0.5),
}


def write_posterior(file: Path, draws: int, seed: int = 1) -> Path:
    """Write a posterior.parquet like a calibration; every second draw has the largest supply of schooling."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"row": np.arange(draws)})
    for name, (low, high) in RANGES.items():
        table[name] = rng.uniform(low, high, draws)
    table["supply.schooling"] = np.where(np.arange(draws) % 2, np.inf, 12_000.0)
    table["effect publicity"] = rng.normal(size=draws)
    table.to_parquet(file)
    return file
