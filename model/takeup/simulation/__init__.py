"""Simulation of a district: migrants, service centres and services by month."""

from takeup.simulation.agents import Migrant, ServiceCentre
from takeup.simulation.census import entitled
from takeup.simulation.checkpoint import restore_model, save_model
from takeup.simulation.model import ENGINES, Checkpoint, Engine, PermitModel
from takeup.simulation.output import COLUMNS, GROUP_COUNTS, people_table
from takeup.simulation.state import Migrants
from takeup.simulation.trial_arms import Assignment, assign_arms
from takeup.simulation.two_arm_model import CENTRE_LEVERS, DISTRICT_LEVERS, TwoArmModel
from takeup.simulation.world import check_memory, first_slots

__all__ = [
    "CENTRE_LEVERS",
    "COLUMNS",
    "DISTRICT_LEVERS",
    "ENGINES",
    "GROUP_COUNTS",
    "Assignment",
    "Checkpoint",
    "Engine",
    "Migrant",
    "Migrants",
    "PermitModel",
    "ServiceCentre",
    "TwoArmModel",
    "assign_arms",
    "check_memory",
    "entitled",
    "first_slots",
    "people_table",
    "restore_model",
    "save_model",
]
