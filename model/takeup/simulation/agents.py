"""The agents as a Mesa modeller expects them: people who live their month, and centres that serve.

A `Migrant` is a person's view of their row in the state; an attribute reads and writes the row. `step()` is the month
as the model's rules tell it, one rule after another.

The agents of a model: made when first asked for, and kept in step with who lives in the district.

Everyone who lives in the district, one row a person, in words.
"""

from __future__ import annotations

from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, overload

import mesa
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup import rng
from takeup.district import ATTRIBUTES, LEVEL_OF
from takeup.rules import (
    INFORMED,
    KNOWLEDGE,
    LAPSE_CAUSES,
    LAPSED,
    NEVER,
    NO_LAPSE,
    NONE,
    QUEUED,
    STATUSES,
    UNAWARE,
    VALID,
    administration,
    decision,
    information,
    residence,
    utility,
)
from takeup.simulation.census import COUNTER, COUNTER_BITS
from takeup.simulation.conditions import MONTH_SCALARS, Conditions, ServiceUtility, StreetProfileTerms
from takeup.simulation.kernels_population import clear_slot, fill_slots
from takeup.simulation.trial_arms import initialise_arrival_in_arm
from takeup.simulation.world import PROFILE_TRAITS, ProfileTraits

if TYPE_CHECKING:
    from takeup.simulation.model import PermitModel

NOT_IN_A_STEP: Final = 'migrants weigh and act with engine="objects" alone, from the first month they live'
_OF_THE_MONTH: Final = ("now", "holders", "lapsed")
"""What a migrant keeps of the month that they live; several properties follow from it."""

Value = TypeVar("Value", int, float, bool)


class _Column(Generic[Value]):
    """An attribute that lives in a column of the state."""

    def __init__(self, kind: type[Value], meaning: str) -> None:
        self.kind: type[Value] = kind
        self.__doc__ = meaning

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, migrant: None, owner: type) -> _Column[Value]: ...
    @overload
    def __get__(self, migrant: Migrant, owner: type) -> Value: ...
    def __get__(self, migrant: Migrant | None, owner: type) -> Value | _Column[Value]:
        if migrant is None:
            return self
        if migrant.watched:
            migrant.watch()
        value: Value = migrant.columns[self.name].item(migrant.slot)
        return value

    def __set__(self, migrant: Migrant, value: Value) -> None:
        if migrant.watched:
            migrant.watch()
        migrant.columns[self.name][migrant.slot] = value


class _Resident(mesa.Agent):  # type: ignore[misc]
    """An agent with a number of its own among all that a model ever has."""

    def __init__(self, model: PermitModel) -> None:
        super().__init__(model)
        # Mesa 3.3 counts agents in a table that would keep every model alive.
        getattr(mesa.Agent, "_ids", {}).pop(model, None)
        self.unique_id = next(model.people.numbers)


