"""The simulation: a district's people, centres and services, month by month."""

from takeup.simulation.agents import Migrant, ServiceCentre
from takeup.simulation.model import END, ENGINES, START, Engine, PermitModel

__all__ = ["END", "ENGINES", "START", "Engine", "Migrant", "PermitModel", "ServiceCentre"]
