"""The simulation: a district's people, centres and services, month by month."""

from takeup.simulation.agents import Migrant, ServiceCentre
from takeup.simulation.model import ENGINES, Engine, Moment, PermitModel
from takeup.simulation.people_table import people_table
from takeup.simulation.record import COLUMNS, GROUP_COUNTS
from takeup.simulation.saving import restore_model, save_model
from takeup.simulation.world import street_blocks

__all__ = [
    "COLUMNS",
    "ENGINES",
    "GROUP_COUNTS",
    "Engine",
    "Migrant",
    "Moment",
    "PermitModel",
    "ServiceCentre",
    "people_table",
    "restore_model",
    "save_model",
    "street_blocks",
]