class Migrant(_Resident):
    """A person of the floating population, as long as they live in the district.

    Attributes:
        slot: the slot they occupy; missing once they have left.
        street: the number of their street.
        identity: their number for life, known also after they have left.
        kind: what their profile means for life.
        taste: standard normal, for life.
        prompted: whether publicity reached them this month.
        watched: whether it must be looked up if they are still here.
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
    insured = _Column(bool, "Has local social insurance, for life.")
    ever_registered = _Column(bool, "Has ever been registered.")
    returned_last = _Column(bool, "The last application was returned.")
    lapse_cause = _Column(int, "NO_LAPSE, FORGOT, MOVED or DISAPPOINTED.")

    def __init__(self, model: PermitModel, slot: int) -> None:
        super().__init__(model)
        self.slot, self.street = slot, model.world.street_of(slot)
        self.columns = model.state.columns
        self.watched = False
        self.identity = self.person
        self.kind = model.people.kinds[self.profile]
        self.taste = float(model.world.taste[self.columns["taste"][slot]])
        self.prompted = False
        self.watched = model.engine == "compiled"

    def __getattr__(self, name: str) -> Any:
        """Reached only where an attribute is missing.

        Who has left has no slot any more; who has not lived a month as an object knows nothing of the month.
        """
        if "identity" in self.__dict__ and "slot" not in self.__dict__:
            raise AttributeError("this migrant has left the district")
        if name in _OF_THE_MONTH or isinstance(getattr(type(self), name, None), property):
            raise AttributeError(f"{name}: {NOT_IN_A_STEP}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def watch(self) -> None:
        """Let go of the slot if somebody else has it now: the compiled engine does not tell those who leave."""
        model = self.model
        stays = model.world.rank[self.slot] < model.state.population
        if not stays or self.columns["person"][self.slot] != self.identity:
            del self.slot

    def attribute(self, name: str) -> str:
        """The person's level of age, education, origin, work, housing or schoolchild."""
        return ATTRIBUTES[name][int(LEVEL_OF[name][self.profile])]

    def step(self) -> None:
        """One month: leave, or live here, hear and act."""
        now = self.now = self.model.people.now_of(self.slot)
        life, house, ear = rng.uniforms(now.luck.living, self.identity)
        if self.leave(life):
            return
        self.live_here(house)
        self.hear(ear)
        self.act()

    def leave(self, life: float) -> bool:
        """Leave or settle, if chance has it so; a newcomer takes the slot."""
        now, flow = self.now, self.model.month.flows[self.street]
        leave = self.kind.leave[residence.tenure_band(self.residence_months)]
        if life < leave:
            flow["departures"] += 1
            flow["departures_valid"] += self.status == VALID
        elif self.status == VALID and residence.naturalises(
            life, leave, now.settle, self.residence_months, now.months_to_settle
        ):
            flow["settled"] += 1
        else:
            return False
        self.model.people.replace(self)
        return True

    def live_here(self, house: float) -> None:
        """A month more of residence, and of registration unless it breaks."""
        register = self.now.register[self.kind.housing, self.street]
        self.residence_months += 1
        self.registered_months = residence.months_registered(self.registered_months, house, register, self.kind.move)
        if self.registered_months != NEVER:
            self.ever_registered = True

    def hear(self, ear: float) -> None:
        """Learn from publicity or contacts, or forget."""
        now = self.now
        voices = int(now.voice[self.model.world.contacts[self.slot]].sum())
        informed = voices & COUNTER
        self.holders, self.lapsed = (voices >> COUNTER_BITS) & COUNTER, voices >> 2 * COUNTER_BITS
        reached, may_forget = now.reached[self.street, self.profile], self.status in (NONE, LAPSED)
        heard = information.information_event(ear, reached, now.silence[informed], now.forget, may_forget)
        self.prompted = heard == information.BY_PUBLICITY
        if heard != information.NO_INFORMATION:
            self.knowledge = information.update_knowledge(self.knowledge, heard)

    def act(self) -> None:
        """Apply, keep, endorse late, or wait, by status."""
        if self.status == VALID:
            self.keep()
        elif self.status != QUEUED and self.knowledge != UNAWARE and self.entitled(self.now.months_to_qualify):
            if self.status == NONE:
                self.consider_applying()
            else:
                self.consider_endorsing_late()

    def consider_applying(self) -> None:
        """Weigh an application, and make it if it is worth it."""
        now, cell = self.now, self.cell
        act, completeness, _ = rng.uniforms(now.luck.acting, self.identity)
        if not decision.considers(act, cell.pace, cell.attention, self.prompted):
            return
        if self.worth_of_applying <= 0.0:
            return
        flow = self.model.month.flows[self.street]
        flow["applications"] += 1
        self.returned_last = completeness >= cell.complete
        if self.returned_last:
            flow["returned"] += 1
            self.trust = decision.trust_after_rejection(self.trust, now.trust_loss)
        else:
            self.status = QUEUED
            self.model.centres[self.street].receive(self)

    def keep(self) -> None:
        """Hold the permit a month longer; when it is due, endorse it or let it lapse."""
        now = self.now
        self.permit_months += 1
        self.trust = decision.trust_while_holding(self.trust, now.trust_gain, self.worth.delivered)
        if self.permit_months < now.permit_term_months:
            return
        act, _, _ = rng.uniforms(now.luck.acting, self.identity)
        thinks = decision.considers(act, self.cell.pace_keep, self.cell.remember, False)
        cause = decision.lapse_cause(thinks, self.entitled(now.months_to_qualify), self.worth_of_keeping)
        flow = self.model.month.flows[self.street]
        if cause == NO_LAPSE:
            flow["endorsed"] += 1
            self.permit_months = 0
        else:
            flow["lapses"] += 1
            self.status = LAPSED
        self.lapse_cause = cause

    def consider_endorsing_late(self) -> None:
        """Weigh a late endorsement, and make it if it is worth it."""
        act, _, _ = rng.uniforms(self.now.luck.acting, self.identity)
        thinks = decision.considers(act, self.cell.pace_keep, self.cell.late_attention, self.prompted)
        if thinks and self.worth_of_keeping > 0.0:
            flow = self.model.month.flows[self.street]
            flow["endorsed"] += 1
            flow["endorsed_late"] += 1
            self.status, self.permit_months, self.lapse_cause = VALID, 0, NO_LAPSE

    @property
    def qualified(self) -> bool:
        """Whether the permit may be applied for."""
        return self.entitled(self.model.months_to_qualify)

    def entitled(self, months_to_qualify: int) -> bool:
        """Whether the permit may be applied for after so many months."""
        return residence.is_eligible(
            self.registered_months, self.residence_months, self.insured, self.kind.owned, months_to_qualify
        )

    @property
    def cell(self) -> StreetProfileTerms:
        """What this month holds for their profile in their street."""
        return self.now.cell(self.street, self.profile)

    @property
    def worth(self) -> ServiceUtility:
        """What the services are worth to their profile this month."""
        return self.now.worth[self.profile]

    @property
    def stay(self) -> float:
        """How much of the benefit counts, given how long they expect to stay on."""
        return self.kind.stay[residence.tenure_band(self.residence_months)]

    @property
    def norm(self) -> float:
        """The pull of their contacts' example, as heard this month."""
        now, contacts = self.now, self.model.world.contacts.shape[1]
        return utility.peer_norm(now.norm, self.holders, self.lapsed, now.lapsed_says, contacts)

    @property
    def worth_of_applying(self) -> float:
        """What applying is worth to them this month."""
        now, cell, benefit = self.now, self.cell, self.worth.benefit
        understood = utility.perceived_benefit_share(self.knowledge, now.understanding_heard)
        cost = utility.burden(now.learning, understood, cell.compliance, cell.stigma)
        return utility.utility_of_applying(
            understood, self.trust, self.stay, benefit, self.norm, now.enforcement, self.taste, cost
        )

    @property
    def worth_of_keeping(self) -> float:
        """What endorsing is worth to them this month."""
        now, cell = self.now, self.cell
        cost = utility.endorsement_burden(now.renewal, cell.compliance, cell.stigma)
        kept = self.worth.kept
        return utility.utility_of_endorsing(self.trust, self.stay, kept, self.norm, now.enforcement, self.taste, cost)


