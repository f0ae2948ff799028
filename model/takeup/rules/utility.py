"""The three administrative burdens of Herd and Moynihan (2018): learning, compliance, psychological cost.

Paperwork weighs less on the educated (Christensen, Aarøe, Baekgaard, Herd and Moynihan 2020, human capital and
administrative burden). A burden is not only weighed but put off: see `pace`.

What the permit is worth to someone: benefit, the example of others, and the two utilities.

Dimensionless; the standard deviation of `taste` is the unit.
"""

from __future__ import annotations

from math import exp

from takeup.compilation import njit_cached
from takeup.rules import HEARD, INFORMED


@njit_cached
def hardship(data_sharing: float, paperwork: float, lease_hardship: float, work_hardship: float) -> float:
    """How hard the papers are to get. One proof is enough, so the easier of address and work counts."""
    return (1.0 - data_sharing) * paperwork * min(lease_hardship, work_hardship)


@njit_cached
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


@njit_cached
def burden(learning: float, understanding: float, compliance: float, stigma: float) -> float:
    """All that applying costs, in standard deviations of taste."""
    return learning * (1.0 - understanding) + compliance + stigma


@njit_cached
def endorsement_burden(renewal: float, compliance: float, stigma: float) -> float:
    """All that endorsing costs: a share of the compliance cost, nothing to learn."""
    return renewal * compliance + stigma


@njit_cached
def hassle_factor(hassle: float, compliance: float) -> float:
    """What is a nuisance is put off: the factor on the chance of considering it this month."""
    return exp(-hassle * compliance)


@njit_cached
def completeness_probability(return_rate: float, red_tape: float, hardship: float) -> float:
    """Chance that an application is accepted as complete and not returned."""
    return min(max(1.0 - return_rate * red_tape * hardship, 0.0), 1.0)


@njit_cached
def perceived_benefit_share(knowledge: int, understanding_heard: float) -> float:
    """How much of the benefit is seen: nothing by the unaware, all by the informed."""
    if knowledge == INFORMED:
        return 1.0
    if knowledge == HEARD:
        return understanding_heard
    return 0.0


@njit_cached
def expected_benefit(value: float, need: float, reputation: float) -> float:
    """One service's part of the benefit of applying."""
    return value * need * reputation


@njit_cached
def realised_benefit(value: float, need: float, delivered: float, recurring: float) -> float:
    """One service's part of the benefit of keeping the permit, to one who knows what it delivers."""
    return value * need * delivered * recurring


@njit_cached
def peer_norm(norm: float, holders: int, lapsed: int, lapsed_says: float, contacts: int) -> float:
    """The pull of contacts who hold the permit, less that of contacts whose permit lapsed."""
    return norm * (holders - lapsed_says * lapsed) / contacts


@njit_cached
def utility_of_applying(
    understanding: float,
    trust: float,
    stay: float,
    benefit: float,
    norm: float,
    enforcement: float,
    taste: float,
    burden: float,
) -> float:
    """What applying is worth; someone who considers it applies if this is positive."""
    return understanding * trust * stay * benefit + norm + enforcement + taste - burden


@njit_cached
def utility_of_endorsing(
    trust: float, stay: float, kept: float, norm: float, enforcement: float, taste: float, burden: float
) -> float:
    """What endorsing is worth; someone who considers it endorses if this is positive."""
    return trust * stay * kept + norm + enforcement + taste - burden
