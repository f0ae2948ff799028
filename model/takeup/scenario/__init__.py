"""Scenarios: changes of levers by month, street and group, and their costs."""

from takeup.scenario.dated_rules import DatedRule, load_rules
from takeup.scenario.files import (
    BASELINE,
    Cost,
    Intervention,
    Scenario,
    ScenarioFile,
    SourcedIntervention,
    json_schema,
    known_scenarios,
    load_scenario,
)
from takeup.scenario.levers import Levers
from takeup.scenario.timeline import Timeline, profile_mask

__all__ = [
    "BASELINE",
    "Cost",
    "DatedRule",
    "Intervention",
    "Levers",
    "Scenario",
    "ScenarioFile",
    "SourcedIntervention",
    "Timeline",
    "json_schema",
    "known_scenarios",
    "load_rules",
    "load_scenario",
    "profile_mask",
]
