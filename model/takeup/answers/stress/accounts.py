"""What must add up in every month, whatever the district, the scenario and the population."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from takeup.district import ATTRIBUTES
from takeup.simulation import GROUP_COUNTS, PermitModel
from takeup.simulation.soundness import unsound

_SHARES: Final = ("mean_trust", "delivered_", "reputation_")


def month_faults(model: PermitModel, before: dict[str, Any] | None) -> Iterator[str]:
    """What does not hold of the month just lived.

    Args:
        model: which has lived it.
        before: the row of the month before; None in the first.
    """
    row: dict[str, Any] = model.rows[-1]
    told = unsound(model.state, model.world)
    if told is not None:
        yield told
    for name, value in row.items():
        if not isinstance(value, str) and not (math.isfinite(value) and value >= 0):
            yield f"{name} is {value}"
        if name.startswith(_SHARES) and not 0.0 <= value <= 1.0:
            yield f"{name} is {value}, not a share"
    if row["population"] != model.district.population.persons(model.state.month, model.agents_at_most):
        yield "the population is not the district's"
    if row["population"] != row["none"] + row["queued"] + row["valid"] + row["lapsed"]:
        yield "the statuses do not add up to the population"
    if row["population"] != row["unaware"] + row["heard"] + row["informed"]:
        yield "the levels of knowledge do not add up to the population"
    for part, whole in (
        ("returned", "applications"),
        ("endorsed_late", "endorsed"),
        ("departures_valid", "departures"),
    ):
        if row[part] > row[whole]:
            yield f"more {part} than {whole}"
    if before is not None:
        yield from _changes(row, before)


def _changes(row: dict[str, Any], before: dict[str, Any]) -> Iterator[str]:
    """Whoever is more or less than last month came or went by one of the recorded ways."""
    change = {name: row[name] - before[name] for name in ("population", "valid", "queued", "lapsed")}
    if change["population"] != row["arrivals"] - row["departures"] - row["settled"]:
        yield "the population changes otherwise than by arrivals, departures and settlement"
    flows = row["issued"] + row["endorsed_late"] - row["lapses"] - row["departures_valid"] - row["settled"]
    if change["valid"] != flows:
        yield "valid permits change otherwise than by issue, endorsement, lapse, departure and settlement"
    left_queue = row["applications"] - row["returned"] - row["issued"] - change["queued"]
    left_lapsed = row["lapses"] - row["endorsed_late"] - change["lapsed"]
    if min(left_queue, left_lapsed) < 0 or left_queue + left_lapsed + row["departures_valid"] > row["departures"]:
        yield "queues or lapsed permits change otherwise than by the recorded ways"


def group_faults(model: PermitModel) -> Iterator[str]:
    """Whether the levels of each attribute, and the streets, add up to everybody in every month."""
    groups, history = model.groups(), model.history().set_index("month")[list(GROUP_COUNTS)]
    sums = groups.groupby(["month", "attribute"])[list(GROUP_COUNTS)].sum()
    for attribute in (*ATTRIBUTES, "street"):
        if not np.array_equal(sums.xs(attribute, level="attribute").to_numpy(), history.to_numpy()):
            yield f"the counts by {attribute} do not add up to everybody"
