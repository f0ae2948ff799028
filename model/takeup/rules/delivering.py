"""What a service behind the permit delivers, and what is thought of it."""

from __future__ import annotations

from takeup.compilation import compiled


@compiled
def delivered(quality: float, supply: float, demand: float) -> float:
    """Share of its promise that a service keeps; short supply is shared by all who need it."""
    if demand <= 0.0:
        return quality
    return quality * min(1.0, supply / demand)


@compiled
def reputation(reputation: float, reputation_speed: float, delivered: float) -> float:
    """What is thought of a service follows what it delivers."""
    return reputation + reputation_speed * (delivered - reputation)
