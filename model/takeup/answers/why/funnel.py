"""The funnel: everyone counted by cause, in the district, in every group and in every street."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.answers.why.causes import CAUSES, Cause
from takeup.answers.why.tracing import standing_of, traced
from takeup.district import MEMBERSHIP, PROFILES
from takeup.simulation import PermitModel
from takeup.simulation.record import group_names

EVERYONE: Final = ("all", "all")
"""The attribute and level of the whole district."""
FUNNEL_COLUMNS: Final = ("scenario", "replicate", "month", "attribute", "level", "cause", "persons", "share")


def counted(model: PermitModel) -> NDArray[np.int64]:
    """Simulated persons by group and cause, as a model stands; each row sums to the group's population.

    Returns:
        (1 + levels + streets, causes): the whole district, then the groups of `group_names`.
    """
    found = traced(standing_of(model)).causes
    first, width = model.world.first, len(Cause)
    by_street = [
        np.bincount(found[begin:end][found[begin:end] >= 0], minlength=width) for begin, end in _blocks(first)
    ]
    living = np.flatnonzero(found >= 0)
    codes = model.state.columns["profile"][living].astype(np.int64) * width + found[living]
    by_profile = np.bincount(codes, minlength=PROFILES * width).reshape(PROFILES, width)
    return np.concatenate([by_profile.sum(axis=0)[np.newaxis], MEMBERSHIP @ by_profile, np.array(by_street)])


def funnel_table(
    counts: NDArray[np.int64], scenario: str, replicate: int, month: str, streets: tuple[str, ...]
) -> pd.DataFrame:
    """The counts of one run as a table of FUNNEL_COLUMNS, a row a group and cause.

    Args:
        counts: of `counted`.
        scenario, replicate, month: of the run.
        streets: the district's.
    """
    groups = [EVERYONE, *group_names(streets)]
    population = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, population, out=np.full(counts.shape, np.nan), where=population > 0)
    frame = pd.DataFrame(
        [(attribute, level, cause) for attribute, level in groups for cause in CAUSES],
        columns=["attribute", "level", "cause"],
    )
    frame = frame.assign(
        scenario=scenario, replicate=replicate, month=month, persons=counts.reshape(-1), share=shares.reshape(-1)
    )
    return frame[list(FUNNEL_COLUMNS)]


def _blocks(first: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Where each street's slots begin and end."""
    return list(zip(first[:-1].tolist(), first[1:].tolist(), strict=True))
