"""Attributes of migrants, their levels, and the profiles that combine them.

A profile is numbered in mixed radix, the first attribute the most significant; `LEVEL_OF[attribute]` maps a
profile's number to the number of its level. Levels are those of the model; a district's own statistics
are re-banded to them in its population file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.errors import InputError

ATTRIBUTES: Final[dict[str, tuple[str, ...]]] = {
    "age": ("16-24", "25-34", "35-44", "45+"),
    "education": ("primary", "junior", "senior", "college"),
    "origin": ("guangdong", "elsewhere"),
    "work": ("contract", "informal", "self_employed", "none"),
    "housing": ("registered_lease", "informal_lease", "dormitory", "owned"),
    "schoolchild": ("no", "yes"),
}
STREET: Final = "street"
"""Name of the street as an attribute; it is not one of `ATTRIBUTES`."""
AREA: Final = "area"
"""Name of the areas of a district as an attribute; it is not one of `ATTRIBUTES`."""
SERVICES: Final = ("schooling", "employment", "residence", "social_security", "equal_standing")

TENURE_STARTS: Final = (0, 12, 36, 60)
"""First month of residence of each band of the monthly hazard of leaving."""
TENURE_BANDS: Final = ("0-11", "12-35", "36-59", "60+")

SHAPE: Final = tuple(len(levels) for levels in ATTRIBUTES.values())
PROFILES: Final = int(np.prod(SHAPE))

LEVEL_OF: Final[dict[str, NDArray[np.int64]]] = dict(
    zip(ATTRIBUTES, np.indices(SHAPE).reshape(len(SHAPE), PROFILES), strict=True)
)
GROUPS: Final[tuple[tuple[str, str], ...]] = tuple(
    (attribute, level) for attribute, levels in ATTRIBUTES.items() for level in levels
)
"""Pairs of attribute and level, in order."""

MEMBERSHIP: Final[NDArray[np.int64]] = np.array(
    [LEVEL_OF[attribute] == ATTRIBUTES[attribute].index(level) for attribute, level in GROUPS], dtype=np.int64
)
"""(groups, profiles): 1 where the profile belongs to the group."""


def profile_names() -> list[tuple[str, ...]]:
    """Return the levels of each profile, in the order of the profiles' numbers."""
    return list(product(*ATTRIBUTES.values()))


def profile_mask(groups: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
    """Return which profiles belong to the given groups, shape (profiles,).

    Raises:
        InputError: an attribute or level is unknown.
    """
    mask = np.ones(PROFILES, dtype=bool)
    for attribute, wanted in groups.items():
        if attribute not in ATTRIBUTES:
            raise InputError(
                "unknown attribute",
                key="groups",
                given=attribute,
                allowed=ATTRIBUTES,
                nearest=[*ATTRIBUTES, *(".".join(group) for group in GROUPS)],
            )
        for level in wanted:
            if level not in ATTRIBUTES[attribute]:
                raise InputError(
                    "unknown group", key=f"groups, {attribute}", given=level, allowed=ATTRIBUTES[attribute]
                )
        mask &= np.isin(LEVEL_OF[attribute], [ATTRIBUTES[attribute].index(level) for level in wanted])
    return mask
