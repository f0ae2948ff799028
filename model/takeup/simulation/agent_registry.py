"""Registry of the agents of a model: it creates and removes them, and runs their month."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import mesa
import numpy as np

from takeup.errors import InputError
from takeup.message import Message
from takeup.rules import QUEUED, VALID
from takeup.simulation.agents import NOT_IN_A_STEP, Migrant, MonthContext, ServiceCentre
from takeup.simulation.behaviour import record_behaviour
from takeup.simulation.kernels_month import Month
from takeup.simulation.kernels_population import clear_slot, fill_slot
from takeup.simulation.trial_arms import initialise_arrival_in_arm
from takeup.simulation.world import PROFILE_TRAITS, ProfileTraits

if TYPE_CHECKING:
    from takeup.simulation.model import PermitModel

_FIRST_NUMBER: Final = 2**40
"""First unique id of the model's own agents, far above the ids that Mesa gives to agents created by users."""


class AgentRegistry:
    """Registry of the agents of a model.

    With the engine "objects", the registry runs the month of the agents.

    Attributes:
        month: conditions of the current month; in a trial, the conditions of the untreated.
        numbers: iterator of unique ids for new agents.
        is_modified: whether an attribute of a migrant was set since the last census.
        is_creating: whether the registry is creating an agent; nobody else may.
        is_running: whether agents are running a month.
    """

    month: MonthContext

    def __init__(self, model: PermitModel) -> None:
        self._model = model
        self._migrants: dict[int, Migrant] = {}
        self._updated_in: int | None = None
        self.numbers = count(_FIRST_NUMBER)
        self.is_modified = self.is_creating = self.is_running = False

    @cached_property
    def centres(self) -> list[ServiceCentre]:
        """The service centres, one per street."""
        self.is_creating = True
        try:
            return [ServiceCentre(self._model, street) for street in range(self._model.world.streets)]
        finally:
            self.is_creating = False

    @cached_property
    def traits(self) -> list[ProfileTraits]:
        """Permanent traits of each profile, in plain Python numbers."""
        traits = self._model.world.traits
        return [
            ProfileTraits(*row)
            for row in zip(*(traits[name].tolist() for name in PROFILE_TRAITS.names or ()), strict=True)
        ]

    def update(self) -> None:
        """Create the missing agents, and remove those of migrants who left."""
        model, month = self._model, self._model.state.month
        if self._updated_in == month or (self._updated_in is not None and model.engine == "objects"):
            return  # agents of the engine "objects" are always up to date
        self.centres  # noqa: B018
        persons, occupied = model.state.columns["person"], model.state.occupied(model.world)
        for slot, migrant in list(self._migrants.items()):
            if not occupied[slot] or persons[slot] != migrant.identity:
                self._remove(slot)
        for slot in np.flatnonzero(occupied).tolist():
            if slot not in self._migrants:
                self._create(slot)
        self._updated_in = month

    def run_migrants(self) -> None:
        """Run the month of every migrant: leave, reside, receive information, act."""
        self.update()
        model, month = self._model, self._model.month
        self.month = self._month_of_treated = MonthContext.of(month, month.conditions)
        if month.treatment is not None:
            self._month_of_treated = MonthContext.of(month, month.treatment.conditions)
        before, rank = model.state.columns["person"].copy(), model.world.rank
        for slot in np.flatnonzero((rank >= month.population) & (rank < month.before)).tolist():
            self._close(slot, month)
        with self._running():
            for migrant in list(self._migrants.values()):  # not Mesa's collection, which a user can change
                migrant.step()
        for slot in np.flatnonzero((rank >= month.before) & (rank < month.population)).tolist():
            self._fill(slot, month)
        if month.treatment is not None:
            initialise_arrival_in_arm(month.treatment, month.conditions, month.streams, model.state.migrants, before)

    def month_of(self, slot: int) -> MonthContext:
        """Return the conditions that apply to the occupant of a slot.

        In a trial, the conditions depend on the arm of the occupant.

        Raises:
            AttributeError: no month has been run by agents.
        """
        if not hasattr(self, "month"):
            raise AttributeError(f"month: {NOT_IN_A_STEP}")
        treatment = self._model.month.treatment
        return self._month_of_treated if treatment is not None and treatment.arms[slot] else self.month

    def drop_from_queue(self, slot: int) -> None:
        """Remove an applicant from the queue of the street."""
        state, world = self._model.state, self._model.world
        street = world.street_of(slot)
        first, length = int(world.first[street]), int(state.length[street])
        queue = state.line[first : first + length]
        state.line[first : first + length - 1] = queue[queue != slot]
        state.length[street] = length - 1

    def replaced_method(self) -> str | None:
        """Return the name of a method that was replaced for one migrant only, or None.

        The engine "compiled" would ignore the replacement.
        """
        for migrant in self._migrants.values():
            if not _METHODS.isdisjoint(vars(migrant)):
                return f"a method of the {Migrant.__name__} {migrant.identity}"
        return None

    def check_collections(self, agents: Collection[Any], by_type: Mapping[type, Collection[Any]]) -> None:
        """Check that the model's collections have all of its agents.

        Args:
            agents: all agents of the model, including those of the user.
            by_type: agents by type.

        Raises:
            InputError: agents were removed from a collection or added to one.
        """
        if self._updated_in is None:
            return
        is_consistent = len(agents) == sum(map(len, by_type.values()))
        for kind, number in ((self._model.migrant_class, len(self._migrants)), (ServiceCentre, len(self.centres))):
            if not is_consistent or len(by_type.get(kind, ())) != number:
                raise InputError(
                    Message(
                        "the collection of agents was changed; the model has {number} agents of class {kind}",
                        number=number,
                        kind=kind.__name__,
                    ),
                    key="agents",
                    given=len(by_type.get(kind, ())),
                    allowed="an unchanged collection; `agents.select` returns a new one",
                )

    def run_centres(self) -> None:
        """Run the month of every service centre.

        Raises:
            InputError: a method of a subclass of `Migrant` made an applicant without an application.
        """
        with self._running():
            for centre in self.centres:
                centre.step()
        state = self._model.state
        queued = state.occupied(self._model.world) & (state.migrants.status == QUEUED)
        if np.count_nonzero(queued) != state.length.sum():
            raise InputError(
                "a migrant has the status QUEUED and is in no queue",
                key="status",
                allowed="the status QUEUED together with `model.centres[street].receive(migrant)`",
            )

    def check_running(self, method: str) -> None:
        """Refuse a call of a method that only agents make in the course of a month.

        Raises:
            AttributeError: no agents are running a month.
        """
        if not self.is_running:
            raise AttributeError(f"{method} cannot be called outside a month of the model; month: {NOT_IN_A_STEP}")

    @contextmanager
    def _running(self) -> Iterator[None]:
        """Mark that agents are running a month."""
        self.is_running = True
        try:
            yield
        finally:
            self.is_running = False

    def replace(self, migrant: Migrant) -> None:
        """Let a newcomer take the slot of a migrant who leaves.

        Raises:
            AttributeError: no agents are running a month.
        """
        self.check_running("leave")
        slot = migrant.slot
        self._remove(slot)
        self._fill(slot, self._model.month)

    def _close(self, slot: int, month: Month) -> None:
        migrant = self._migrants[slot]
        month.flows[migrant.street]["departures"] += 1
        month.flows[migrant.street]["departures_valid"] += migrant.status == VALID
        clear_slot(self._model.state.migrants, slot)
        self._remove(slot)

    def _fill(self, slot: int, month: Month) -> None:
        model, scalars = self._model, self.month.scalars
        world, street = model.world, model.world.street_of(slot)
        fill_slot(
            model.state.migrants,
            slot,
            world.traits,
            world.newcomers[0 if slot < world.middle[street] else 1],
            month.streams,
            scalars.trust_initial_low,
            scalars.trust_initial_high,
            scalars.heard_on_arrival,
        )
        month.flows[street]["arrivals"] += 1
        self._create(slot)

    def _create(self, slot: int) -> None:
        """Create the agent of the occupant of a slot."""
        self.is_creating = True
        try:
            self._migrants[slot] = self._model.migrant_class(self._model, slot)
        finally:
            self.is_creating = False

    def _remove(self, slot: int) -> None:
        migrant = self._migrants.pop(slot)
        mesa.Agent.remove(migrant)  # not the method of migrants, which refuses
        migrant.__dict__.pop("_slot", None)


_METHODS: Final = record_behaviour(Migrant)
record_behaviour(ServiceCentre)
