"""Who takes part in a trial, and who of them is treated: settled once, in the month before it begins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup import chance
from takeup.answers.trial.design import Design
from takeup.errors import InputError
from takeup.rules import VALID
from takeup.scenario import profiles_in
from takeup.simulation import Assignment, PermitModel, arms_of, entitled


class Enrolled(NamedTuple):
    """Those who take part, E of them, whatever becomes of them.

    Attributes:
        slots: (E,) where they live.
        persons: (E,) who they are.
        streets: (E,) numbers of their streets.
        treated: (E,) whether they are.
        assignment: the same for the simulation.
    """

    slots: NDArray[np.int64]
    persons: NDArray[np.int64]
    streets: NDArray[np.int64]
    treated: NDArray[np.bool_]
    assignment: Assignment


def enrol(model: PermitModel, design: Design) -> Enrolled:
    """Enrol the eligible of a district as it stands, and draw.

    By person, newcomers of the groups are drawn too if all are eligible, and are outside the trial otherwise. By
    street, whoever lives in a treated street is treated, and the eligible are those who are counted.

    Raises:
        InputError: all streets would be in one arm.
    """
    world, persons = model.world, model.state.migrants.person.copy()
    eligible, profiles = eligible_slots(model, design), profiles_in(dict(design.groups))
    luck = chance.start_of(model.seed, chance.FOR_LIFE, chance.TRIAL)
    if design.unit == "person":
        newcomers = np.full(world.slots, design.eligible == "all")
        centres = np.zeros(world.streets, dtype=bool)
        assignment = Assignment(luck, design.share, persons, eligible, newcomers, profiles, centres)
    else:
        centres = treated_streets(luck, design.share, world.streets)
        inside = np.repeat(centres, np.diff(world.first))
        assignment = Assignment(luck, 1.0, persons, inside, inside, np.ones_like(profiles), centres)
    slots = np.flatnonzero(eligible)
    return Enrolled(
        slots=slots,
        persons=persons[slots],
        streets=np.searchsorted(world.first, slots, side="right") - 1,
        treated=arms_of(assignment, model.state.migrants)[slots],
        assignment=assignment,
    )


def eligible_slots(model: PermitModel, design: Design) -> NDArray[np.bool_]:
    """(slots,) whether whoever lives there is eligible, as they stand."""
    state, world = model.state, model.world
    here = world.rank < state.population
    here &= profiles_in(dict(design.groups))[state.migrants.profile]
    if design.eligible in ("holders", "nonholders", "qualified-nonholders"):
        here &= (state.migrants.status == VALID) == (design.eligible == "holders")
    if design.eligible in ("qualified", "qualified-nonholders"):
        here &= entitled(state.migrants, world.owned, model.months_to_qualify)
    return here


def treated_streets(luck: np.uint64, share: float, streets: int) -> NDArray[np.bool_]:
    """(streets,) which are treated: the nearest whole number to the share of them, those with the lowest draws.

    Raises:
        InputError: that is none or all of them.
    """
    count = int(np.floor(share * streets + 0.5))
    if not 0 < count < streets:
        raise InputError(
            f"{count} of {streets} streets would be treated",
            key="--share",
            given=share,
            allowed="a share that leaves a street in each arm",
        )
    draws = [chance.draw(luck, street) for street in range(streets)]
    chosen = np.zeros(streets, dtype=bool)
    chosen[np.argsort(draws, kind="stable")[:count]] = True
    return chosen
