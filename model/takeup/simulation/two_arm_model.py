"""A district in which a trial is under way."""

from __future__ import annotations

from typing import Final

import numpy as np

from takeup.months import format_month
from takeup.scenario import Scenario, Timeline
from takeup.simulation.model import PermitModel
from takeup.simulation.month import Month
from takeup.simulation.trial_arms import Assignment, Treatment, assign_arms

CENTRE_LEVERS: Final = ("capacity",)
"""Levers that are one for all whom a service centre serves."""
DISTRICT_LEVERS: Final = ("supply", "quality", "feedback", "drift")
"""Levers that are one for all: of the services behind the permit, and of the office as a whole."""


class TwoArmModel(PermitModel):
    """A district in which some live under another policy than the rest.

    What a lever does to a person, it does to the treated alone. What is one for all stays as it is for the
    untreated: the levers of `OF_THE_DISTRICT`, and those of `OF_A_CENTRE` but for the centres that are treated. The
    treated meet the untreated as ever, as contacts, in queues and where services are scarce.

    Its `policy`, `month`, `rows` and costs are those of the untreated's policy, and a branch of it is a district
    without the trial.

    Args:
        model: the district in the month before the trial; it does not change.
        scenario: what the treated live under.
        assignment: who they are.

    Raises:
        InputError: the scenario does not fit the district.
    """

    def __init__(self, model: PermitModel, scenario: Scenario, assignment: Assignment) -> None:
        self.treatment, self.assignment = scenario, assignment
        super().__init__(
            model.district,
            model.policy,
            model.agents_at_most,
            model.engine,
            model.seed,
            parameters=model.overrides,
            start=format_month(model.start),
            until=format_month(model.until),
            threads=model.threads,
            moment=model.moment(),
        )
        self._treated_timeline = Timeline(scenario, self.district, self.parameters)

    def _conditions(self) -> Month:
        month = super()._conditions()
        treated = self._conditions_under(self._treated_timeline.at(month.number))
        capacity = np.where(self.assignment.centres, treated.capacity, month.conditions.capacity)
        arms = assign_arms(self.assignment, self.state.migrants)
        return month._replace(
            conditions=month.conditions._replace(capacity=capacity),
            treatment=Treatment(self.assignment, arms, treated),
        )
