"""The agents as a Mesa modeller expects them: people who live their month, and centres that serve.

A `Migrant` is a person's view of their row in the columns; an attribute reads and writes the column. `step()` is the month as the
model's rules tell it, one rule after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import mesa
import numpy as np

from takeup import chance
from takeup.district import ATTRIBUTES, LEVEL_OF
from takeup.rules import INFORMED, LAPSED, NEVER, NO_LAPSE, NONE, QUEUED, UNAWARE, VALID
from takeup.rules import burden as burdens
from takeup.rules import deciding, hearing, registering, serving, staying, weighing

from takeup.simulation.census import COUNTER, VOICE_BITS

if TYPE_CHECKING:
    from takeup.simulation.model import PermitModel
    from takeup.simulation.month import Month

Value = TypeVar("Value", int, float, bool)


class _Column(Generic[Value]):
    """An attribute that lives in a column of the state."""

    def __init__(self, kind: type[Value], meaning: str) -> None:
        self.kind, self.__doc__ = kind, meaning

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, migrant: None, owner: type) -> _Column[Value]: ...
    @overload
    def __get__(self, migrant: Migrant, owner: type) -> Value: ...
    def __get__(self, migrant: Migrant | None, owner: type) -> Value | _Column[Value]:
        if migrant is None:
            return self
        return self.kind(getattr(migrant.columns, self.name)[migrant.slot])

    def __set__(self, migrant: Migrant, value: Value) -> None:
        getattr(migrant.columns, self.name)[migrant.slot] = value


class Migrant(mesa.Agent):  # type: ignore[misc]
    """A person of the floating population, as long as they live in the district.

    Attributes:
        slot: the row they occupy; missing once they have left.
        identity: their number for life, known also after they have left.
        street: the number of their street.
        prompted: whether publicity reached them this month.
    """

    model: PermitModel
    person = _Column(int, "Identity: slot + generation · N.")
    profile = _Column(int, "Number of the combination of attributes.")
    status = _Column(int, "NONE, QUEUED, VALID or LAPSED.")
    knowledge = _Column(int, "UNAWARE, HEARD or INFORMED.")
    residence_months = _Column(int, "Months lived here.")
    registered_months = _Column(int, "Months of unbroken registration; -1: not registered.")
    permit_months = _Column(int, "Months since issue or the last endorsement; -1: never issued.")
    trust = _Column(float, "In what the permit promises, 0 to 1.")
    taste = _Column(float, "Standard normal, for life.")
    insured = _Column(bool, "Has local social insurance, for life.")
    ever_registered = _Column(bool, "Has ever been registered.")
    returned_last = _Column(bool, "The last application was returned.")
    lapse_cause = _Column(int, "NO_LAPSE, FORGOT, MOVED or DISAPPOINTED.")

    def __init__(self, model: PermitModel, slot: int) -> None:
        super().__init__(model)
        self.slot = slot
        self.columns = model.state.columns
        self.identity = self.person
        self.street = int(np.searchsorted(model.world.first, slot, side="right")) - 1
        self.prompted = False

    def __getattr__(self, name: str) -> Any:
        """Reached only where an attribute is missing: a person who has left has no slot any more."""
        if name == "slot":
            raise AttributeError("this migrant has left the district")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def attribute(self, name: str) -> str:
        """The person's level of age, education, origin, work, housing or schoolchild."""
        return ATTRIBUTES[name][int(LEVEL_OF[name][self.profile])]

    @property
    def qualified(self) -> bool:
        """Whether the permit may be applied for."""
        owned = bool(self.model.world.owned[self.profile])
        months = self.model.month.conditions.months_to_qualify
        return registering.qualified(self.registered_months, self.residence_months, self.insured, owned, months)

    def step(self) -> None:
        """One month: leave, or live here, hear and act."""
        month = self.model.month
        self.cell = month.conditions.cells[self.street, self.profile]
        self.life, self.house, self.ear = chance.draws(month.conditions.luck.living, self.person)
        if self.leave(month):
            return
        self.live_here(month)
        self.hear(month)
        self.act(month)

    def leave(self, month: Month) -> bool:
        """Leave or settle, if chance has it so; a newcomer takes the slot."""
        flow, now = month.flows[self.street], month.conditions
        leave = self.model.world.leave[self.profile, staying.tenure(self.residence_months)]
        if self.life < leave:
            flow["departures"] += 1
            flow["departures_valid"] += self.status == VALID
        elif self.status == VALID and staying.settles(
            self.life, leave, now.settle, self.residence_months, now.months_to_settle
        ):
            flow["settled"] += 1
        else:
            return False
        self.model.replace(self)
        return True

    def live_here(self, month: Month) -> None:
        """A month more of residence, and of registration unless it breaks."""
        world, register = self.model.world, month.conditions.register
        self.residence_months += 1
        self.registered_months = registering.registration(
            self.registered_months,
            self.house,
            register[world.housing[self.profile], self.street],
            world.move[self.profile],
        )
        if self.registered_months != NEVER:
            self.ever_registered = True

    def hear(self, month: Month) -> None:
        """Learn from publicity or contacts, or forget."""
        now = month.conditions
        voices = int(month.voice[self.model.world.contacts[self.slot]].sum())
        self.informed = voices & COUNTER
        self.holders, self.lapsed = (voices >> VOICE_BITS) & COUNTER, voices >> 2 * VOICE_BITS
        may_forget = self.status in (NONE, LAPSED)
        heard = hearing.hears(self.ear, self.cell["reached"], now.silence[self.informed], now.forget, may_forget)
        self.knowledge = hearing.knows(self.knowledge, heard)
        self.prompted = heard == hearing.REACHED

    def act(self, month: Month) -> None:
        """Apply, keep, endorse late, or wait, by status."""
        if self.status == VALID:
            self.keep(month)
        elif self.status != QUEUED and self.qualified and self.knowledge != UNAWARE:
            if self.status == NONE:
                self.consider_applying(month)
            else:
                self.consider_endorsing_late(month)

    def consider_applying(self, month: Month) -> None:
        """Weigh an application, and make it if it is worth it."""
        now, cell = month.conditions, self.cell
        act, complete, _ = chance.draws(now.luck.acting, self.person)
        if not deciding.considers(act, cell["pace"], cell["attention"], self.prompted):
            return
        understood = weighing.understanding(self.knowledge, now.understanding_heard)
        cost = burdens.burden(now.learning, understood, cell["compliance"], cell["stigma"])
        worth = weighing.utility(
            understood, self.trust, self.stay, now.benefit[self.profile], self.norm, now.enforcement, self.taste, cost
        )
        if worth <= 0.0:
            return
        flow = month.flows[self.street]
        flow["applications"] += 1
        self.returned_last = not complete < cell["complete"]
        if self.returned_last:
            flow["returned"] += 1
            self.trust = deciding.trust_after_return(self.trust, now.trust_loss)
        else:
            self.status = QUEUED
            self.model.centres[self.street].receive(self)

    def keep(self, month: Month) -> None:
        """Hold the permit a month longer; when it is due, endorse it or let it lapse."""
        now = month.conditions
        self.permit_months += 1
        self.trust = deciding.trust_of_holder(self.trust, now.trust_gain, now.delivered[self.profile])
        if self.permit_months < now.permit_term_months:
            return
        act, _, _ = chance.draws(now.luck.acting, self.person)
        thinks = deciding.considers(act, self.cell["pace_keep"], self.cell["remember"], False)
        cause = deciding.lapse_cause(thinks, self.qualified, self.worth_of_keeping)
        flow = month.flows[self.street]
        if cause == NO_LAPSE:
            flow["endorsed"] += 1
            self.permit_months = 0
        else:
            flow["lapses"] += 1
            self.status = LAPSED
        self.lapse_cause = cause

    def consider_endorsing_late(self, month: Month) -> None:
        """Weigh a late endorsement, and make it if it is worth it."""
        act, _, _ = chance.draws(month.conditions.luck.acting, self.person)
        thinks = deciding.considers(act, self.cell["pace_keep"], self.cell["late_attention"], self.prompted)
        if thinks and self.worth_of_keeping > 0.0:
            flow = month.flows[self.street]
            flow["endorsed"] += 1
            flow["endorsed_late"] += 1
            self.status, self.permit_months, self.lapse_cause = VALID, 0, NO_LAPSE

    @property
    def stay(self) -> float:
        """How much of the benefit counts, given how long they expect to stay on."""
        return float(self.model.world.stay[self.profile, staying.tenure(self.residence_months)])

    @property
    def norm(self) -> float:
        """The pull of their contacts' example, as heard this month."""
        now = self.model.month.conditions
        contacts = self.model.world.contacts.shape[1]
        return weighing.example(now.norm, self.holders, self.lapsed, now.lapsed_says, contacts)

    @property
    def worth_of_keeping(self) -> float:
        """What endorsing is worth to them this month."""
        now = self.model.month.conditions
        cost = burdens.burden_of_keeping(now.renewal, self.cell["compliance"], self.cell["stigma"])
        return weighing.utility_of_keeping(
            self.trust, self.stay, now.kept[self.profile], self.norm, now.enforcement, self.taste, cost
        )


