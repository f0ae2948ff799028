"""Hypothesis strategies: valid scenarios and parameters, at random."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from takeup.district import ATTRIBUTES, Definition, District, levers
from takeup.months import format_month, parse_month
from takeup.scenario import Scenario
from tests.scenario.written import policy

Hull = tuple[float, float]
"""Smallest and largest value that a lever can have after the interventions so far."""


@st.composite
def policies(
    draw: st.DrawFn, district: District, first: str = "2009-11", last: str = "2011-06", most: int = 6
) -> Scenario:
    """A scenario of up to `most` interventions, none of which takes a lever outside its range."""
    values = {name: district.parameters.vector(name) for name in levers()}
    hulls = {name: (float(value.min()), float(value.max())) for name, value in values.items()}
    stated = []
    for _ in range(draw(st.integers(0, most))):
        definition = draw(st.sampled_from(list(levers().values())))
        members = () if definition.has_ends else definition.names  # one limit alone might cross the other
        lever = draw(st.sampled_from([definition.name, *members]))
        intervention: dict[str, Any] = {"lever": lever}
        intervention |= draw(_operations(definition, district, hulls))
        intervention |= draw(_months(parse_month(first), parse_month(last), definition))
        intervention |= draw(_places(lever, definition, district))
        if lever.startswith("register.") and "groups" in intervention:  # its other groups have no residents
            intervention["groups"]["housing"].append(lever.removeprefix("register."))
        stated.append(intervention)
    return policy(*stated)


@st.composite
def _operations(
    draw: st.DrawFn, definition: Definition, district: District, hulls: dict[str, Hull]
) -> dict[str, Any]:
    """One of set, add and multiply, with an amount that keeps the lever within its range for every value."""
    low, high = _range(definition, district)
    least, greatest = hulls[definition.name]
    if definition.whole:
        amount: float = draw(st.integers(int(low), min(int(high), 24)))
        hulls[definition.name] = min(least, amount), max(greatest, amount)
        return {"set": amount}
    operation = draw(st.sampled_from(["set", "add", "multiply"] if greatest < float("inf") else ["set"]))
    if operation == "set":
        amount = draw(st.floats(low, min(high, 1e6)))
        reached = (amount, amount)
    elif operation == "add":
        # Slightly less than the largest amount, because the sum is rounded.
        down, up = (low - least) * 0.999, (min(high, 1e6) - greatest) * 0.999
        amount = draw(st.floats(min(down, 0.0), max(up, 0.0)))
        reached = (least + amount, greatest + amount)
    else:
        amount = draw(st.floats(0.0, 1.0))
        reached = (least * amount, greatest * amount)
    hulls[definition.name] = min(least, *reached), max(greatest, *reached)
    return {operation: amount}


@st.composite
def _months(draw: st.DrawFn, first: int, last: int, definition: Definition) -> dict[str, Any]:
    begins = draw(st.integers(first, last))
    months: dict[str, Any] = {"from": format_month(begins)}
    if draw(st.booleans()):
        months["until"] = format_month(draw(st.integers(begins, last + 6)))
    if definition.name != "supply":  # cannot interpolate from infinity
        months["ramp_months"] = draw(st.sampled_from([1, 1, 2, 5, 30]))
    return months


@st.composite
def _places(draw: st.DrawFn, lever: str, definition: Definition, district: District) -> dict[str, Any]:
    grain = definition.grain or ""
    places: dict[str, Any] = {}
    if "street" in grain and draw(st.booleans()):
        places["streets"] = draw(_some(district.streets))
    attributes = list(ATTRIBUTES) if "profile" in grain else ["housing"] if "housing" in grain else []
    chosen = draw(st.lists(st.sampled_from(attributes), max_size=2, unique=True)) if attributes else []
    if chosen:
        places["groups"] = {attribute: draw(_some(ATTRIBUTES[attribute])) for attribute in chosen}
        if lever.startswith("register."):  # other groups than the member's have no residents
            places["groups"]["housing"] = [lever.removeprefix("register.")]
    if draw(st.booleans()):
        yuan = st.floats(0.0, 1e6)
        cost = {"fixed_cny": draw(yuan), "per_month_cny": draw(yuan), "per_person_cny": draw(st.floats(0.0, 10.0))}
        places["cost"] = cost | {"source": "invented"}
    return places


def _some(names: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)


def _range(definition: Definition, district: District) -> Hull:
    entries = [district.parameters[name] for name in definition.names]
    return max(entry.low for entry in entries), min(entry.high for entry in entries)


_SHARES = (
    "forget", "understanding_heard", "heard_at_start", "rewire", "lapsed_says", "trust_loss", "trust_gain",
    "reputation_at_start", "recovery", "endorsement_load", "min_net_share", "wait_memory",
    "settle", "leave.0-11", "leave.12-35", "move", "insured", "move.dormitory", "renewal", "norm", "trip_cost",
    "red_tape_low", "lease_hardship", "recurring",
)  # fmt: skip


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, float]:
    """Other values for up to five parameters that are not levers."""
    share = st.one_of(st.sampled_from([0.001, 1.0]), st.floats(0.001, 1.0))
    values = draw(st.dictionaries(st.sampled_from(_SHARES), share, max_size=5))
    if draw(st.booleans()):
        values["contacts"] = draw(st.sampled_from([2, 4, 6]))
    if draw(st.booleans()):
        values["months_to_settle"] = draw(st.integers(0, 60))
    if draw(st.booleans()):
        values["wait_ceiling"] = draw(st.floats(0.0, 120.0))
    if draw(st.booleans()):
        values["attention_spread"] = draw(st.floats(0.0, 2.0))
    return values
