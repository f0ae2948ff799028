"""Checks that the people of an intervention fit the grain of its lever: by street, by attribute, or neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from takeup.district import ATTRIBUTES, Area, Definition
from takeup.district.attributes import AREA
from takeup.errors import InputError
from takeup.message import DataText, Message
from takeup.scenario.interventions import Intervention


def check_grain(
    lever: Definition, intervention: Intervention, groups: Mapping[str, Sequence[str]], areas: Sequence[Area]
) -> None:
    """Check that a lever may differ by the streets and attributes to which an intervention is limited.

    Args:
        lever: the lever.
        intervention: the intervention.
        groups: levels by attribute to which the intervention is limited.
        areas: areas to which the intervention is limited.

    Raises:
        InputError: the lever cannot differ by one of them.
    """
    by_street = next((area.label for area in areas if area.streets is not None), None)
    for key, given in (
        ("streets", None if intervention.streets is None else ", ".join(intervention.streets)),
        ("groups", by_street),
    ):
        if given is not None and not lever.varies_by_street:
            raise InputError(
                Message("the lever {lever} has one value for the whole district", lever=lever.name)
                if lever.grain == "district"
                else Message("the lever {lever} cannot differ by street", lever=lever.name),
                key=key,
                given=given,
                allowed=Message(
                    "no {key}, because the grain of the lever is {grain}", key=key, grain=DataText(lever.grain)
                ),
            )
    limits = {attribute: attribute for attribute in groups}
    limits |= {attribute: area.label for area in areas for attribute in area.groups or ()}
    for attribute, given in limits.items():
        if attribute in ATTRIBUTES and not lever.varies_by(attribute):
            raise InputError(
                Message("the lever {lever} cannot differ by {attribute}", lever=lever.name, attribute=attribute),
                key="groups",
                given=given,
                allowed=Message("groups within the grain of the lever: {grain}", grain=DataText(lever.grain)),
            )


def check_product(residents: NDArray[np.bool_], areas: Sequence[Area]) -> None:
    """Check that residents are those of some streets and some profiles, whichever the street.

    Args:
        residents: residents on whom an intervention acts, shape (streets, profiles).
        areas: areas to which the intervention is limited.

    Raises:
        InputError: the profiles differ between streets.
    """
    if not np.array_equal(residents, np.outer(residents.any(axis=1), residents.any(axis=0))):
        raise InputError(
            "the areas differ in streets and in housing",
            key=f"groups, {AREA}",
            given=", ".join(area.name for area in areas),
            allowed="one area per intervention on this lever",
        )