class ServiceCentre(_Resident):
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
        columns, now, flow = state.columns, self.model.people.now, month.flows[street]
        waiting = [slot for slot in self.queue if columns["status"][slot] == QUEUED]

        capacity = month.conditions.capacity[street]
        net = administration.net_capacity(capacity, now.endorsement_load, int(flow["endorsed"]), now.min_net_share)
        credit = state.credit[street] + net
        issued = administration.number_served(credit, len(waiting))
        for slot in waiting[:issued]:
            columns["status"][slot], columns["knowledge"][slot], columns["permit_months"][slot] = VALID, INFORMED, 0
        flow["issued"] += issued
        waiting = waiting[issued:]
        state.credit[street] = credit - issued if waiting else 0.0

        self.applicants.sort(key=lambda migrant: (self.lot(migrant), migrant.slot))
        waiting += [migrant.slot for migrant in self.applicants]
        self.applicants = []
        there_is = administration.current_wait(len(waiting), net, now.wait_ceiling)
        state.wait[street] = administration.expected_wait(state.wait[street], now.wait_memory, there_is)
        first = self.model.world.first[street]
        state.line[first : first + len(waiting)] = waiting
        state.length[street], month.net[street] = len(waiting), net

    def lot(self, migrant: Migrant) -> float:
        """The lot that decides the order among those who apply in one month."""
        return rng.uniforms(self.model.people.now.luck.acting, migrant.identity)[2]


class MonthContext:
    """A month's conditions in plain Python numbers: what holds for everyone is an attribute by its name."""

    def __init__(self, conditions: Conditions, voice: NDArray[np.uint16]) -> None:
        self.__dict__.update(zip(MONTH_SCALARS.names or (), conditions.terms[0].item(), strict=True))
        self.luck, self.register, self.reached = conditions.luck, conditions.register, conditions.reached
        self.voice, self.silence = voice, conditions.silence.tolist()
        self.worth = [ServiceUtility(*row) for row in conditions.worth.tolist()]
        self._cells = conditions.cells

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a month has no {name!r}")

    def cell(self, street: int, profile: int) -> StreetProfileTerms:
        """What the month holds for a profile in a street."""
        return StreetProfileTerms(*self._cells[street, profile].item())


