"""State of the pages: the shared context and one visitor's selections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import solara
from solara.lab import cookies, headers

from takeup.dashboard.context import DashboardContext
from takeup.dashboard.estimator import PolicyEffects
from takeup.dashboard.language import COOKIE, language_header, visitor_language
from takeup.dashboard.policy_editor import PolicyDraft, default_policy
from takeup.months import END_OF_HISTORY, parse_month
from takeup.report.i18n import Language
from takeup.scenario import BASELINE, Scenario

DEFAULT_MONTH: Final = parse_month(END_OF_HISTORY)
"""The month that is shown first: the one for which Liwan's take-up is known."""
WITHOUT_POLICY, WITH_POLICY = "without policy", "with my policy"


@dataclass(frozen=True)
class AgentQuery:
    """The selection of the migrant on the migrant page.

    Attributes:
        month: number of the month in which the migrant has the reason.
        reason: number of the reason why the migrant has no valid permit; None: any reason.
        number: position among the migrants with this reason.
    """

    month: int = DEFAULT_MONTH
    reason: int | None = None
    number: int = 0


month = solara.reactive(DEFAULT_MONTH)
street: solara.Reactive[int | None] = solara.reactive(None)
policy: solara.Reactive[PolicyDraft | None] = solara.reactive(None)
effects: solara.Reactive[PolicyEffects | None] = solara.reactive(None)
shown_run = solara.reactive(WITHOUT_POLICY)
agent_query = solara.reactive(AgentQuery())
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


def current_policy() -> PolicyDraft:
    """Return the visitor's policy: a default until the visitor edits it."""
    if policy.value is not None:
        return policy.value
    return default_policy(current_context().district, current_language())


def estimated_policy() -> Scenario:
    """Return the policy whose effect was estimated last; the baseline if there is none."""
    return BASELINE if effects.value is None else effects.value.policies[0]


def current_scenario() -> Scenario:
    """Return the scenario of the run that is shown."""
    return estimated_policy() if shown_run.value == WITH_POLICY else BASELINE


def select_agent(reason: int | None, number: int = 0) -> None:
    """Select a migrant with a reason in the month that is shown."""
    agent_query.set(AgentQuery(month.value, reason, number))
