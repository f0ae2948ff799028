"""Scenario files: what a policy changes, when, where, for whom and at what cost."""

from takeup.scenario.files import known_scenarios, load_scenario
from takeup.scenario.grammar import BASELINE, Cost, Intervention, Scenario, ScenarioFile, Stated
from takeup.scenario.schema import json_schema
from takeup.scenario.timeline import Levers, Timeline, profiles_in

__all__ = [
    "BASELINE",
    "Cost",
    "Intervention",
    "Levers",
    "Scenario",
    "ScenarioFile",
    "Stated",
    "Timeline",
    "json_schema",
    "known_scenarios",
    "load_scenario",
    "profiles_in",
]
