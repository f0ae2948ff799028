"""Administration: service centres and their queues, red tape, and services.

The demands of the office grow by themselves, ease in response to returned applications, and recover towards their
usual level. The expectations of applicants about waits and services adapt only gradually to what happens.
"""

from __future__ import annotations

from math import floor

from takeup.compilation import njit_cached


@njit_cached
def net_capacity(capacity: float, endorsement_load: float, endorsements: int, min_net_share: float) -> float:
    """Applications that a centre can process in a month besides its endorsements.

    One endorsement takes the capacity of `endorsement_load` applications. The share `min_net_share` of the capacity
    is reserved for applications.
    """
    return max(capacity * min_net_share, capacity - endorsement_load * endorsements)


@njit_cached
def number_served(credit: float, queue: int) -> int:
    """Number of permits that the unused capacity `credit` allows, at most the queue."""
    return floor(min(float(queue), credit))  # the minimum first: a credit may exceed what an integer can represent


@njit_cached
def current_wait(queue: int, net: float, wait_ceiling: float) -> float:
    """Months that the queue takes at this net capacity.

    Without any capacity, the wait is the ceiling if anyone queues, and 0 otherwise.
    """
    if net > 0.0:
        return queue / net
    return wait_ceiling if queue > 0 else 0.0


@njit_cached
def expected_wait(wait: float, wait_memory: float, current: float) -> float:
    """Expected wait in months, which follows the current wait gradually.

    Without smoothing, a full centre would deter applicants one month and attract them the next.
    """
    return wait + wait_memory * (current - wait)


@njit_cached
def update_red_tape(
    red_tape: float, recovery: float, drift: float, feedback: float, returned_share: float, low: float, high: float
) -> float:
    """Red tape of the next month (1: usual).

    It responds to `returned_share`, the share of this month's applications that were returned.
    """
    after = red_tape + recovery * (1.0 - red_tape) + red_tape * (drift - feedback * returned_share)
    return min(max(after, low), high)


@njit_cached
def delivery_rate(quality: float, supply: float, demand: float) -> float:
    """Share of its promise that a service delivers.

    Insufficient supply is shared by all holders who need the service.
    """
    if demand <= 0.0:
        return quality
    return quality * min(1.0, supply / demand)


@njit_cached
def update_reputation(reputation: float, trust_gain: float, delivered: float) -> float:
    """Reputation of a service, which follows gradually what the service delivers."""
    return reputation + trust_gain * (delivered - reputation)
