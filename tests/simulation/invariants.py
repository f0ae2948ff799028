"""The laws of coming, staying and going, worked out anew from a district's numbers, without the model's code."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from takeup import PermitModel
from takeup.district import ATTRIBUTES, Parameters

Values = NDArray[np.float64]
LONGEST = 3_000
"""Months after which hardly anybody is left."""


def leave_of(parameters: Parameters) -> Values:
    """Monthly chance of leaving, (profiles, 4 bands)."""
    bands = [parameters.number(f"leave.{band}") for band in ("0-11", "12-35", "36-59", "60+")]
    rows = []
    for levels in product(*ATTRIBUTES.values()):
        factor = 1.0
        for attribute, level in zip(ATTRIBUTES, levels, strict=True):
            factor *= parameters.number(f"leave_factor.{attribute}.{level}")
        rows.append([min(1.0, band * factor) for band in bands])
    return np.array(rows)


def leave_by_month(leave: Values, months: int = LONGEST) -> Values:
    """The chance of leaving in each month of residence, (profiles, months)."""
    band = np.searchsorted([12, 36, 60], np.arange(months), side="right")
    return leave[:, band]


def staying(leave: Values, months: int = LONGEST) -> Values:
    """Chance of still being here after so many months, (profiles, months); 1 in the first column."""
    left = np.cumprod(1.0 - leave_by_month(leave, months), axis=1)
    return np.concatenate([np.ones((len(leave), 1)), left[:, :-1]], axis=1)


def residence_law(leave: Values, months: int = LONGEST) -> Values:
    """Months of residence of someone met at a random moment, (profiles, months), each row summing to 1."""
    here = staying(leave, months)
    return here / here.sum(axis=1, keepdims=True)


def expected_profiles(model: PermitModel) -> Values:
    """Expected persons by profile if every slot is open: each origin's slots, shared out by the raked tables."""
    world, joint = model.world, model.district.population.joint
    first_origin = int((world.middle - world.first[:-1]).sum())
    slots = {"guangdong": first_origin, "elsewhere": world.slots - first_origin}
    origin = np.array([levels[list(ATTRIBUTES).index("origin")] for levels in product(*ATTRIBUTES.values())])
    expected = np.zeros_like(joint)
    for name, count in slots.items():
        of_origin = np.where(origin == name, joint, 0.0)
        expected += count * of_origin / of_origin.sum()
    return expected


def by_level(parameters: Parameters, name: str, attribute: str) -> Values:
    """A parameter indexed by an attribute's levels, spread over the profiles."""
    at = list(ATTRIBUTES).index(attribute)
    return np.array([parameters.number(f"{name}.{levels[at]}") for levels in product(*ATTRIBUTES.values())])
