"""What became of each person in two worlds.

The same people live under both policies, so that each is their own control.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.district import MEMBERSHIP, PROFILES
from takeup.rules import VALID
from takeup.simulation import PermitModel

TRANSITIONS: Final = (
    "both",
    "gained",
    "lost",
    "neither",
    "only_baseline_valid",
    "only_baseline_other",
    "only_policy_valid",
    "only_policy_other",
)
"""Of who lives here in both worlds: holds a valid permit in both, under the policy alone, without it alone, in
neither. Of who lives here in one of the two alone, for under the other policy they have settled or have not come yet:
holds one there, or not.
"""
_BASELINE_ALONE, _POLICY_ALONE = TRANSITIONS.index("only_baseline_valid"), TRANSITIONS.index("only_policy_valid")


class PermitSnapshot(NamedTuple):
    """Who lives in each open slot, and whether their permit is in force; in two worlds the same slots are open.

    Attributes:
        person: their number, which is theirs in every world of a seed.
        profile, street: numbers.
        valid: whether they hold a permit in force.
    """

    person: NDArray[np.int64]
    profile: NDArray[np.uint16]
    street: NDArray[np.int16]
    valid: NDArray[np.bool_]


def permit_snapshot(model: PermitModel) -> PermitSnapshot:
    """How a model's people stand now."""
    slots = np.flatnonzero(model.state.occupied(model.world))
    columns = model.state.columns
    streets = model.world.street_of(slots).astype(np.int16)
    return PermitSnapshot(
        columns["person"][slots], columns["profile"][slots], streets, columns["status"][slots] == VALID
    )


def transition_counts(baseline: PermitSnapshot, policy: PermitSnapshot, streets: int) -> NDArray[np.int64]:
    """Persons by group and fate, shape (attributes' levels, then streets; FATES); exact counts.

    Args:
        baseline, policy: how the same people stand in the same month of the two worlds.
        streets: their number.
    """
    same = baseline.person == policy.person
    of_both = np.where(baseline.valid, np.where(policy.valid, 0, 2), np.where(policy.valid, 1, 3))
    of_baseline = np.where(same, of_both, _BASELINE_ALONE + ~baseline.valid)
    of_others = _POLICY_ALONE + ~policy.valid[~same]

    def counted(at_baseline: NDArray[Any], at_policy: NDArray[Any], places: int) -> NDArray[np.int64]:
        place = np.concatenate([at_baseline, at_policy[~same]]).astype(np.int64)
        fate = np.concatenate([of_baseline, of_others])
        return np.bincount(place * len(TRANSITIONS) + fate, minlength=places * len(TRANSITIONS)).reshape(
            places, len(TRANSITIONS)
        )

    by_profile = counted(baseline.profile, policy.profile, PROFILES)
    return np.concatenate([MEMBERSHIP @ by_profile, counted(baseline.street, policy.street, streets)])
