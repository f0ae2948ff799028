"""The three administrative burdens of Herd and Moynihan (2018): learning, compliance, psychological cost.

Paperwork weighs less on the educated (Christensen, Aarøe, Baekgaard, Herd and Moynihan 2020, human capital and
administrative burden). A burden is not only weighed but put off: see `pace`.
"""

from __future__ import annotations

from math import exp

from takeup.compilation import compiled


@compiled
def hardship(data_sharing: float, paperwork: float, lease_hardship: float, work_hardship: float) -> float:
    """How hard the papers are to get. One proof is enough, so the easier of address and work counts."""
    return (1.0 - data_sharing) * paperwork * min(lease_hardship, work_hardship)


@compiled
def compliance(
    red_tape: float,
    documents: float,
    hardship: float,
    trip_cost: float,
    trips: float,
    online: float,
    wait_cost: float,
    wait: float,
    fee_cost: float,
    fee_cny: float,
) -> float:
    """Cost of complying with the procedure, in standard deviations of taste."""
    papers = documents * hardship
    visits = trip_cost * trips * (1.0 - online)
    return red_tape * (papers + visits + wait_cost * wait) + fee_cost * fee_cny


@compiled
def burden(learning: float, understanding: float, compliance: float, stigma: float) -> float:
    """All that applying costs, in standard deviations of taste."""
    return learning * (1.0 - understanding) + compliance + stigma


@compiled
def burden_of_keeping(renewal: float, compliance: float, stigma: float) -> float:
    """All that endorsing costs: a share of the compliance cost, nothing to learn."""
    return renewal * compliance + stigma


@compiled
def pace(hassle: float, compliance: float) -> float:
    """What is a nuisance is put off: the factor on the chance of considering it this month."""
    return exp(-hassle * compliance)


@compiled
def complete(return_rate: float, red_tape: float, hardship: float) -> float:
    """Chance that an application is accepted as complete and not returned."""
    return min(max(1.0 - return_rate * red_tape * hardship, 0.0), 1.0)
