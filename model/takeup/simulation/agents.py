"""Agents of a model: migrants and service centres as Mesa agents.

A `Migrant` is a view of one person in the state: its attributes read and write the columns. `Migrant.step` is the
month of a migrant, one rule after another, and `ServiceCentre.step` the month of a centre. With the engine "objects"
the agents run the month; with the engine "compiled" they are created when they are first requested. The registry in
`agent_registry.py` creates and removes them.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import mesa
import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.district import ATTRIBUTES, LEVEL_OF
from takeup.rules import (
    INFORMED,
    LAPSED,
    NEVER,
    NO_LAPSE,
    NONE,
    QUEUED,
    UNAWARE,
    VALID,
    Knowledge,
    LapseCause,
    Status,
    administration,
    attentiveness,
    decision,
    information,
    residence,
    utility,
)
from takeup.simulation.agent_attributes import ALTERNATIVE, Column, StatusColumn, explain_computed, monthly, permanent
from takeup.simulation.census import unpack_counts
from takeup.simulation.conditions import (
    Conditions,
    MonthStreams,
    ServiceUtility,
    peer_norm,
    terms_of_applying,
    terms_of_endorsing,
)
from takeup.simulation.kernels_month import Month
from takeup.simulation.month_tables import MonthScalars, StreetProfileTerms
from takeup.simulation.state import MAX_MONTHS
from takeup.simulation.world import ProfileTraits

if TYPE_CHECKING:
    from takeup.simulation.model import PermitModel

NOT_IN_A_STEP: Final = 'the attribute is available only with engine="objects", after the first step'


class _Resident(mesa.Agent):  # type: ignore[misc]
    """An agent of a person or an institution, which only the registry of the model creates and removes.

    Its number is unique among all agents that a model ever creates.
    """

    def __init__(self, model: PermitModel) -> None:
        if not model.registry.is_creating:
            raise AttributeError(f"a {type(self).__name__} cannot be created: the model creates its agents itself")
        # Mesa 3.3 counts agents in a table that prevents models from being garbage collected.
        numbers = getattr(mesa.Agent, "_ids", {})
        is_counted = model in numbers
        super().__init__(model)
        if not is_counted:
            numbers.pop(model, None)
        self.unique_id = next(model.registry.numbers)

    def _set_model(self, model: PermitModel) -> None:
        """Accept the model from Mesa, once."""
        if "_model" in self.__dict__:
            raise AttributeError("model cannot be set: the attribute is permanent")
        self._model = model

    model: PermitModel = property(attrgetter("_model"), _set_model, doc="Model of the agent.")  # type: ignore[assignment]

    def remove(self) -> None:
        """Refuse to remove the agent.

        The model would continue with the person of the agent in the state.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(
            f"a {type(self).__name__} cannot be removed: the model alone creates and removes migrants and service "
            f"centres; {ALTERNATIVE}"
        )


