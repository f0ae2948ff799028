"""The agents of a model: made when first asked for, and kept in step with who lives in the district."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from takeup.rules import VALID
from takeup.simulation.agents import Migrant, ServiceCentre
from takeup.simulation.arriving import move_in, vacate

if TYPE_CHECKING:
    from takeup.simulation.model import PermitModel


class People:
    """The district's agents; with the objects engine it is they who live the month."""

    def __init__(self, model: PermitModel) -> None:
        self._model = model
        self._centres: list[ServiceCentre] = []
        self._migrants: dict[int, Migrant] = {}
        self._met_in: int | None = None

    @property
    def centres(self) -> list[ServiceCentre]:
        """The service centres, one a street."""
        if not self._centres:
            self._centres = [ServiceCentre(self._model, street) for street in range(len(self._model.state.length))]
        return self._centres

    def meet(self) -> None:
        """Make an object of everyone who lives here and has none; dismiss those of people who have left."""
        model, now = self._model, self._model.state.month
        if self._met_in == now:
            return
        persons = model.state.columns.person
        living = model.world.rank < model.state.population
        for slot, migrant in list(self._migrants.items()):
            if not living[slot] or persons[slot] != migrant.identity:
                self._dismiss(migrant)
        for slot in np.flatnonzero(living).tolist():
            if slot not in self._migrants:
                self._migrants[slot] = Migrant(model, slot)
        self._met_in = now
        # Mesa 3.3 keeps every model alive in the table it numbers agents by, unless its entry is taken out.
        getattr(mesa.Agent, "_ids", {}).pop(model, None)

    def live(self) -> None:
        """Leave, live here, hear, act: every migrant's month."""
        model, month = self._model, self._model.month
        rank = model.world.rank
        for slot in np.flatnonzero((rank >= month.population) & (rank < month.before)).tolist():
            migrant = self._migrants[slot]
            month.flows[migrant.street]["departures"] += 1
            month.flows[migrant.street]["departures_valid"] += migrant.status == VALID
            vacate(slot, model.state.columns)
            self._dismiss(migrant)
        model.agents_by_type[Migrant].do("step")
        for slot in np.flatnonzero((rank >= month.before) & (rank < month.population)).tolist():
            self._welcome(slot)

    def serve(self) -> None:
        """Every service centre's month."""
        self._model.agents_by_type[ServiceCentre].do("step")

    def replace(self, migrant: Migrant) -> None:
        """A newcomer takes the slot of one who left."""
        slot = migrant.slot
        self._dismiss(migrant)
        self._welcome(slot)

    def _welcome(self, slot: int) -> None:
        model, month = self._model, self._model.month
        now = month.conditions
        street = int(np.searchsorted(model.world.first, slot, side="right")) - 1
        move_in(
            slot, street, model.state.columns, model.world, now.luck, model.world.newcomers, now.trust_low,
            now.trust_high, now.heard_on_arrival,
        )  # fmt: skip
        month.flows[street]["arrivals"] += 1
        self._migrants[slot] = Migrant(model, slot)

    def _dismiss(self, migrant: Migrant) -> None:
        del self._migrants[migrant.slot]
        migrant.remove()
        del migrant.slot
