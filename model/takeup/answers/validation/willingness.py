"""Who wants a permit, as a survey would find it: a linear regression on what people are."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.answers.trial.estimates import PERCENT
from takeup.answers.why.tracing import standing_of, traced
from takeup.district import ATTRIBUTES, LEVEL_OF
from takeup.rules import INFORMED, QUEUED, VALID
from takeup.simulation import PermitModel

_NAMES: Final = ("sign_awareness", "sign_schoolchild", "sign_housing", "sign_education", "sign_income")
_SECURE: Final = ("registered_lease", "owned")


def willingness(district: PermitModel) -> dict[str, float]:
    """Coefficients on willingness in points, each beside all the others; NaN where all answer alike.

    Those who have lived here long enough to qualify are asked. Willing is who holds a permit, has applied for one, or
    would if they considered it now.

    Args:
        district: at the month's end at which people are asked.
    """
    migrants = district.state.migrants
    here = (district.world.rank < district.state.population) & (
        migrants.residence_months >= district.months_to_qualify
    )
    utility = traced(standing_of(district)).utilities[here, 0]
    asked = migrants.rows(here)
    willing = (utility > 0.0) | np.isin(asked["status"], (QUEUED, VALID))
    return dict(zip(_NAMES, _coefficients(_covariates(asked), willing).tolist(), strict=True))


def _covariates(asked: NDArray[np.void]) -> NDArray[np.float64]:
    """(asked, 5) what each is, in the order of `_NAMES`."""
    level = {attribute: LEVEL_OF[attribute][asked["profile"]] for attribute in ATTRIBUTES}
    secure = [ATTRIBUTES["housing"].index(name) for name in _SECURE]
    columns = (
        asked["knowledge"] == INFORMED,
        level["schoolchild"] == ATTRIBUTES["schoolchild"].index("yes"),
        np.isin(level["housing"], secure),
        level["education"],
        level["work"] == ATTRIBUTES["work"].index("contract"),
    )
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])


def _coefficients(covariates: NDArray[np.float64], willing: NDArray[np.bool_]) -> NDArray[np.float64]:
    """By least squares with a constant; NaN for a covariate in which all are alike."""
    found = np.full(covariates.shape[1], np.nan)
    varies = np.ptp(covariates, axis=0) > 0.0 if len(covariates) else np.zeros(len(found), dtype=bool)
    if varies.any():
        centred = covariates[:, varies] - covariates[:, varies].mean(axis=0)
        found[varies] = PERCENT * np.linalg.lstsq(centred, willing - willing.mean(), rcond=None)[0]
    return found
