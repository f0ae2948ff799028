"""What of the model stands beside findings of others."""

from __future__ import annotations

from typing import Final

QUANTITIES: Final = {
    "message_alone": "effect of a letter, in points of those entitled without a permit",
    "message_light_burden": "the same where there is little paperwork",
    "message_by_burden": "the second less the first",
    "simplification": "permits of those whose letter came with a simpler form, beside those of the others",
    "benefit_shown": "permits of those who were shown the benefit too, beside those of the others",
    "peer_effect": "effect of one contact given a permit, in points of those entitled without one",
    "sign_awareness": "coefficient of being informed on willingness, in points",
    "sign_schoolchild": "coefficient of a school child on willingness, in points",
    "sign_housing": "coefficient of secure housing on willingness, in points",
    "sign_education": "coefficient of a step of education on willingness, in points",
    "sign_income": "coefficient of work with a contract on willingness, in points",
    "sign_conditions": "change of take-up under stricter conditions, in points",
    "sign_procedure": "change of take-up under a longer procedure, in points",
    "issued_a_head": "permits issued in a year per 100 persons",
    "campaign": "first permits to tenants in a campaign's weeks per 100 tenants",
    "mandatory": "permits issued since a mandatory permit began, per 100 persons",
    "mandatory_accepted": "applications accepted since then per 100 persons; shown with the draws, no finding's",
    "opening_pipeline": "permits issued per application accepted in the opening months",
}
"""Every quantity, and what it is."""
