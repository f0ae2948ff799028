"""The agents of a model: made when first asked for, and kept in step with who lives in the district."""

from __future__ import annotations

from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from takeup.rules import VALID
from takeup.simulation.agents import LIVES_NO_MONTH, Migrant, ServiceCentre
from takeup.simulation.arriving import move_in, vacate
from takeup.simulation.assignment import greet_by_arm
from takeup.simulation.conditions import TERMS, Cell, Conditions, Worth
from takeup.simulation.world import KIND, Kind

if TYPE_CHECKING:
    from takeup.simulation.model import PermitModel


class Now:
    """A month's conditions in plain Python numbers: what holds for everyone is an attribute by its name."""

    def __init__(self, conditions: Conditions, voice: NDArray[np.uint16]) -> None:
        self.__dict__.update(zip(TERMS.names or (), conditions.terms[0].item(), strict=True))
        self.luck, self.register, self.reached = conditions.luck, conditions.register, conditions.reached
        self.voice, self.silence = voice, conditions.silence.tolist()
        self.worth = [Worth(*row) for row in conditions.worth.tolist()]
        self._cells = conditions.cells

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a month has no {name!r}")

    def cell(self, street: int, profile: int) -> Cell:
        """What the month holds for a profile in a street."""
        return Cell(*self._cells[street, profile].item())


class People:
    """The district's agents; with the objects engine it is they who live the month.

    Attributes:
        now: the conditions of the month being lived; in a trial, those of the untreated.
        numbers: for the agents, so that no two have the same.
    """

    now: Now

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
    def kinds(self) -> list[Kind]:
        """What each profile means for life, in plain Python numbers."""
        kinds = self._model.world.kinds
        return [Kind(*row) for row in zip(*(kinds[name].tolist() for name in KIND.names or ()), strict=True)]

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
        self.now = Now(month.conditions, month.voice)
        self._now_treated = Now(month.treatment.conditions, month.voice) if month.treatment is not None else self.now
        before = model.state.columns["person"].copy()
        rank = model.world.rank
        for slot in np.flatnonzero((rank >= month.population) & (rank < month.before)).tolist():
            migrant = self._migrants[slot]
            month.flows[migrant.street]["departures"] += 1
            month.flows[migrant.street]["departures_valid"] += migrant.status == VALID
            vacate(model.state.migrants, slot)
            self._dismiss(slot)
        model.agents_by_type[Migrant].do("step")
        for slot in np.flatnonzero((rank >= month.before) & (rank < month.population)).tolist():
            self._welcome(slot)
        if month.treatment is not None:
            greet_by_arm(month.treatment, month.conditions, model.state.migrants, before)

    def now_of(self, slot: int) -> Now:
        """The month's conditions for whoever lives there: in a trial, those of their arm.

        Raises:
            AttributeError: no month is lived by agents.
        """
        if not hasattr(self, "now"):
            raise AttributeError(LIVES_NO_MONTH)
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
        move_in(
            model.state.migrants, slot, world.kinds, profiles, now.luck, now.trust_low, now.trust_high,
            now.heard_on_arrival,
        )  # fmt: skip
        month.flows[street]["arrivals"] += 1
        self._migrants[slot] = Migrant(model, slot)

    def _dismiss(self, slot: int) -> None:
        migrant = self._migrants.pop(slot)
        migrant.remove()
        migrant.__dict__.pop("slot", None)
