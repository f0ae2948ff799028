"""Reference model of one month, from the description of the model alone: slow, plain, person by person.

It takes from the code under test only what never changes or is tested by itself: the random words, the values of the
levers, who listens to whom, the shares that newcomers' profiles are drawn from, expected further stays.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import exp, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from takeup import PermitModel, rng
from takeup.district import ATTRIBUTES, LEVEL_OF, SERVICES
from takeup.simulation.world import expected_further_stay
from tests.simulation.invariants import leave_of

NONE, QUEUED, VALID, LAPSED = range(4)
UNAWARE, HEARD, INFORMED = range(3)
STAYED, FORGOT, MOVED, DISAPPOINTED = range(4)


@dataclass
class ExpectedMonth:
    """The expected result of a month.

    Attributes:
        people: by slot, the columns of the occupant; closed slots are missing.
        queues: slots by street, the first to be served first.
        credit, wait: by street.
        delivered, reputation: by service.
        red_tape: of the district.
        flows: persons by what happened to them.
    """

    people: dict[int, dict[str, Any]] = field(default_factory=dict)
    queues: list[list[int]] = field(default_factory=list)
    credit: list[float] = field(default_factory=list)
    wait: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    reputation: list[float] = field(default_factory=list)
    red_tape: float = 1.0
    flows: Counter[str] = field(default_factory=Counter)


class ReferenceMonth:
    """The month that a model is about to run."""

    def __init__(self, model: PermitModel) -> None:
        self.model, self.world, self.state = model, model.world, model.state.copy()
        self.month = model.state.month + 1
        self.levers = model.timeline.at(self.month)
        self.number = model.parameters.number
        self.leave = leave_of(model.parameters)
        self.further = expected_further_stay(self.leave)
        self.month_streams = {name: self._stream(getattr(rng, name), self.month) for name in ("EVENTS", "DECISIONS")}
        self.permanent_streams = {
            name: self._stream(getattr(rng, name), 0) for name in ("PROFILE", "TASTE", "TRAITS")
        }
        self.before = self.state.occupied(self.world)
        self.expected = ExpectedMonth()
        self.joined: list[list[tuple[float, int]]] = [[] for _ in range(self.world.streets)]
        self.endorsed: Counter[int] = Counter()

    def run(self) -> ExpectedMonth:
        """Run the month, phase by phase."""
        population = self.model.district.population.persons(self.month, self.model.agents_at_most)
        for slot in range(self.world.slots):
            if self.world.rank[slot] < population:
                self.expected.people[slot] = self.person(slot)
            elif self.before[slot]:
                self.departs(slot)
        for street in range(self.world.streets):
            self.serve(street)
        self.services()
        self.supervision()
        return self.expected

    def person(self, slot: int) -> dict[str, Any]:
        """Leave, or reside, receive information and act."""
        if not self.before[slot]:
            return self.newcomer(slot)
        person = {name: column[slot].item() for name, column in self.state.columns.items()}
        u_leave, u_home, u_information = rng.uniforms(self.month_streams["EVENTS"], person["person"])
        leave = self.leave[person["profile"], self.band(person)]
        if u_leave < leave:
            self.departs(slot)
            return self.newcomer(slot)
        long_here = person["residence_months"] >= self.number("months_to_settle")
        if person["status"] == VALID and long_here and u_leave < leave + self.number("settle"):
            self.expected.flows["settled"] += 1
            return self.newcomer(slot)
        self.reside(person, slot, u_home)
        prompted = self.receive_information(person, slot, u_information)
        self.act(person, slot, prompted)
        return person

    def departs(self, slot: int) -> None:
        self.expected.flows["departures"] += 1
        self.expected.flows["departures_valid"] += self.state.columns["status"][slot] == VALID

    def newcomer(self, slot: int) -> dict[str, Any]:
        """A newcomer, to whom nothing else happens this month."""
        self.expected.flows["arrivals"] += 1
        person = int(self.state.columns["person"][slot]) + self.world.slots
        origin = 0 if slot < self.world.middle[self.world.street_of(slot)] else 1
        shares = self.world.newcomers[origin]
        profile = int(np.searchsorted(shares, rng.uniform(self.permanent_streams["PROFILE"], person), side="right"))
        trust, insurance, knowledge = rng.uniforms(self.permanent_streams["TRAITS"], person)
        word = int(rng.random_word(self.permanent_streams["TASTE"], person))
        low, high = self.levers.trust_initial
        return {
            "person": person,
            "profile": profile,
            "taste": word >> 48,
            "attentiveness": (word >> 40) % 256,
            "trust": low + (high - low) * trust,
            "insured": insurance < self.number(f"insured.{self.level('work', profile)}"),
            "knowledge": HEARD if knowledge < self.levers.heard_on_arrival[0] else UNAWARE,
            "status": NONE,
            "residence_months": 0,
            "registered_months": -1,
            "permit_months": -1,
            "ever_registered": False,
            "returned_last": False,
            "lapse_cause": STAYED,
        }

    def reside(self, person: dict[str, Any], slot: int, u_home: float) -> None:
        housing = int(LEVEL_OF["housing"][person["profile"]])
        person["residence_months"] += 1
        if person["registered_months"] >= 0:
            moves = u_home < self.number(f"move.{ATTRIBUTES['housing'][housing]}")
            person["registered_months"] = -1 if moves else person["registered_months"] + 1
        elif u_home < self.levers.register[housing, self.world.street_of(slot)]:
            person["registered_months"] = 0
            person["ever_registered"] = True

    def receive_information(self, person: dict[str, Any], slot: int, u_information: float) -> bool:
        """Whether publicity reached them: then they are prompted."""
        reach = self.number(f"reach.{self.level('education', person['profile'])}")
        p = min(max(self.levers.publicity[self.world.street_of(slot), person["profile"]] * reach, 0.0), 1.0)
        p = self.attentive(person, p)
        informed = self.contacts(slot, "knowledge", INFORMED)
        silent = (1.0 - self.levers.word_of_mouth[0]) ** informed
        if u_information < 1.0 - (1.0 - p) * silent:
            person["knowledge"] = min(person["knowledge"] + 1, INFORMED)
        elif u_information >= 1.0 - self.number("forget") and person["status"] in (NONE, LAPSED):
            person["knowledge"] = max(person["knowledge"] - 1, UNAWARE)
        return u_information < p

    def act(self, person: dict[str, Any], slot: int, prompted: bool) -> None:
        status, street, profile = person["status"], self.world.street_of(slot), person["profile"]
        considers, completeness, order = rng.uniforms(self.month_streams["DECISIONS"], person["person"])
        papers, cost = self.hardship(street, profile), self.compliance(street, profile)
        hassle, renewal = self.levers.hassle[0], self.number("renewal")
        pace, pace_keep = exp(-hassle * cost), exp(-hassle * renewal * cost)
        attention, late_attention, remember = (
            self.attentive(person, lever[street, profile])
            for lever in (self.levers.attention, self.levers.late_attention, self.levers.remember)
        )
        may = self.qualified(person) and person["knowledge"] != UNAWARE
        if status == NONE and may:
            if considers < pace * (1.0 if prompted else attention):
                self.apply(person, slot, cost, completeness, order, papers)
        elif status == VALID:
            person["permit_months"] += 1
            delivered = self.service_utility(profile)[2]
            person["trust"] += self.number("trust_gain") * (delivered - person["trust"])
            if person["permit_months"] >= self.levers.permit_term_months[0]:
                self.endorse(person, slot, cost, considers < pace_keep * remember)
        elif status == LAPSED and may:
            late = 1.0 if prompted else late_attention
            if considers < pace_keep * late and self.utility_of_endorsing(person, slot, cost) > 0.0:
                self.expected.flows["endorsed_late"] += 1
                self.is_endorsed(person, slot)

    def apply(
        self, person: dict[str, Any], slot: int, cost: float, completeness: float, order: float, papers: float
    ) -> None:
        street, profile = self.world.street_of(slot), person["profile"]
        understood = (0.0, self.number("understanding_heard"), 1.0)[person["knowledge"]]
        burden = self.levers.learning[0] * (1.0 - understood) + cost + self.levers.stigma[street, profile]
        benefit = understood * person["trust"] * self.stay(person) * self.service_utility(profile)[0]
        if benefit + self.norm(slot) + self.levers.enforcement[0] + self.taste(person) - burden <= 0.0:
            return
        self.expected.flows["applications"] += 1
        complete = min(max(1.0 - self.levers.return_rate[0] * self.state.red_tape * papers, 0.0), 1.0)
        person["returned_last"] = not completeness < complete
        if person["returned_last"]:
            self.expected.flows["returned"] += 1
            person["trust"] *= 1.0 - self.number("trust_loss")
        else:
            person["status"] = QUEUED
            self.joined[street].append((order, slot))

    def endorse(self, person: dict[str, Any], slot: int, cost: float, remembers: bool) -> None:
        if not remembers:
            cause = FORGOT
        elif not self.qualified(person):
            cause = MOVED
        else:
            cause = STAYED if self.utility_of_endorsing(person, slot, cost) > 0.0 else DISAPPOINTED
        if cause == STAYED:
            self.is_endorsed(person, slot)
        else:
            self.expected.flows["lapses"] += 1
            person["status"], person["lapse_cause"] = LAPSED, cause

    def is_endorsed(self, person: dict[str, Any], slot: int) -> None:
        self.expected.flows["endorsed"] += 1
        self.endorsed[self.world.street_of(slot)] += 1
        person["status"], person["permit_months"], person["lapse_cause"] = VALID, 0, STAYED

    def utility_of_endorsing(self, person: dict[str, Any], slot: int, cost: float) -> float:
        kept = person["trust"] * self.stay(person) * self.service_utility(person["profile"])[1]
        stigma = self.levers.stigma[self.world.street_of(slot), person["profile"]]
        gains = kept + self.norm(slot) + self.levers.enforcement[0] + self.taste(person)
        return float(gains - self.number("renewal") * cost - stigma)

    def serve(self, street: int) -> None:
        """Pass over who left, serve as many as capacity allows, let the new join by lot."""
        people = self.expected.people
        first, length = self.world.first[street], self.state.length[street]
        queue = [int(slot) for slot in self.state.line[first : first + length]]
        queue = [slot for slot in queue if slot in people and people[slot]["status"] == QUEUED]
        share = (
            self.model.district.street_shares[street]
            * self.model.agents_at_most
            / self.model.district.population.most
        )
        capacity = self.levers.capacity[street] * share
        load = self.number("endorsement_load") * self.endorsed[street]
        net = max(capacity * self.number("min_net_share"), capacity - load)
        credit = float(self.state.credit[street]) + net
        issued = min(floor(credit), len(queue))
        for slot in queue[:issued]:
            people[slot] |= {"status": VALID, "permit_months": 0, "knowledge": INFORMED}
        self.expected.flows["issued"] += issued
        queue = queue[issued:]
        self.expected.credit.append(credit - issued if queue else 0.0)
        queue += [slot for _, slot in sorted(self.joined[street])]
        self.expected.queues.append(queue)
        there_is = len(queue) / net if net > 0.0 else self.number("wait_ceiling") * bool(queue)
        wait = float(self.state.wait[street])
        self.expected.wait.append(wait + self.number("wait_memory") * (there_is - wait))

    def services(self) -> None:
        holders = [person["profile"] for person in self.expected.people.values() if person["status"] == VALID]
        for k in range(len(SERVICES)):
            demand = float(self.world.need[holders, k].sum())
            supply = self.levers.supply[k] * self.model.scale
            delivered = self.levers.quality[k] * (min(1.0, supply / demand) if demand > 0.0 else 1.0)
            reputation = self.state.reputation[k]
            if demand > 0.0:
                reputation += self.number("trust_gain") * (delivered - reputation)
            self.expected.delivered.append(float(delivered))
            self.expected.reputation.append(float(reputation))

    def supervision(self) -> None:
        flows, r = self.expected.flows, self.state.red_tape
        share = flows["returned"] / flows["applications"] if flows["applications"] else 0.0
        r += self.number("recovery") * (1.0 - r) + r * (self.levers.drift[0] - self.levers.feedback[0] * share)
        self.expected.red_tape = float(min(max(r, self.number("red_tape_low")), self.number("red_tape_high")))

    def hardship(self, street: int, profile: int) -> float:
        lease = self.number(f"lease_hardship.{self.level('housing', profile)}")
        work = self.number(f"work_hardship.{self.level('work', profile)}")
        paperwork = self.number(f"paperwork.{self.level('education', profile)}")
        return float((1.0 - self.levers.data_sharing[street]) * paperwork * min(lease, work))

    def compliance(self, street: int, profile: int) -> float:
        levers = self.levers
        papers = levers.documents[street, profile] * self.hardship(street, profile)
        visits = self.number("trip_cost") * levers.trips[street, profile] * (1.0 - levers.online[street, profile])
        wait = self.number("wait_cost") * self.state.wait[street]
        return float(self.state.red_tape * (papers + visits + wait) + self.number("fee_cost") * levers.fee_cny[0])

    def service_utility(self, profile: int) -> tuple[float, float, float]:
        """Benefit, what is kept, and the need-weighted share delivered, by what services were last month."""
        need, value, delivered = self.world.need[profile], self.levers.value, self.state.delivered
        recurring = self.model.parameters.vector("recurring")
        met = float(need @ delivered) / float(need.sum()) if need.sum() > 0.0 else 1.0
        return float(need @ (value * self.state.reputation)), float(need @ (value * delivered * recurring)), met

    def qualified(self, person: dict[str, Any]) -> bool:
        months = self.levers.months_to_qualify[0]
        owned = self.level("housing", person["profile"]) == "owned"
        by_stay = person["residence_months"] >= months and (person["insured"] or owned)
        return bool(person["registered_months"] >= months or by_stay)

    def norm(self, slot: int) -> float:
        holders, lapsed = (self.contacts(slot, "status", status) for status in (VALID, LAPSED))
        pull = self.number("norm") * (holders - self.number("lapsed_says") * lapsed)
        return pull / self.world.contacts.shape[1]

    def contacts(self, slot: int, column: str, value: int) -> int:
        """Contacts of whom this held at the end of last month; closed slots say nothing."""
        informed_by = self.world.contacts[slot]
        return int(((self.state.columns[column][informed_by] == value) & self.before[informed_by]).sum())

    def stay(self, person: dict[str, Any]) -> float:
        return 1.0 - exp(-self.further[person["profile"], self.band(person)] / self.number("stay_scale_months"))

    def band(self, person: dict[str, Any]) -> int:
        return sum(person["residence_months"] >= months for months in (12, 36, 60))

    def taste(self, person: dict[str, Any]) -> float:
        return float(self.world.taste[person["taste"]])

    def attentive(self, person: dict[str, Any], probability: float) -> float:
        return min(1.0, float(self.world.attentiveness[person["attentiveness"]]) * float(probability))

    def level(self, attribute: str, profile: int) -> str:
        return ATTRIBUTES[attribute][int(LEVEL_OF[attribute][profile])]

    def _stream(self, stream: int, month: int) -> NDArray[np.uint64]:
        return rng.stream_start(self.model.seed, month, stream)  # type: ignore[return-value]
