"""What a service centre can handle, whom it serves, and what wait people come to expect."""

from __future__ import annotations

from math import floor

from takeup.compilation import compiled


@compiled
def net_capacity(capacity: float, endorsement_load: float, endorsements: int, min_net_share: float) -> float:
    """Applications a centre can handle in a month beside its endorsements."""
    return max(capacity * min_net_share, capacity - endorsement_load * endorsements)


@compiled
def served(credit: float, queue: int) -> int:
    """How many at the head of the queue are issued their permits."""
    return floor(min(float(queue), credit))  # the lesser first: a credit may be more than a whole number can hold


@compiled
def wait_there_is(queue: int, net: float, wait_ceiling: float) -> float:
    """Months that the queue takes at this rate; where nothing is handled, the ceiling if anyone queues."""
    if net > 0.0:
        return queue / net
    return wait_ceiling if queue > 0 else 0.0


@compiled
def wait_expected(wait: float, wait_memory: float, there_is: float) -> float:
    """The wait people expect follows the one there is slowly, or a full counter would frighten and tempt by turns."""
    return wait + wait_memory * (there_is - wait)