class ServiceCentre(mesa.Agent):  # type: ignore[misc]
    """The service centre of a street: takes applications, first come first served.

    Attributes:
        street: the number of its street.
        applicants: people whose applications it accepted this month.
    """

    model: PermitModel

    def __init__(self, model: PermitModel, street: int) -> None:
        super().__init__(model)
        self.street = street
        self.applicants: list[Migrant] = []

    @property
    def queue(self) -> list[int]:
        """Slots of those who wait, the first to be served first."""
        state, first = self.model.state, int(self.model.world.first[self.street])
        return [int(slot) for slot in state.line[first : first + int(state.length[self.street])]]

    @property
    def wait(self) -> float:
        """Months that people expect to wait."""
        return float(self.model.state.wait[self.street])

    def receive(self, migrant: Migrant) -> None:
        """Accept a complete application; it joins the queue at the month's end."""
        self.applicants.append(migrant)

    def step(self) -> None:
        """One month: pass over those who left, serve as many as capacity allows, let the new ones join."""
        month, state, street = self.model.month, self.model.state, self.street
        columns, now, flow = state.columns, month.conditions, month.flows[street]
        waiting = [slot for slot in self.queue if columns.status[slot] == QUEUED]

        net = serving.net_capacity(now.capacity[street], now.endorsement_load, flow["endorsed"], now.min_net_share)
        credit = state.credit[street] + net
        issued = serving.served(credit, len(waiting))
        for slot in waiting[:issued]:
            columns.status[slot], columns.permit_months[slot], columns.knowledge[slot] = VALID, 0, INFORMED
        flow["issued"] += issued
        waiting = waiting[issued:]
        state.credit[street] = credit - issued if waiting else 0.0

        self.applicants.sort(key=lambda migrant: (self.lot(migrant, month), migrant.slot))
        waiting += [migrant.slot for migrant in self.applicants]
        self.applicants = []
        there_is = serving.wait_there_is(len(waiting), net, now.wait_ceiling)
        state.wait[street] = serving.wait_expected(state.wait[street], now.wait_memory, there_is)
        first = self.model.world.first[street]
        state.line[first : first + len(waiting)] = waiting
        state.length[street], month.net[street] = len(waiting), net

    def lot(self, migrant: Migrant, month: Month) -> float:
        """The lot that decides the order among those who apply in one month."""
        return chance.draws(month.conditions.luck.acting, migrant.person)[2]


