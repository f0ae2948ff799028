"""The posterior of a district, or an invented one if the district has none."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from takeup.district import POSTERIOR, load_district

DRAWS: Final = 200
_RELATIVE_RANGES: Final = {"publicity": 0.2, "documents": 0.2, "hassle": 0.2, "norm": 0.2, "return_rate": 0.2}
"""Relative ranges around the district's values of the draws that are invented."""


def posterior_file(name: str, folder: Path) -> Path:
    """Return the file of a district's posterior, or write one with draws around the district's values.

    Args:
        name: name of the district.
        folder: folder for the invented posterior.
    """
    district = load_district(name)
    file = district.folder / POSTERIOR
    if file.is_file():
        return file
    rng = np.random.default_rng(1)
    values = {
        name: district.parameters.number(name) * rng.uniform(1.0 - relative_range, 1.0 + relative_range, DRAWS)
        for name, relative_range in _RELATIVE_RANGES.items()
    }
    made = folder / POSTERIOR
    pd.DataFrame(values).to_parquet(made)
    return made
