"""Paired outcomes: permits of the same persons with and without a policy.

The same people are simulated under both, with the same random numbers, so each person is their own control.
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
"""Paired outcomes of a person.

A resident of both simulations holds a valid permit in both, only under the policy (gained), only under the baseline
(lost), or in neither. Some persons are residents in one simulation only, because in the other they have settled
elsewhere or not arrived yet; they either hold a valid permit there or not (other).
"""
_ONLY_BASELINE, _ONLY_POLICY = TRANSITIONS.index("only_baseline_valid"), TRANSITIONS.index("only_policy_valid")


class PermitSnapshot(NamedTuple):
    """Residents of one month and their permits: arrays over the occupied slots.

    Two simulations of the same seed have the same occupied slots in the same month.

    Attributes:
        person: number of the person, the same in every simulation of a seed.
        profile: number of the person's profile.
        street: number of the person's street.
        valid: whether the person holds a valid permit.
    """

    person: NDArray[np.int64]
    profile: NDArray[np.uint16]
    street: NDArray[np.int16]
    valid: NDArray[np.bool_]


def permit_snapshot(model: PermitModel) -> PermitSnapshot:
    """Return the residents and their permits in the model's current month."""
    slots = np.flatnonzero(model.state.occupied(model.world))
    columns = model.state.columns
    streets = model.world.street_of(slots).astype(np.int16)
    return PermitSnapshot(
        columns["person"][slots], columns["profile"][slots], streets, columns["status"][slots] == VALID
    )


def transition_counts(baseline: PermitSnapshot, policy: PermitSnapshot, streets: int) -> NDArray[np.int64]:
    """Count persons by group and paired outcome.

    Args:
        baseline, policy: snapshots of the same month in two simulations with the same seed.
        streets: number of streets.

    Returns:
        Counts of shape (groups, `TRANSITIONS`): first the levels of the attributes, then the streets.
    """
    # Outcomes are indices of `TRANSITIONS`, where each "valid" is followed by its "other".
    is_same = baseline.person == policy.person
    if_same = np.where(baseline.valid, np.where(policy.valid, 0, 2), np.where(policy.valid, 1, 3))
    baseline_outcome = np.where(is_same, if_same, _ONLY_BASELINE + ~baseline.valid)
    policy_outcome = _ONLY_POLICY + ~policy.valid[~is_same]

    def count(baseline_groups: NDArray[Any], policy_groups: NDArray[Any], groups: int) -> NDArray[np.int64]:
        group = np.concatenate([baseline_groups, policy_groups[~is_same]]).astype(np.int64)
        outcome = np.concatenate([baseline_outcome, policy_outcome])
        counts = np.bincount(group * len(TRANSITIONS) + outcome, minlength=groups * len(TRANSITIONS))
        return counts.reshape(groups, len(TRANSITIONS))

    by_profile = count(baseline.profile, policy.profile, PROFILES)
    return np.concatenate([MEMBERSHIP @ by_profile, count(baseline.street, policy.street, streets)])
