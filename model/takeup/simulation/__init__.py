"""The simulation: a district's people, centres and services, month by month."""

from takeup.simulation.agents import Migrant, ServiceCentre
from takeup.simulation.assignment import Assignment, arms_of
from takeup.simulation.counting import entitled
from takeup.simulation.model import ENGINES, Engine, Moment, PermitModel
from takeup.simulation.people_table import people_table
from takeup.simulation.record import COLUMNS, GROUP_COUNTS
from takeup.simulation.saving import restore_model, save_model
from takeup.simulation.state import Migrants
from takeup.simulation.trial import OF_A_CENTRE, OF_THE_DISTRICT, TrialModel
from takeup.simulation.world import street_blocks

__all__ = [
    "COLUMNS",
    "ENGINES",
    "GROUP_COUNTS",
    "OF_A_CENTRE",
    "OF_THE_DISTRICT",
    "Assignment",
    "Engine",
    "Migrant",
    "Migrants",
    "Moment",
    "PermitModel",
    "ServiceCentre",
    "TrialModel",
    "arms_of",
    "entitled",
    "people_table",
    "restore_model",
    "save_model",
    "street_blocks",
]
