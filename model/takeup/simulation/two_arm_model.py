"""Model with a trial in progress: some migrants are subject to another policy."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from takeup.scenario import Levers, Scenario, Timeline
from takeup.simulation.conditions import PolicyTables, update_conditions
from takeup.simulation.kernels_month import Month
from takeup.simulation.model import PermitModel
from takeup.simulation.output import Records
from takeup.simulation.trial_arms import Assignment, Treatment, assign_arms

CENTRE_LEVERS: Final = ("capacity",)
"""Levers with one value for all migrants whom a service centre serves."""
DISTRICT_LEVERS: Final = ("supply", "quality", "feedback", "drift")
"""Levers with one value for all migrants: those of the services and of the administration as a whole."""


class TwoArmModel(PermitModel):
    """Model of a district in which some migrants are subject to another policy.

    A lever that acts on single persons acts on the treated only. The levers of `DISTRICT_LEVERS`, and those of
    `CENTRE_LEVERS` except at the treated centres, keep the values of the untreated. Treated and untreated migrants
    interact as in any model: as contacts, in queues, and where services are scarce.

    The attributes `policy`, `month` and `rows` and the costs are those of the policy of the untreated, and a branch
    of the model is a district without the trial.

    Args:
        model: model of the district in the month before the trial; it is not changed.
        scenario: policy of the treated.
        assignment: assignment of persons and centres to the arms.

    Raises:
        InputError: the scenario does not fit the district.
    """

    def __init__(self, model: PermitModel, scenario: Scenario, assignment: Assignment) -> None:
        self.treatment, self.assignment = scenario, assignment
        super().__init__(scenario=model.policy, checkpoint=model.checkpoint(), **model.arguments)
        self._treated_timeline = Timeline(scenario, self.district, self.parameters)
        self._treated_levers: Levers | None = None

    def branch(self, scenario: str | Path | Scenario | None) -> PermitModel:
        """Create a model of the district without the trial, see `PermitModel.branch`."""
        return PermitModel(scenario=self.policy, checkpoint=self.checkpoint(), **self.arguments).branch(scenario)

    @property
    def _is_compiled_as_a_whole(self) -> bool:
        return False

    def _month(
        self, number: int, before: int, population: int, levers: Levers, tables: PolicyTables, records: Records
    ) -> Month:
        month = super()._month(number, before, population, levers, tables, records)
        treated = self._treated_tables(self._treated_timeline.at(number))
        update_conditions(treated, self.state.arrays())
        capacity = np.where(self.assignment.centres, treated.conditions.capacity, month.conditions.capacity)
        arms = assign_arms(self.assignment, self.state.migrants)
        return month._replace(
            conditions=month.conditions._replace(capacity=capacity),
            treatment=Treatment(self.assignment, arms, treated.conditions),
        )

    def _treated_tables(self, levers: Levers) -> PolicyTables:
        if self._treated_levers is not levers:
            self._treated_levers, self._tables_of_treated = levers, self._lay_out(levers)
        return self._tables_of_treated
