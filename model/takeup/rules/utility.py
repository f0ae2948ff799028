"""Utility of applying for the permit and of endorsing it, as a sum of named terms.

The costs are the three administrative burdens of Herd and Moynihan (2018): learning, compliance and psychological
cost. Paperwork weighs less on the educated (Christensen, Aarøe, Baekgaard, Herd and Moynihan 2020, human capital and
administrative burden). The compliance cost also delays decisions: see `hassle_factor`.

All terms are dimensionless; the standard deviation of `taste` is the unit.
"""

from __future__ import annotations

from math import exp
from typing import NamedTuple

from takeup.compilation import njit_cached
from takeup.rules.states import HEARD, INFORMED


class Procedure(NamedTuple):
    """Demands of the procedure on one applicant.

    The fields are the arguments of `compliance` and `compliance_terms`.
    """

    red_tape: float
    documents: float
    hardship: float
    trip_cost: float
    trips: float
    online: float
    wait_cost: float
    wait: float
    fee_cost: float
    fee_cny: float


class ComplianceTerms(NamedTuple):
    """Parts of the compliance cost, each 0 or more.

    Their sum is the compliance cost, except for rounding.
    """

    documents: float
    trips: float
    waiting: float
    fee: float


class UtilityTerms(NamedTuple):
    """Terms whose sum is the utility of applying or of endorsing; costs are negative."""

    benefit: float
    norm: float
    enforcement: float
    taste: float
    learning: float
    compliance: float
    stigma: float


@njit_cached
def hardship(data_sharing: float, paperwork: float, lease_hardship: float, work_hardship: float) -> float:
    """Difficulty of obtaining the documents.

    One proof is enough, so the easier of the proofs of address and work counts.
    """
    return (1.0 - data_sharing) * paperwork * min(lease_hardship, work_hardship)


@njit_cached
def document_cost(documents: float, hardship: float) -> float:
    """Cost of obtaining the documents, before red tape."""
    return documents * hardship


@njit_cached
def trip_cost_total(trip_cost: float, trips: float, online: float) -> float:
    """Cost of the trips to the service centre, before red tape.

    The trips that an online procedure replaces cost nothing.
    """
    return trip_cost * trips * (1.0 - online)


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
    """Cost of complying with the procedure, in standard deviations of taste.

    The arguments are the fields of `Procedure`.
    """
    papers = document_cost(documents, hardship)
    visits = trip_cost_total(trip_cost, trips, online)
    return red_tape * (papers + visits + wait_cost * wait) + fee_cost * fee_cny


@njit_cached
def compliance_terms(
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
) -> ComplianceTerms:
    """Parts of the compliance cost.

    Each part is the result of `compliance` with all other demands at 0.
    """
    return ComplianceTerms(
        red_tape * document_cost(documents, hardship),
        red_tape * trip_cost_total(trip_cost, trips, online),
        red_tape * (wait_cost * wait),
        fee_cost * fee_cny,
    )


@njit_cached
def hassle_factor(hassle: float, compliance: float) -> float:
    """Factor on the monthly probability of considering the permit.

    A higher compliance cost makes migrants postpone the decision.
    """
    return exp(-hassle * compliance)


@njit_cached
def completeness_probability(return_rate: float, red_tape: float, hardship: float) -> float:
    """Probability that an application is accepted as complete and not returned."""
    return min(max(1.0 - return_rate * red_tape * hardship, 0.0), 1.0)


@njit_cached
def perceived_benefit_share(knowledge: int, understanding_heard: float) -> float:
    """Share of the benefit that a migrant perceives: 0 if unaware, 1 if informed."""
    if knowledge == INFORMED:
        return 1.0
    if knowledge == HEARD:
        return understanding_heard
    return 0.0


@njit_cached
def expected_benefit(value: float, need: float, reputation: float) -> float:
    """Contribution of one service to the benefit of applying."""
    return value * need * reputation


@njit_cached
def realised_benefit(value: float, need: float, delivered: float, recurring: float) -> float:
    """Contribution of one service to the benefit of endorsing.

    A holder knows the share of its promise that the service delivers.
    """
    return value * need * delivered * recurring


@njit_cached
def peer_norm(norm: float, holders: int, lapsed: int, lapsed_says: float, contacts: int) -> float:
    """Peer norm of a migrant.

    Contacts with a valid permit (`holders`) encourage the migrant. A contact with a lapsed permit discourages the
    migrant `lapsed_says` times as much.
    """
    return norm * (holders - lapsed_says * lapsed) / contacts


@njit_cached
def utility_terms(
    understanding: float,
    trust: float,
    stay: float,
    benefit: float,
    norm: float,
    enforcement: float,
    taste: float,
    learning: float,
    compliance: float,
    stigma: float,
) -> UtilityTerms:
    """Terms of the utility of applying or of endorsing.

    A holder who endorses understands the whole benefit: `understanding` is 1.

    Args:
        understanding: share of the benefit that the migrant perceives, 0 to 1.
        trust: trust that the permit delivers what it promises, 0 to 1.
        stay: share of the benefit that counts, given the expected further stay, 0 to 1.
        benefit: benefit of the services, if fully understood and trusted.
        norm: peer norm.
        enforcement: pressure of checks.
        taste: permanent taste for the permit, standard normal.
        learning: cost of finding out everything about the permit.
        compliance: cost of complying with the procedure.
        stigma: psychological cost.
    """
    return UtilityTerms(
        understanding * trust * stay * benefit,
        norm,
        enforcement,
        taste,
        -(learning * (1.0 - understanding)),
        -compliance,
        -stigma,
    )


@njit_cached
def total_utility(
    benefit: float, norm: float, enforcement: float, taste: float, learning: float, compliance: float, stigma: float
) -> float:
    """Utility of applying or of endorsing: the sum of its terms.

    A migrant who considers the decision applies, or endorses, if the utility is positive. The order of the additions
    is part of the model's definition: both engines must round alike.
    """
    return (benefit + norm + enforcement + taste) + (learning + compliance + stigma)
