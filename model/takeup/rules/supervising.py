"""How the office's demands grow by themselves, ease under feedback, and return to what is usual."""

from __future__ import annotations

from takeup.compilation import compiled


@compiled
def red_tape(
    now: float, recovery: float, drift: float, feedback: float, returned_share: float, low: float, high: float
) -> float:
    """Next month's red tape (1: as usual), from the share of this month's applications that were returned."""
    after = now + recovery * (1.0 - now) + now * (drift - feedback * returned_share)
    return min(max(after, low), high)
