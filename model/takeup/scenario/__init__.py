"""Scenarios: changes of levers by month, street and group, and their costs."""

from takeup.scenario.dated_rules import DatedRule, load_rules
from takeup.scenario.files import (
    BASELINE,
    Scenario,
    ScenarioFile,
    json_schema,
    known_scenarios,
    load_scenario,
    read_scenario,
)
from takeup.scenario.interventions import Cost, Intervention, SourcedIntervention
from takeup.scenario.levers import Levers
from takeup.scenario.purchases import (
    Delivery,
    Purchase,
    SourcedPurchase,
    delivery_of,
    least_amount,
    measures_of,
    people_of,
)
from takeup.scenario.timeline import LeverChange, Timeline, check_measures, lever_changes

__all__ = [
    "BASELINE",
    "Cost",
    "DatedRule",
    "Delivery",
    "Intervention",
    "LeverChange",
    "Levers",
    "Purchase",
    "Scenario",
    "ScenarioFile",
    "SourcedIntervention",
    "SourcedPurchase",
    "Timeline",
    "check_measures",
    "delivery_of",
    "json_schema",
    "known_scenarios",
    "least_amount",
    "lever_changes",
    "load_rules",
    "load_scenario",
    "measures_of",
    "people_of",
    "read_scenario",
]
