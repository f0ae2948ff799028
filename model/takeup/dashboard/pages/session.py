"""What one visitor has chosen, and what the server shows to all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import solara

from takeup.dashboard.drafts import Policy, new_policy
from takeup.dashboard.outcome import Outcome
from takeup.dashboard.stage import Stage
from takeup.dashboard.watching import Watched
from takeup.months import parse_month
from takeup.scenario import BASELINE, Scenario

FIRST_SHOWN: Final = parse_month("2018-12")
"""The month that is shown first: the one whose take-up is known of Liwan."""
AS_IT_IS, UNDER_POLICY = "as it is", "under my policy"


@dataclass(frozen=True)
class Wanted:
    """Whom the migrant's page shows.

    Attributes:
        cause: at which they stand; None: any.
        number: which of those who stand there.
    """

    cause: int | None = None
    number: int = 0


month = solara.reactive(FIRST_SHOWN)
street: solara.Reactive[int | None] = solara.reactive(None)
policy: solara.Reactive[Policy | None] = solara.reactive(None)
outcome: solara.Reactive[Outcome | None] = solara.reactive(None)
world = solara.reactive(AS_IT_IS)
wanted = solara.reactive(Wanted())
asked = solara.reactive(FIRST_SHOWN)
"""The month in which somebody at a cause was asked for."""

_shown: list[Stage] = []


def show(stage: Stage) -> None:
    """From now on the server shows this stage."""
    _shown[:] = [stage]


def the_stage() -> Stage:
    """What the server shows."""
    return _shown[0]


def the_policy() -> Policy:
    """The visitor's policy; a new one until they change it."""
    return policy.value if policy.value is not None else new_policy(the_stage().district)


def the_scenario() -> Scenario:
    """What the people who are looked at live under."""
    return outcome.value.scenario if world.value == UNDER_POLICY and outcome.value is not None else BASELINE


def the_run() -> Watched:
    """The run that is looked at."""
    under = world.value == UNDER_POLICY and outcome.value is not None
    return outcome.value.watched if under and outcome.value is not None else the_stage().baseline


def meet(cause: int | None, number: int = 0) -> None:
    """Look for somebody who stands at a cause in the month that is shown."""
    asked.set(month.value)
    wanted.set(Wanted(cause, number))
