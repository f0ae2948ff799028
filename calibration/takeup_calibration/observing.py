"""What a calibration looks at beside the monthly table: stays, and what becomes of permits that fall due."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.rules import LAPSED, VALID
from takeup.simulation import PermitModel

_YEARS: Final = (1, 3, 5, 10)
_MONTHS_A_YEAR: Final = 12
_HALF_YEAR: Final = 6

STOCKS: Final = {
    "stay_under_1": "persons who have lived here for less than a year",
    "stay_1_to_3": "persons who have lived here for one to under three years",
    "stay_3_to_5": "persons who have lived here for three to under five years",
    "stay_5_to_10": "persons who have lived here for five to under ten years",
    "stay_10_and_more": "persons who have lived here for ten years and more",
    "resident_half_year": "persons who have lived here for six months and more",
}
FLOWS: Final = {
    "due_entitled": "holders whose endorsement fell due in the month and who were entitled to it",
    "lost_entitled": "those of them whose permit lapsed",
}
EXTRA: Final = {**STOCKS, **FLOWS}
"""Outputs that an expression may name, beside the columns of the monthly table."""


class Observer:
    """Looks at a model before and after each month it lives."""

    def __init__(self, model: PermitModel) -> None:
        self._model = model

    def before(self) -> None:
        """Remember who held a permit."""
        columns = self._model.state.columns
        self._person = columns["person"].copy()
        self._held = columns["status"] == VALID

    def after(self) -> dict[str, float]:
        """The extra outputs of the month just lived."""
        model = self._model
        columns, world = model.state.columns, model.world
        living = world.rank < model.state.population
        years = np.searchsorted(_YEARS, columns["residence_months"][living] // _MONTHS_A_YEAR, side="right")
        counted = [*np.bincount(years, minlength=len(_YEARS) + 1).tolist()]
        counted.append(int((columns["residence_months"][living] >= _HALF_YEAR).sum()))
        same = self._held & (columns["person"] == self._person) & living
        lapsed = same & (columns["status"] == LAPSED)
        endorsed = same & (columns["status"] == VALID) & (columns["permit_months"] == 0)
        entitled = self._entitled()
        due = entitled & (lapsed | endorsed)
        return {
            **dict(zip(STOCKS, counted, strict=True)),
            "due_entitled": float(due.sum()),
            "lost_entitled": float((entitled & lapsed).sum()),
        }

    def _entitled(self) -> NDArray[np.bool_]:
        columns, months = self._model.state.columns, self._model.months_to_qualify
        owned = self._model.world.kinds["owned"][columns["profile"]]
        by_registration = columns["registered_months"] >= months
        by_residence = (columns["residence_months"] >= months) & (columns["insured"] | owned)
        return np.asarray(by_registration | by_residence)
