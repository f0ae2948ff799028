"""Arms of a trial: assignment, and arrival of newcomers, for both engines."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_cached
from takeup.scenario import Scenario
from takeup.simulation.conditions import Conditions, MonthStreams
from takeup.simulation.kernels_population import initialise_arrival
from takeup.simulation.state import Migrants, Record

CENTRE_LEVERS: Final = ("capacity",)
"""Levers with one value for all migrants whom a service centre serves."""
DISTRICT_LEVERS: Final = ("supply", "quality", "feedback", "drift")
"""Levers with one value for all migrants: those of the services and of the administration as a whole."""


class Assignment(NamedTuple):
    """Assignment of persons and centres to the arms of a trial.

    A random number of each participant determines permanently whether they are treated. No other person is treated.
    N slots, S streets, P profiles.
    """

    stream: np.uint64
    """Start of the random stream of the assignment."""
    share: float
    """Probability that a participant is treated."""
    persons: NDArray[np.int64]
    """(N,) last occupant of each slot when the trial begins."""
    residents: NDArray[np.bool_]
    """(N,) whether that person participates."""
    newcomers: NDArray[np.bool_]
    """(N,) whether later occupants of the slot participate, given that their profile does."""
    profiles: NDArray[np.bool_]
    """(P,) profiles of newcomers that participate."""
    centres: NDArray[np.bool_]
    """(S,) whether the service centre is treated."""


class Arms(NamedTuple):
    """Arms of a trial.

    Attributes:
        scenario: policy of the treated; the untreated are subject to the policy of the model.
        assignment: assignment of persons and centres to the arms.
    """

    scenario: Scenario
    assignment: Assignment


class Treatment(NamedTuple):
    """A trial in one month.

    Attributes:
        assignment: assignment of persons and centres to the arms.
        arms: (slots,) whether the occupant at the end of the previous month is treated.
        conditions: conditions of the month for the treated.
    """

    assignment: Assignment
    arms: NDArray[np.bool_]
    conditions: Conditions


@njit_cached
def assign_arms(assignment: Assignment, migrants: Migrants) -> NDArray[np.bool_]:
    """Return whether the occupant of each slot is treated, shape (slots,)."""
    persons, residents, newcomers, profiles = (
        assignment.persons,
        assignment.residents,
        assignment.newcomers,
        assignment.profiles,
    )
    arms = np.empty(len(persons), np.bool_)
    for slot in range(len(persons)):
        person = migrants.person[slot]
        newcomer = person != persons[slot]
        participates = newcomers[slot] and profiles[migrants.profile[slot]] if newcomer else residents[slot]
        arms[slot] = participates and rng.uniform(assignment.stream, person) < assignment.share
    return arms


def initialise_arrival_in_arm(
    treatment: Treatment,
    controls: Conditions,
    streams: MonthStreams,
    migrants: Migrants,
    before: NDArray[np.int64],
) -> None:
    """Set trust and knowledge of newcomers according to their own arm.

    The arm of the previous occupant of the slot does not matter.

    Args:
        treatment: the trial in this month.
        controls: conditions of the month for the untreated.
        streams: random streams of the month.
        migrants: columns of all slots, which are changed.
        before: (slots,) person of each slot at the end of the previous month.
    """
    arms = assign_arms(treatment.assignment, migrants)
    _initialise_newcomers(arms, controls.scalars[0], treatment.conditions.scalars[0], streams, migrants, before)


@njit_cached
def _initialise_newcomers(
    arms: NDArray[np.bool_],
    controls: Record,
    treated: Record,
    streams: MonthStreams,
    migrants: Migrants,
    before: NDArray[np.int64],
) -> None:
    for slot in range(len(before)):
        if migrants.person[slot] != before[slot]:
            scalars = treated if arms[slot] else controls
            initialise_arrival(
                migrants,
                slot,
                streams,
                scalars.trust_initial_low,
                scalars.trust_initial_high,
                scalars.heard_on_arrival,
            )
