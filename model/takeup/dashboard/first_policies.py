"""The policies with which the pages open: measures of the district, all at the same yearly cost."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from takeup.dashboard.policy_editor import PolicyDraft, PurchaseDraft, default_policy
from takeup.dashboard.slider_ranges import opening_budget, possible_spending
from takeup.district import District, Measure, levers
from takeup.report.i18n import ENGLISH, Language

MOST: Final = 3
"""Number of measures with which the pages open."""


@lru_cache(maxsize=16)
def first_policies(district: District, translate: Language = ENGLISH) -> tuple[PolicyDraft, ...]:
    """Return policies that buy one measure each, for the same amount per year.

    The measures act on different obstacles, as the countermeasures of their first levers state. A district without
    measures has one policy, which changes levers.

    Args:
        district: the district.
        translate: language of the titles.
    """
    budget = opening_budget(district)
    drafts = [PurchaseDraft(measure.name, budget) for measure in _different(district)]
    purchased = [draft for draft in drafts if possible_spending(draft, district).least <= budget]
    titles = {measure.name: translate.measure(measure) for measure in district.measures}
    return tuple(PolicyDraft(titles[draft.measure], (), (draft,)) for draft in purchased[:MOST]) or (
        default_policy(district, translate),
    )


def _different(district: District) -> list[Measure]:
    """Return the measures of a district, the first one of each countermeasure before the others."""
    first: dict[str | None, Measure] = {}
    for measure in district.measures:
        root = measure.effects[0].lever.partition(".")[0]
        first.setdefault(levers()[root].countermeasure, measure)
    chosen = list(first.values())
    return [*chosen, *(measure for measure in district.measures if measure not in chosen)]
