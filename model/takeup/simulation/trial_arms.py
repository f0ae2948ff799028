"""Who is treated in a trial, and what newcomers find: what both engines do alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_cached
from takeup.simulation.conditions import Conditions, MonthStreams
from takeup.simulation.kernels_population import initialise_arrival
from takeup.simulation.state import Migrants, Record


class Assignment(NamedTuple):
    """Who is treated in a trial. N slots, S streets, P profiles.

    Of those who take part each is treated or not by a draw of their own, for life; nobody else is treated.
    """

    luck: np.uint64
    """Where the stream of the draws begins."""
    share: float
    """Chance of being treated, of those who take part."""
    persons: NDArray[np.int64]
    """(N,) who lived in each slot, or did last, when the trial began."""
    residents: NDArray[np.bool_]
    """(N,) whether that person takes part."""
    newcomers: NDArray[np.bool_]
    """(N,) whether those who move in later take part, if they are of one of"""
    profiles: NDArray[np.bool_]
    """(P,) these profiles."""
    centres: NDArray[np.bool_]
    """(S,) whose service centre works under the treatment."""


class Treatment(NamedTuple):
    """The trial in a month being lived.

    Attributes:
        assignment: who is treated.
        arms: (slots,) whether whoever lived there at the end of last month is.
        conditions: what the month holds for the treated.
    """

    assignment: Assignment
    arms: NDArray[np.bool_]
    conditions: Conditions


@njit_cached
def assign_arms(assignment: Assignment, migrants: Migrants) -> NDArray[np.bool_]:
    """(slots,) whether each slot's person is treated."""
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
        takes_part = newcomers[slot] and profiles[migrants.profile[slot]] if newcomer else residents[slot]
        arms[slot] = takes_part and rng.uniform(assignment.luck, person) < assignment.share
    return arms


def initialise_arrival_in_arm(
    treatment: Treatment, controls: Conditions, migrants: Migrants, before: NDArray[np.int64]
) -> None:
    """Let newcomers find what their own arm finds, not the arm of whoever had their slot.

    Args:
        treatment: the trial in the month being lived.
        controls: what the month holds for the untreated.
        migrants: written to.
        before: (slots,) the persons at the end of last month.
    """
    arms = assign_arms(treatment.assignment, migrants)
    _greet(arms, controls.terms[0], treatment.conditions.terms[0], controls.luck, migrants, before)


@njit_cached
def _greet(
    arms: NDArray[np.bool_],
    controls: Record,
    treated: Record,
    luck: MonthStreams,
    migrants: Migrants,
    before: NDArray[np.int64],
) -> None:
    for slot in range(len(before)):
        if migrants.person[slot] != before[slot]:
            terms = treated if arms[slot] else controls
            initialise_arrival(migrants, slot, luck, terms.trust_low, terms.trust_high, terms.heard_on_arrival)
