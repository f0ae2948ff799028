"""Sliders of measures, and the policies with which the pages open."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from takeup.dashboard.baseline import LAST
from takeup.dashboard.first_policies import first_policies
from takeup.dashboard.policy_editor import PolicyDraft, PurchaseDraft, fits_district, to_scenario
from takeup.dashboard.slider_ranges import earliest_end, opening_budget, possible_spending
from takeup.district import District, load_district
from takeup.months import format_month
from takeup.report.i18n import language_of

MEASURES = tuple(measure.name for measure in load_district("liwan").measures)
PERIODS = (("2019-03", None), ("2010-01", None), ("2019-03", "2020-02"), ("2023-12", None), ("2022-06", "2022-06"))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(("first", "until"), PERIODS)
def test_every_position_of_a_measures_slider_reaches_somebody(
    measure: str, first: str, until: str | None, liwan: District
) -> None:
    """The positions at the ends, and those around the smallest amount that reaches somebody."""
    draft = PurchaseDraft(measure, 0.0, first, until)
    limits = possible_spending(draft, liwan)
    if math.isinf(limits.least):
        assert limits.nearest(limits.high) == 0.0
        return
    below = limits.least - limits.step
    for amount in (limits.least, limits.least + limits.step, limits.high, limits.nearest(0.6 * limits.least)):
        assert amount >= limits.least
        purchased = replace(draft, yuan_per_year=amount)
        assert fits_district(PolicyDraft("P", (), (purchased,)), liwan)
        assert purchased.first_month <= earliest_end(purchased, liwan) <= purchased.last_month
    assert limits.nearest(0.4 * limits.least) == 0.0
    if below > 0.0:
        too_little = replace(draft, yuan_per_year=below)
        assert earliest_end(too_little, liwan) > too_little.last_month or not fits_district(
            PolicyDraft("P", (), (too_little,)), liwan
        )


@pytest.mark.parametrize("measure", MEASURES)
def test_the_spending_cannot_end_before_the_measure_acts(measure: str, liwan: District) -> None:
    draft = PurchaseDraft(measure, possible_spending(PurchaseDraft(measure, 0.0), liwan).least)
    end = earliest_end(draft, liwan)
    for month, is_possible in ((end, True), (LAST, True), (end - 1, False)):
        if month >= draft.first_month:
            ends = PolicyDraft("P", (), (replace(draft, until=format_month(month)),))
            assert fits_district(ends, liwan) == is_possible


def test_an_amount_of_a_file_extends_the_slider(liwan: District) -> None:
    assert possible_spending(PurchaseDraft("clerk_training", 5e7), liwan).high == 5e7


def test_a_policy_without_an_amount_has_no_measure() -> None:
    purchased = PurchaseDraft("clerk_training", 1e6)
    policy = PolicyDraft("P").replace_purchase(0, purchased)
    assert policy.purchases == (purchased,)
    assert policy.replace_purchase(0, replace(purchased, yuan_per_year=0.0)) == PolicyDraft("P")
    other = replace(purchased, measure="school_places")
    assert policy.replace_purchase(1, other).purchases == (purchased, other)


def test_the_pages_open_with_three_measures_at_the_same_cost(liwan: District) -> None:
    policies = first_policies(liwan)
    assert len(policies) == 3
    assert {policy.yuan_per_year for policy in policies} == {opening_budget(liwan)} == {3_000_000}
    assert len({policy.purchases[0].measure for policy in policies}) == 3
    assert all(fits_district(policy, liwan) for policy in policies)
    chinese = first_policies(liwan, language_of("zh"))
    assert [policy.title for policy in policies] != [policy.title for policy in chinese]
    assert [policy.purchases for policy in policies] == [policy.purchases for policy in chinese]


def test_a_district_without_measures_opens_with_a_change_of_levers(template: District) -> None:
    (policy,) = first_policies(template)
    assert policy.interventions
    assert not to_scenario(policy).purchases
