"""One person's months, from arriving to leaving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.why import Reason, attribute_reasons, take_snapshot
from takeup.dashboard.history import FIRST, LAST, History
from takeup.dashboard.weighing import Weighed
from takeup.district import ATTRIBUTES, LEVEL_OF
from takeup.rules import LAPSED, VALID, residence, utility
from takeup.scenario import BASELINE, Scenario
from takeup.simulation import PermitModel
from takeup.simulation.census import unpack_counts


@dataclass(frozen=True)
class Entry:
    """One month's end.

    Attributes:
        month: its number.
        residence_months, registered_months, permit_months: as the state has them.
        qualified: whether they may apply; `by_registration`: by that alone.
        weighed: what they would weigh if asked.
        considers: chance that they get round to weighing it in a month unprompted, as things stand.
        complete: chance that an application is accepted.
    """

    month: int
    residence_months: int
    registered_months: int
    permit_months: int
    qualified: bool
    by_registration: bool
    weighed: Weighed
    considers: float
    complete: float


@dataclass(frozen=True)
class Diary:
    """A person's life in the district.

    Attributes:
        person, slot: who.
        street: number of their street.
        profile: level by attribute.
        insured: whether they have local social insurance.
        entries: a month each, without a gap.
    """

    person: int
    slot: int
    street: int
    profile: dict[str, str]
    insured: bool
    entries: tuple[Entry, ...]

    def at(self, month: int) -> Entry:
        """The entry of a month, or of the nearest one in which they live here."""
        first, last = self.entries[0].month, self.entries[-1].month
        return self.entries[min(max(month, first), last) - first]


def people_with(model: PermitModel, cause: Reason | None) -> NDArray[np.int64]:
    """Slots of those who live here and stand at a cause; of all who live here if None. In the order of their ranks.

    Args:
        model: at a month's end.
        cause: of `why`.
    """
    causes = attribute_reasons(take_snapshot(model)).causes
    slots = np.flatnonzero(causes >= 0 if cause is None else causes == cause)
    return slots[np.argsort(model.world.rank[slots])]


def diary_of(history: History, slot: int, month: int, scenario: Scenario = BASELINE) -> Diary:
    """Whoever lives in a slot at a month's end, from their first month here to their last.

    Args:
        history: of the seed.
        slot: an open one.
        month: number.
        scenario: the policy they live under.
    """
    model = history.at(FIRST - 1, scenario)
    entries: list[Entry] = []
    lived: list[Any] = []
    while model.state.month < LAST:
        model.step()
        me = model.state.migrants.rows(slot)
        lives = model.world.rank[slot] < model.state.population
        if lived and not (lives and me["person"] == lived[-1]["person"]):
            if model.state.month > month:
                break
            entries, lived = [], []
        if lives:
            lived.append(me)
            entries.append(_entry(model, slot))
    who = lived[-1]
    return Diary(
        person=int(who["person"]),
        slot=slot,
        street=model.world.street_of(slot),
        profile={name: levels[int(LEVEL_OF[name][who["profile"]])] for name, levels in ATTRIBUTES.items()},
        insured=bool(who["insured"]),
        entries=tuple(entries),
    )


def weighed_by(model: PermitModel, slot: int) -> Weighed:
    """What the person in a slot weighs as a model stands at a month's end."""
    me, world, state = model.state.migrants.rows(slot), model.world, model.state
    levers, number, vector = model.timeline.at(state.month), model.parameters.number, model.parameters.vector
    profile, street, kind = int(me["profile"]), world.street_of(slot), world.traits[int(me["profile"])]
    counts = unpack_counts(int(model.census.contact_counts[slot]))
    hardship = utility.hardship(
        float(levers.data_sharing[street]),
        float(vector("paperwork")[kind["education"]]),
        float(vector("lease_hardship")[kind["housing"]]),
        float(vector("work_hardship")[kind["work"]]),
    )
    return Weighed(
        status=int(me["status"]),
        knowledge=int(me["knowledge"]),
        trust=float(me["trust"]),
        stay=float(kind["stay"][residence.tenure_band(int(me["residence_months"]))]),
        taste=float(world.taste[me["taste"]]),
        value=_services(levers.value),
        need=_services(world.need[profile]),
        reputation=_services(state.reputation),
        delivered=_services(state.delivered),
        recurring=_services(vector("recurring")),
        holders=counts.valid,
        lapsed=counts.lapsed,
        contacts=world.contacts.shape[1],
        norm=number("norm"),
        lapsed_says=number("lapsed_says"),
        enforcement=float(levers.enforcement[0]),
        understanding_heard=number("understanding_heard"),
        learning=float(levers.learning[0]),
        red_tape=state.red_tape,
        documents=float(levers.documents[street, profile]),
        hardship=hardship,
        trip_cost=number("trip_cost"),
        trips=float(levers.trips[street, profile]),
        online=float(levers.online[street, profile]),
        wait_cost=number("wait_cost"),
        wait=float(state.wait[street]),
        fee_cost=number("fee_cost"),
        fee_cny=float(levers.fee_cny[0]),
        stigma=float(levers.stigma[street, profile]),
        renewal=number("renewal"),
    )


def _entry(model: PermitModel, slot: int) -> Entry:
    me, levers = model.state.migrants.rows(slot), model.timeline.at(model.state.month)
    profile, street = int(me["profile"]), model.world.street_of(slot)
    weighed = weighed_by(model, slot)
    hassle, share = float(levers.hassle[0]), weighed.renewal if weighed.keeps else 1.0
    attention = (
        levers.remember
        if weighed.status == VALID
        else levers.late_attention
        if weighed.status == LAPSED
        else levers.attention
    )
    return Entry(
        month=model.state.month,
        residence_months=int(me["residence_months"]),
        registered_months=int(me["registered_months"]),
        permit_months=int(me["permit_months"]),
        qualified=residence.is_eligible(
            int(me["registered_months"]), int(me["residence_months"]), bool(me["insured"]),
            bool(model.world.traits[profile]["owned"]), model.months_to_qualify,
        ),
        by_registration=int(me["registered_months"]) >= model.months_to_qualify,
        weighed=weighed,
        considers=utility.hassle_factor(hassle, share * weighed.compliance) * float(attention[street, profile]),
        complete=utility.completeness_probability(float(levers.return_rate[0]), weighed.red_tape, weighed.hardship),
    )  # fmt: skip


def _services(numbers: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(numbers.tolist())