class AgentRegistry:
    """The district's agents; with the objects engine it is they who live the month.

    Attributes:
        now: the conditions of the month being lived; in a trial, those of the untreated.
        numbers: for the agents, so that no two have the same.
    """

    now: MonthContext

    def __init__(self, model: PermitModel) -> None:
        self._model = model
        self._migrants: dict[int, Migrant] = {}
        self._met_in: int | None = None
        self.numbers = count(1)

    @cached_property
    def centres(self) -> list[ServiceCentre]:
        """The service centres, one a street."""
        return [ServiceCentre(self._model, street) for street in range(self._model.world.streets)]

    @cached_property
    def kinds(self) -> list[ProfileTraits]:
        """What each profile means for life, in plain Python numbers."""
        kinds = self._model.world.kinds
        return [
            ProfileTraits(*row)
            for row in zip(*(kinds[name].tolist() for name in PROFILE_TRAITS.names or ()), strict=True)
        ]

    def meet(self) -> None:
        """Make an object of everyone who lives here and has none; dismiss those of people who have left."""
        model, now = self._model, self._model.state.month
        if self._met_in == now or (self._met_in is not None and model.engine == "objects"):
            return  # agents who live the month themselves never fall out of step
        self.centres  # noqa: B018
        persons = model.state.columns["person"]
        living = model.world.rank < model.state.population
        for slot, migrant in list(self._migrants.items()):
            if not living[slot] or persons[slot] != migrant.identity:
                self._dismiss(slot)
        for slot in np.flatnonzero(living).tolist():
            if slot not in self._migrants:
                self._migrants[slot] = Migrant(model, slot)
        self._met_in = now

    def live(self) -> None:
        """Leave, live here, hear, act: every migrant's month."""
        self.meet()
        model, month = self._model, self._model.month
        self.now = MonthContext(month.conditions, month.voice)
        self._now_treated = (
            MonthContext(month.treatment.conditions, month.voice) if month.treatment is not None else self.now
        )
        before = model.state.columns["person"].copy()
        rank = model.world.rank
        for slot in np.flatnonzero((rank >= month.population) & (rank < month.before)).tolist():
            migrant = self._migrants[slot]
            month.flows[migrant.street]["departures"] += 1
            month.flows[migrant.street]["departures_valid"] += migrant.status == VALID
            clear_slot(model.state.migrants, slot)
            self._dismiss(slot)
        model.agents_by_type[Migrant].do("step")
        for slot in np.flatnonzero((rank >= month.before) & (rank < month.population)).tolist():
            self._welcome(slot)
        if month.treatment is not None:
            initialise_arrival_in_arm(month.treatment, month.conditions, model.state.migrants, before)

    def now_of(self, slot: int) -> MonthContext:
        """The month's conditions for whoever lives there: in a trial, those of their arm.

        Raises:
            AttributeError: no month is lived by agents.
        """
        if not hasattr(self, "now"):
            raise AttributeError(NOT_IN_A_STEP)
        treatment = self._model.month.treatment
        return self._now_treated if treatment is not None and treatment.arms[slot] else self.now

    def serve(self) -> None:
        """Every service centre's month."""
        self._model.agents_by_type[ServiceCentre].do("step")

    def replace(self, migrant: Migrant) -> None:
        """A newcomer takes the slot of one who left."""
        slot = migrant.slot
        self._dismiss(slot)
        self._welcome(slot)

    def _welcome(self, slot: int) -> None:
        model, month, now = self._model, self._model.month, self.now
        world, street = model.world, model.world.street_of(slot)
        profiles = world.newcomers[0 if slot < world.middle[street] else 1]
        fill_slots(
            model.state.migrants,
            slot,
            world.kinds,
            profiles,
            now.luck,
            now.trust_low,
            now.trust_high,
            now.heard_on_arrival,
        )
        month.flows[street]["arrivals"] += 1
        self._migrants[slot] = Migrant(model, slot)

    def _dismiss(self, slot: int) -> None:
        migrant = self._migrants.pop(slot)
        migrant.remove()
        migrant.__dict__.pop("slot", None)


def people_table(model: PermitModel) -> pd.DataFrame:
    """The district's people as they stand: identity, street, attributes, and all that the model knows of them."""
    slots = np.flatnonzero(model.world.rank < model.state.population)
    columns = {name: column[slots] for name, column in model.state.columns.items()}
    streets = np.searchsorted(model.world.first, slots, side="right") - 1
    profile = columns.pop("profile")
    words = {"status": STATUSES, "knowledge": KNOWLEDGE, "lapse_cause": LAPSE_CAUSES}
    return pd.DataFrame(
        {
            "person": columns.pop("person"),
            "street": _in_words(streets, model.district.streets),
            **{
                attribute: _in_words(LEVEL_OF[attribute][profile], levels) for attribute, levels in ATTRIBUTES.items()
            },
            **{name: _in_words(columns.pop(name), texts) for name, texts in words.items()},
            "taste": model.world.taste[columns.pop("taste")],
            **columns,
        }
    )


def _in_words(codes: NDArray[np.integer[Any]], words: tuple[str, ...]) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(codes, pd.Index(words))
