"""Simulation of a district: migrants, service centres and services by month.

`Migrant`, `PermitModel`, `ServiceCentre` and checkpoints in files need Mesa. They are imported when they are first
used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from takeup.simulation.census import entitled
from takeup.simulation.district_model import ENGINES, Checkpoint, DistrictModel, Engine
from takeup.simulation.output import COLUMNS, GROUP_COUNTS, people_table
from takeup.simulation.state import Migrants
from takeup.simulation.trial_arms import CENTRE_LEVERS, DISTRICT_LEVERS, Assignment, assign_arms
from takeup.simulation.world import check_memory, first_slots

if TYPE_CHECKING:
    from takeup.simulation.agents import Migrant, ServiceCentre
    from takeup.simulation.checkpoint import restore_model, save_model
    from takeup.simulation.model import PermitModel

__all__ = [
    "CENTRE_LEVERS",
    "COLUMNS",
    "DISTRICT_LEVERS",
    "ENGINES",
    "GROUP_COUNTS",
    "Assignment",
    "Checkpoint",
    "DistrictModel",
    "Engine",
    "Migrant",
    "Migrants",
    "PermitModel",
    "ServiceCentre",
    "assign_arms",
    "check_memory",
    "entitled",
    "first_slots",
    "people_table",
    "restore_model",
    "save_model",
]

_WITH_MESA: Final = {
    "Migrant": "agents",
    "PermitModel": "model",
    "ServiceCentre": "agents",
    "restore_model": "checkpoint",
    "save_model": "checkpoint",
}
"""Names whose modules import Mesa, and these modules."""


def __getattr__(name: str) -> Any:
    """Import a class or function that needs Mesa."""
    if name in _WITH_MESA:
        return getattr(import_module(f"takeup.simulation.{_WITH_MESA[name]}"), name)
    raise AttributeError(f"module 'takeup.simulation' has no attribute {name!r}")
