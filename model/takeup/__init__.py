"""takeup: who takes up a residence permit, and what would change it.

from takeup import PermitModel

model = PermitModel(district="liwan", scenario="publicity", rng=1)
model.run_until("2023-12")
model.history()                       # the monthly table
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from takeup.simulation import Migrant, PermitModel, ServiceCentre

__all__ = ["Migrant", "PermitModel", "ServiceCentre", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the simulation when it is first used: Mesa and numba take a second."""
    if name in __all__:
        from takeup import simulation  # noqa: PLC0415

        return getattr(simulation, name)
    raise AttributeError(f"module 'takeup' has no attribute {name!r}")
