"""What a service centre can handle, whom it serves, and what wait people come to expect.

How the office's demands grow by themselves, ease under feedback, and return to what is usual.

What a service behind the permit delivers, and what is thought of it.
"""

from __future__ import annotations

from math import floor

from takeup.compilation import njit_cached


@njit_cached
def net_capacity(capacity: float, endorsement_load: float, endorsements: int, min_net_share: float) -> float:
    """Applications a centre can handle in a month beside its endorsements."""
    return max(capacity * min_net_share, capacity - endorsement_load * endorsements)


@njit_cached
def number_served(credit: float, queue: int) -> int:
    """How many at the head of the queue are issued their permits."""
    return floor(min(float(queue), credit))  # the lesser first: a credit may be more than a whole number can hold


@njit_cached
def current_wait(queue: int, net: float, wait_ceiling: float) -> float:
    """Months that the queue takes at this rate; where nothing is handled, the ceiling if anyone queues."""
    if net > 0.0:
        return queue / net
    return wait_ceiling if queue > 0 else 0.0


@njit_cached
def expected_wait(wait: float, wait_memory: float, there_is: float) -> float:
    """The wait people expect follows the one there is slowly, or a full counter would frighten and tempt by turns."""
    return wait + wait_memory * (there_is - wait)


@njit_cached
def update_red_tape(
    now: float, recovery: float, drift: float, feedback: float, returned_share: float, low: float, high: float
) -> float:
    """Next month's red tape (1: as usual), from the share of this month's applications that were returned."""
    after = now + recovery * (1.0 - now) + now * (drift - feedback * returned_share)
    return min(max(after, low), high)


@njit_cached
def delivery_rate(quality: float, supply: float, demand: float) -> float:
    """Share of its promise that a service keeps; short supply is shared by all who need it."""
    if demand <= 0.0:
        return quality
    return quality * min(1.0, supply / demand)


@njit_cached
def update_reputation(reputation: float, reputation_speed: float, delivered: float) -> float:
    """What is thought of a service follows what it delivers."""
    return reputation + reputation_speed * (delivered - reputation)
