"""Whose take-up counts: everyone's, or that of the group that is worst off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from takeup.answers.plan.judging import Judge
from takeup.district import ATTRIBUTES, GROUPS

STREET: Final = "street"
"""The attribute of streets."""


@dataclass(frozen=True)
class Target:
    """Those whose take-up a package is judged by.

    Attributes:
        group: their row among the counts by group; None: everyone.
        attribute, level: what they are; empty for everyone.
        share: of them with a valid permit in the last month if nothing is bought.
    """

    group: int | None
    attribute: str
    level: str
    share: float

    @staticmethod
    def attributes() -> list[str]:
        """By which attributes a group may be worst off."""
        return [*ATTRIBUTES, STREET]

    @staticmethod
    def of(by: str | None, judge: Judge, draws: Sequence[int]) -> Target:
        """Everyone; or the level of the lowest mean take-up over some draws if nothing is bought.

        This is maximin with the group held fixed: what counts is how those at the bottom now would fare, not whoever
        comes to be at the bottom under a package. A level that nobody has in one of the draws is passed over.

        Args:
            by: an attribute; None: everyone.
            judge: who has lived nothing in these draws.
            draws: the first ones.
        """
        nothing, sound = [judge.space.nothing], judge.sound(draws)
        names = [*GROUPS, *((STREET, street) for street in judge.ensemble.district.streets)]
        rows = [None] if by is None else [row for row, (attribute, _) in enumerate(names) if attribute == by]
        shares = {}
        for row in rows:
            population, valid = np.moveaxis(judge.counts(nothing, sound, row)[:, 0], -1, 0)
            if population.all():
                shares[row] = float((valid / population).mean())
        group = min(shares, key=shares.__getitem__)
        return Target(group, *(("", "") if group is None else names[group]), shares[group])
