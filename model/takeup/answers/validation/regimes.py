"""Counts of offices: permits issued in a year, in a campaign, in the opening months, under a mandatory permit."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from takeup.answers.trial.estimates import PERCENT
from takeup.answers.validation.findings import SCENARIOS, SetUp
from takeup.district import ATTRIBUTES, LEVEL_OF
from takeup.months import MONTHS_A_YEAR, month_name
from takeup.rules import NONE, QUEUED, VALID
from takeup.scenario import Intervention, Stated, load_scenario
from takeup.simulation import PermitModel
from takeup.simulation.record import Row

WEEKS_A_MONTH: Final = 365.25 / 7 / MONTHS_A_YEAR
_TENANTS: Final = ("registered_lease", "informal_lease")


def counts(district: PermitModel, set_up: SetUp) -> dict[str, float]:
    """Permits issued in the last year lived, per application accepted in the first months, and in a campaign.

    Args:
        district: in the month before the campaign; it does not change.
        set_up: the numbers of the set-ups.
    """
    year, opening = district.rows[-MONTHS_A_YEAR:], district.rows[: set_up.opening_months.whole]
    accepted = _sum(opening, "applications") - _sum(opening, "returned")
    return {
        "issued_a_head": PERCENT * _sum(year, "issued") / (_sum(year, "population") / len(year)),
        "opening_pipeline": _sum(opening, "issued") / accepted if accepted > 0.0 else float("nan"),
        "campaign": _campaign(district, set_up),
    }


def mandatory(district: PermitModel, set_up: SetUp) -> dict[str, float]:
    """Permits issued, and applications accepted, per 100 persons since a mandatory permit began.

    Nobody has held one before. Counters are manned for so many a month of those who live there at the beginning.

    Args:
        district: whose people, parameters and seed they are; it does not change.
        set_up: the numbers of the set-ups.
    """
    start, place = month_name(district.start), district.district
    persons = place.population.persons(district.start, place.population.most)
    rule = load_scenario(SCENARIOS / "shenzhen_2008.toml")
    counters = Intervention.model_validate(
        {"lever": "capacity", "set": set_up.mandatory_capacity.value * persons, "from": start}
    )
    regime = PermitModel(
        place, replace(rule, stated=(*rule.stated, Stated(counters, None, len(rule.stated) + 1))),
        district.agents_at_most, district.engine, district.seed, parameters=district.overrides, start=start,
        until=month_name(district.until),
    )  # fmt: skip
    regime.run_until(district.start + set_up.mandatory_months.whole - 1)
    population = float(regime.rows[-1]["population"])
    accepted = _sum(regime.rows, "applications") - _sum(regime.rows, "returned")
    return {
        "mandatory": PERCENT * _sum(regime.rows, "issued") / population,
        "mandatory_accepted": PERCENT * accepted / population,
    }


def changes(district: PermitModel, set_up: SetUp) -> dict[str, float]:
    """Points by which take-up changes under stricter conditions, and under a longer procedure.

    Args:
        district: in the month before; it does not change.
        set_up: the numbers of the set-ups.
    """
    until = district.state.month + set_up.policy_months.whole
    shares = []
    for name in (None, "stricter_conditions", "longer_procedure"):
        world = district.branch(None if name is None else SCENARIOS / f"{name}.toml")
        world.run_until(until)
        shares.append(PERCENT * float(world.rows[-1]["valid"]) / float(world.rows[-1]["population"]))
    return {"sign_conditions": shares[1] - shares[0], "sign_procedure": shares[2] - shares[0]}


def _campaign(district: PermitModel, set_up: SetUp) -> float:
    """First permits to tenants in the months after the campaign's first: nobody is served in the month of applying.

    Scaled to its weeks, per 100 tenants of the campaign's first month who have stayed.
    """
    town, months = district.branch(SCENARIOS / "campaign.toml"), set_up.campaign_months
    town.step()
    migrants = town.state.migrants
    rented = np.isin(LEVEL_OF["housing"], [ATTRIBUTES["housing"].index(level) for level in _TENANTS])
    tenants = (town.world.rank < town.state.population) & rented[migrants.profile]
    before, first = migrants.person.copy(), tenants & np.isin(migrants.status, (NONE, QUEUED))
    town.run_until(town.state.month + months.whole)
    stayed = (town.state.migrants.person == before) & (town.world.rank < town.state.population)
    issued = int((first & stayed & (town.state.migrants.status == VALID)).sum())
    weeks = set_up.campaign_weeks.value / (months.value * WEEKS_A_MONTH)
    number = int((tenants & stayed).sum())
    return PERCENT * weeks * issued / number if number else float("nan")


def _sum(rows: list[Row], column: str) -> float:
    return float(sum(float(row[column]) for row in rows))
