"""How sure a policy's effect is, given what is not known: asked for with a button, for it takes a while."""

from __future__ import annotations

import solara
from solara.lab import use_task

from takeup.dashboard.doubt import DRAWS, Doubt, doubt_of
from takeup.dashboard.pages import session
from takeup.dashboard.pages.parts import Press
from takeup.dashboard.pages.words import Markup, fault, said
from takeup.dashboard.saying import doubted
from takeup.scenario import Scenario


class _AbandonedError(Exception):
    """Nobody waits for it any more."""


@solara.component
def Doubted(scenario: Scenario) -> None:
    """A button, then how far it is, then what was found.

    Args:
        scenario: the policy.
    """
    asked, set_asked = solara.use_state(False)
    done, set_done = solara.use_state("")
    here = solara.use_ref(True)

    def leave() -> None:
        here.current = False

    solara.use_effect(lambda: leave, [])

    def tick(runs: int, of: int) -> None:
        if not here.current:
            raise _AbandonedError
        set_done(f"{runs} of {of} runs")

    def find() -> Doubt | None:
        return doubt_of(session.the_stage(), scenario, tick) if asked else None

    task = use_task(find, dependencies=[asked], raise_error=False)
    if not asked:
        label = f"And given what is not known? Live {DRAWS} draws of the posterior"
        Press(label=label, name="doubt", title="", kind="plain", event_pressed=lambda _: set_asked(True))
    elif task.error:
        Markup(fault(f"The draws could not be lived: {task.exception}"))
    elif task.finished and task.value is not None:
        Markup(said(doubted(task.value), "doubt"))
    else:
        Markup(said(f"Living draws of the posterior: {done or 'beginning'} …", "below"))