@explain_computed
class Migrant(_Resident):
    """A person of the floating population during their residence in the district."""

    person = Column(int, "Identity: slot + generation · N.", high=np.inf, writable=False)
    profile = Column(int, "Number of the combination of attributes.", high=np.inf, writable=False)
    status = StatusColumn(Status, "Status of the permit.")
    knowledge = Column(Knowledge, "Knowledge of the permit.")
    residence_months = Column(int, "Months of residence in the district.", high=MAX_MONTHS)
    registered_months = Column(int, "Months of unbroken registration; -1: not registered.", NEVER, MAX_MONTHS)
    permit_months = Column(int, "Months since issue or the last endorsement; -1: never issued.", NEVER, MAX_MONTHS)
    trust = Column(float, "Trust that the services deliver what the permit promises, 0 to 1.")
    insured = Column(bool, "Whether the person has local social insurance, for life.")
    ever_registered = Column(bool, "Whether the person has ever been registered.")
    returned_last = Column(bool, "Whether the last application was returned.")
    lapse_cause = Column(LapseCause, "Reason for which the permit lapsed.")
    slot = permanent("_slot", "Slot that the person occupies; missing after the person left.")
    street = permanent("_street", "Number of the person's street.")
    identity = permanent("_identity", "Permanent number of the person, available also after the person left.")
    traits = permanent("_traits", "Permanent traits of the person's profile.")
    taste = permanent("_taste", "Permanent taste for the permit, standard normal.")
    attentiveness = permanent("_attentiveness", "Permanent factor on noticing and considering the permit, mean 1.")
    month: MonthContext = monthly("_month", "Month of the last step, with the conditions that apply to the migrant.")
    holders: int = monthly("_holders", "Number of contacts with a valid permit, as of the last step.")
    lapsed: int = monthly("_lapsed", "Number of contacts with a lapsed permit, as of the last step.")
    prompted: bool = monthly("_prompted", "Whether publicity reached the migrant in the last step.")

    def __init__(self, model: PermitModel, slot: int) -> None:
        super().__init__(model)
        self._slot, self._street = slot, model.world.street_of(slot)
        self._columns = model.state.columns
        self._may_have_left = False
        self._identity = self.person
        self._traits = model.registry.traits[self.profile]
        self._taste = float(model.world.taste[self._columns["taste"][slot]])
        self._attentiveness = float(model.world.attentiveness[self._columns["attentiveness"][slot]])
        self._prompted = False
        self._may_have_left = model.engine == "compiled"

    def __getattr__(self, name: str) -> Any:
        """Raise an error that explains why an attribute is missing.

        A migrant who left has no `_slot`; a migrant without a step has none of the attributes of the month.
        """
        if "_identity" in self.__dict__ and "_slot" not in self.__dict__:
            raise AttributeError("this migrant has left the district")
        if isinstance(getattr(type(self), name, None), property):
            raise AttributeError(f"{name}: {NOT_IN_A_STEP}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def check_presence(self) -> None:
        """Remove the attribute `_slot` if the slot has another occupant.

        The compiled engine does not inform the agents of migrants who leave.
        """
        model = self.model
        stays = model.world.rank[self._slot] < model.state.population
        if not stays or self._columns["person"][self._slot] != self._identity:
            del self._slot

    def attribute(self, name: str) -> str:
        """Return the migrant's level of an attribute, such as age or education."""
        return ATTRIBUTES[name][int(LEVEL_OF[name][self.profile])]

    def step(self) -> None:
        """Run one month: leave, or reside, receive information and act.

        Raises:
            AttributeError: no agents are running a month.
        """
        registry = self._model.registry
        registry.check_running("step")
        month = self._month = registry.month_of(self._slot)
        u_leave, u_home, u_information = rng.uniforms(month.streams.events, self.identity)
        if self.leave(u_leave):
            return
        self.reside(u_home)
        self.receive_information(u_information)
        self.act()

    def leave(self, u: float) -> bool:
        """Leave or settle, depending on the random number `u`, and return whether it did.

        A newcomer takes the slot of a migrant who leaves or settles.
        """
        scalars, residence_months = self.month.scalars, self.residence_months
        leave = self.traits.leave[residence.tenure_band(residence_months)]
        if u < leave:
            flow = self.model.month.flows[self.street]
            flow["departures"] += 1
            flow["departures_valid"] += self.status == VALID
        elif self.status == VALID and residence.naturalises(
            u, leave, scalars.settle, residence_months, scalars.months_to_settle
        ):
            self.model.month.flows[self.street]["settled"] += 1
        else:
            return False
        self.model.registry.replace(self)
        return True

    def reside(self, u: float) -> None:
        """Add a month of residence, and update the registration by the random number `u`."""
        register = self.month.conditions.register[self.street, self.profile]
        self.residence_months += 1
        registered_months = residence.months_registered(self.registered_months, u, register, self.traits.move)
        self.registered_months = registered_months
        if registered_months != NEVER:
            self.ever_registered = True

    def receive_information(self, u: float) -> None:
        """Learn from publicity or contacts, or forget, by the random number `u`."""
        month, contacts = self.month, self.model.world.contacts[self._slot]
        counts = unpack_counts(int(month.signals[contacts].sum()))
        self.holders, self.lapsed = counts.valid, counts.lapsed
        event = information.information_event(
            u,
            attentiveness.attentive_probability(
                month.conditions.reached[self.street, self.profile], self.attentiveness
            ),
            month.silence[counts.informed],
            month.scalars.forget,
            self.status in (NONE, LAPSED),
        )
        self.prompted = event == information.BY_PUBLICITY
        if event != information.NO_INFORMATION:
            # numba determines the type of a member of an enumeration anew in every call, which is slow
            self.knowledge = Knowledge(information.update_knowledge(int(self.knowledge), event))

    def act(self) -> None:
        """Apply, hold the permit, endorse late, or wait, depending on the status."""
        status = self.status
        if status == VALID:
            self.hold()
        elif (
            status != QUEUED and self.knowledge != UNAWARE and self.is_eligible(self.month.scalars.months_to_qualify)
        ):
            if status == NONE:
                self.consider_applying()
            else:
                self.consider_endorsing_late()

    def consider_applying(self) -> None:
        """Consider an application, and make it if its utility is positive."""
        month, own = self.month, self.profile_terms
        u_consider, u_complete, _ = rng.uniforms(month.streams.decisions, self.identity)
        if not decision.considers(u_consider, own.pace, own.attention, self.attentiveness, self.prompted):
            return
        if self.utility_of_applying <= 0.0:
            return
        flow = self.model.month.flows[self.street]
        flow["applications"] += 1
        self.returned_last = u_complete >= own.complete
        if self.returned_last:
            flow["returned"] += 1
            self.trust = decision.trust_after_rejection(self.trust, month.scalars.trust_loss)
        else:
            self.status = Status.QUEUED
            self.model.centres[self.street].receive(self)

    def hold(self) -> None:
        """Hold the permit for another month; when it is due, endorse it or let it lapse."""
        month = self.month
        self.permit_months += 1
        self.trust = decision.trust_while_holding(self.trust, month.scalars.trust_gain, self.services.delivered)
        if self.permit_months < month.scalars.permit_term_months:
            return
        cause = self._endorsement_outcome(attention=self.profile_terms.remember, prompted=False)
        flow = self.model.month.flows[self.street]
        if cause == NO_LAPSE:
            flow["endorsed"] += 1
            self.permit_months = 0
        else:
            flow["lapses"] += 1
            self.status = Status.LAPSED
        self.lapse_cause = LapseCause(cause)

    def consider_endorsing_late(self) -> None:
        """Consider a late endorsement, and make it if its utility is positive."""
        if self._endorsement_outcome(self.profile_terms.late_attention, self.prompted) == NO_LAPSE:
            flow = self.model.month.flows[self.street]
            flow["endorsed"] += 1
            flow["endorsed_late"] += 1
            self.status, self.permit_months, self.lapse_cause = Status.VALID, 0, LapseCause.NO_LAPSE

    def _endorsement_outcome(self, attention: float, prompted: bool) -> int:
        """Return NO_LAPSE if the migrant endorses the permit this month, else the reason for not endorsing it."""
        u, _, _ = rng.uniforms(self.month.streams.decisions, self.identity)
        return decision.lapse_cause(
            decision.considers(u, self.profile_terms.pace_keep, attention, self.attentiveness, prompted),
            self.is_eligible(self.month.scalars.months_to_qualify),
            self.utility_of_endorsing,
        )

    @property
    def qualified(self) -> bool:
        """Whether the person may apply for the permit."""
        return self.is_eligible(self.model.months_to_qualify)

    def is_eligible(self, months_to_qualify: int) -> bool:
        """Return whether the person is eligible if this many months are required."""
        return residence.is_eligible(
            self.registered_months, self.residence_months, self.insured, self.traits.owned, months_to_qualify
        )

    @property
    def profile_terms(self) -> StreetProfileTerms:
        """Costs, probabilities and levers that the migrant faces this month."""
        return self.month.profile_terms(self.street, self.profile)

    @property
    def services(self) -> ServiceUtility:
        """Benefits of the services to the migrant's profile this month."""
        return self.month.services[self.profile]

    @property
    def stay(self) -> float:
        """Share of the benefit that counts, given the expected further stay."""
        traits: ProfileTraits = self.traits
        return traits.stay[residence.tenure_band(self.residence_months)]

    @property
    def norm(self) -> float:
        """Peer norm of the migrant this month."""
        return peer_norm(self.holders, self.lapsed, self.model.world.contacts.shape[1], self.month.scalars)

    @property
    def utility_of_applying(self) -> float:
        """Utility of applying this month."""
        terms = terms_of_applying(
            int(self.knowledge),
            self.trust,
            self.stay,
            self.norm,
            self.taste,
            self.profile_terms,
            self.services,
            self.month.scalars,
        )
        return utility.total_utility(*terms)

    @property
    def utility_of_endorsing(self) -> float:
        """Utility of endorsing this month."""
        terms = terms_of_endorsing(
            self.trust, self.stay, self.norm, self.taste, self.profile_terms, self.services, self.month.scalars
        )
        return utility.total_utility(*terms)


@explain_computed
class ServiceCentre(_Resident):
    """Service centre of a street.

    The centre receives applications and issues permits in the order of arrival.
    """

    street = permanent("_street", "Number of the street.")

    def __init__(self, model: PermitModel, street: int) -> None:
        super().__init__(model)
        self._street = street
        self._applicants: list[Migrant] = []

    @property
    def applicants(self) -> tuple[Migrant, ...]:
        """Migrants whose applications the centre accepted this month."""
        return tuple(self._applicants)

    @property
    def queue(self) -> list[int]:
        """Slots of the waiting applicants, in the order in which they are served."""
        state, first = self.model.state, int(self.model.world.first[self.street])
        return [int(slot) for slot in state.line[first : first + int(state.length[self.street])]]

    @property
    def wait(self) -> float:
        """Expected wait in months."""
        return float(self.model.state.wait[self.street])

    def receive(self, migrant: Migrant) -> None:
        """Accept a complete application.

        The applicant joins the queue at the end of the month.

        Raises:
            AttributeError: no month is being run by agents.
        """
        if not self.model.registry.is_running:
            raise AttributeError("an application is accepted only in the step of a migrant")
        self._applicants.append(migrant)

    def step(self) -> None:
        """Run one month of the service centre.

        The centre drops applicants who left, issues permits up to its capacity, and adds the new applicants.

        Raises:
            AttributeError: no month is being run by agents.
        """
        if not self.model.registry.is_running:
            raise AttributeError('service centres run only in the step of a model with engine="objects"')
        month, state, street = self.model.month, self.model.state, self.street
        columns, scalars, flow = state.columns, self.model.registry.month.scalars, month.flows[street]
        waiting = [slot for slot in self.queue if columns["status"][slot] == QUEUED]

        capacity = month.conditions.capacity[street]
        net = administration.net_capacity(
            capacity, scalars.endorsement_load, int(flow["endorsed"]), scalars.min_net_share
        )
        credit = state.credit[street] + net
        issued = administration.number_served(credit, len(waiting))
        for slot in waiting[:issued]:
            columns["status"][slot], columns["knowledge"][slot], columns["permit_months"][slot] = VALID, INFORMED, 0
        flow["issued"] += issued
        waiting = waiting[issued:]
        state.credit[street] = credit - issued if waiting else 0.0

        self._applicants.sort(key=lambda migrant: (self.order_of(migrant), migrant.slot))
        waiting += [migrant.slot for migrant in self._applicants]
        self._applicants = []
        current = administration.current_wait(len(waiting), net, scalars.wait_ceiling)
        state.wait[street] = administration.expected_wait(state.wait[street], scalars.wait_memory, current)
        first = self.model.world.first[street]
        state.line[first : first + len(waiting)] = waiting
        state.length[street], month.net[street] = len(waiting), net

    def order_of(self, migrant: Migrant) -> float:
        """Return the random number by which the applicants of one month are ordered."""
        return rng.uniforms(self.model.registry.month.streams.decisions, migrant.identity)[2]


class MonthContext(NamedTuple):
    """Conditions of a month, as Mesa agents read them.

    Values that an agent reads one by one are plain Python numbers, because reading them from NumPy arrays is slower.

    Attributes:
        conditions: tables of the month by street and profile.
        streams: starts of the random streams.
        scalars: parameters and levers that have one value for the whole district.
        services: benefits of the services, by profile.
        silence: probability that none of `n` informed contacts mentions the permit this month, by `n`.
        signals: (slots,) signal of each slot at the end of the previous month, see `Census`.
    """

    conditions: Conditions
    streams: MonthStreams
    scalars: MonthScalars
    services: list[ServiceUtility]
    silence: list[float]
    signals: NDArray[np.uint16]

    @classmethod
    def of(cls, month: Month, conditions: Conditions) -> MonthContext:
        """Return the context of a month with these conditions."""
        return cls(
            conditions,
            month.streams,
            MonthScalars(*conditions.scalars[0].item()),
            [ServiceUtility(*row) for row in conditions.services.tolist()],
            conditions.silence.tolist(),
            month.signals,
        )

    def profile_terms(self, street: int, profile: int) -> StreetProfileTerms:
        """Return costs, probabilities and levers of a profile in a street this month."""
        conditions = self.conditions
        procedure = conditions.procedure_terms[street, conditions.procedure[street, profile]].item()
        return StreetProfileTerms(*(lever[street, profile].item() for lever in conditions.levers), *procedure)
