"""State of the pages: the shared context and one visitor's selections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import solara
from solara.lab import cookies, headers

from takeup.dashboard.context import DashboardContext
from takeup.dashboard.estimator import PolicyEffects
from takeup.dashboard.first_policies import first_policies
from takeup.dashboard.language import COOKIE, language_header, visitor_language
from takeup.dashboard.page_address import DEFAULT_MONTH, AgentQuery, PageState
from takeup.dashboard.policy_editor import (
    LETTERS,
    InterventionDraft,
    PolicyDraft,
    PurchaseDraft,
    to_scenarios,
)
from takeup.report.i18n import Language
from takeup.scenario import BASELINE, Scenario

MOST_POLICIES: Final = len(LETTERS)
"""Largest number of policies that are compared."""

policies: solara.Reactive[tuple[PolicyDraft, ...]] = solara.reactive(())
"""The visitor's policies; empty until the visitor edits them."""
selected = solara.reactive(0)
"""Number of the policy that is edited."""
month = solara.reactive(DEFAULT_MONTH)
street: solara.Reactive[int | None] = solara.reactive(None)
shown: solara.Reactive[int | None] = solara.reactive(None)
"""Number of the policy in the run that the pages of the district and of a migrant show; None: no policy."""
agent_query = solara.reactive(AgentQuery())
effects: solara.Reactive[PolicyEffects | None] = solara.reactive(None)
notice = solara.reactive("")
"""What the visitor should know about the address or a file; empty for nothing."""
language_code: solara.Reactive[str | None] = solara.reactive(None)
"""Code of the language that the visitor chose on the pages; None before."""

_context: list[DashboardContext] = []


def set_context(context: DashboardContext) -> None:
    """Show a context on all pages from now on."""
    _context[:] = [context]


def current_context() -> DashboardContext:
    """Return the context that the server shows."""
    return _context[0]


def current_language() -> Language:
    """Return the visitor's language: the one chosen last in this browser, or else the one that it prefers."""
    chosen = language_code.value or (cookies.value or {}).get(COOKIE)
    return visitor_language(chosen, language_header(headers.value))


def current_policies() -> tuple[PolicyDraft, ...]:
    """Return the visitor's policies: those with which the pages open until the visitor edits them."""
    return policies.value or first_policies(current_context().district, current_language())


def current_policy() -> PolicyDraft:
    """Return the policy that is edited."""
    every = current_policies()
    return every[selected_number()]


def selected_number() -> int:
    """Return the number of the policy that is edited, from 0."""
    return min(int(selected.value), len(current_policies()) - 1)


def set_policy(policy: PolicyDraft) -> None:
    """Replace the policy that is edited."""
    every = current_policies()
    policies.set(tuple(policy if number == selected.value else each for number, each in enumerate(every)))


def change_intervention(number: int, change: Callable[[InterventionDraft], InterventionDraft]) -> None:
    """Change an intervention of the policy that is edited.

    Args:
        number: position of the intervention in the policy.
        change: function of the present intervention. The page may show an older one, if it has not been drawn again
            since the last event.
    """
    policy = current_policy()
    if number < len(policy.interventions):
        set_policy(policy.replace_intervention(number, change(policy.interventions[number])))


def change_purchase(number: int, shown: PurchaseDraft, change: Callable[[PurchaseDraft], PurchaseDraft]) -> None:
    """Change a purchase of the policy that is edited, or add it.

    Args:
        number: number of the purchase among those of its measure, from 0.
        shown: the purchase as the page shows it, which is added if the policy has none with this number.
        change: function of the present purchase, as for `change_intervention`.
    """
    policy = current_policy()
    places = [place for place, each in enumerate(policy.purchases) if each.measure == shown.measure]
    if number < len(places):
        present = policy.purchases[places[number]]
        set_policy(policy.replace_purchase(places[number], change(present)))
    else:
        set_policy(policy.replace_purchase(len(policy.purchases), change(shown)))


def add_policy(policy: PolicyDraft) -> None:
    """Add a policy and edit it; it replaces the one that is edited if there is no room for more."""
    every = current_policies()
    if len(every) == MOST_POLICIES:
        set_policy(policy)
        return
    policies.set((*every, policy))
    selected.set(len(every))


def remove_policy() -> None:
    """Remove the policy that is edited, unless it is the only one."""
    every, number = current_policies(), selected.value
    if len(every) > 1:
        policies.set((*every[:number], *every[number + 1 :]))
        selected.set(max(number - 1, 0))
        shown.set(None)


def current_scenario() -> Scenario:
    """Return the scenario of the run that is shown.

    Raises:
        InputError: the scenario file of a policy would not be valid.
    """
    every = current_policies()
    number = shown.value
    return BASELINE if number is None or number >= len(every) else to_scenarios(every)[number]


def select_agent(reason: int | None, number: int = 0) -> None:
    """Select a migrant with a reason in the month that is shown."""
    agent_query.set(AgentQuery(month.value, reason, number))


def page_state() -> PageState:
    """Return the selections that the address keeps."""
    return PageState(policies.value, selected.value, month.value, street.value, shown.value, agent_query.value)


def restore(restored: PageState) -> None:
    """Select what an address keeps."""
    policies.set(restored.policies)
    selected.set(restored.selected)
    month.set(restored.month)
    street.set(restored.street)
    shown.set(restored.shown)
    agent_query.set(restored.agent)
