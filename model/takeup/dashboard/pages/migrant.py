"""A migrant: one person's months, what they weigh, and what would change their mind."""

from __future__ import annotations

import solara
from solara.lab import use_task

from takeup.analysis.why import TITLES, Reason
from takeup.dashboard.changing import changes_of
from takeup.dashboard.diary import Diary, diary_of, people_with
from takeup.dashboard.drawing import changes, life, terms
from takeup.dashboard.history import FIRST, LAST
from takeup.dashboard.pages import session
from takeup.dashboard.pages.district import Worlds
from takeup.dashboard.pages.parts import Choice, Picture, Press, Slider
from takeup.dashboard.pages.words import Markup, fault, heading, pairs, said
from takeup.dashboard.portrait import asks, gates, profile
from takeup.dashboard.weighing import terms_of
from takeup.months import format_month
from takeup.report.formatting import month

_ANYONE = -1


@solara.component
def MigrantPage() -> None:
    """Somebody who stands at a cause in a month, and their life."""
    wanted, asked, scenario = session.wanted.value, session.asked.value, session.the_scenario()

    def find() -> Diary | None:
        history = session.the_stage().first
        cause = None if wanted.cause is None else Reason(wanted.cause)
        slots = people_with(history.at(asked, scenario), cause)
        if not len(slots):
            return None
        return diary_of(history, int(slots[wanted.number % len(slots)]), asked, scenario)

    task = use_task(find, dependencies=[wanted, asked, scenario], raise_error=False)
    Finding()
    if task.error:
        Markup(fault(f"The months could not be lived: {task.exception}"))
    elif task.finished and task.latest is None:
        Markup(said(f"Nobody stands there at the end of {month(format_month(asked))}.", "below"))
    elif task.latest is not None:
        with solara.Div(classes=["working"] if task.pending else []):
            Person(task.latest)
    else:
        Markup(said("Living the months …", "below"))


@solara.component
def Finding() -> None:
    """Whom to meet."""
    wanted = session.wanted.value
    options = [(str(_ANYONE), "anyone"), *((str(int(cause)), title) for cause, title in TITLES.items())]

    def choose(code: str) -> None:
        session.meet(None if int(code) == _ANYONE else int(code))

    with solara.Div(classes=["controls"]):
        Slider(
            label="Month", name="month", value=session.month.value, low=FIRST, high=LAST, step=1, plays=True,
            shown=month(format_month(session.month.value)), event_moved=lambda now: session.month.set(int(now)),
        )  # fmt: skip
        now = str(_ANYONE if wanted.cause is None else wanted.cause)
        Choice(label="somebody with", name="cause", options=options, value=now, event_chosen=choose)
        Press(
            label="meet another", name="another", title="", kind="plain",
            event_pressed=lambda _: session.meet(wanted.cause, wanted.number + 1),
        )  # fmt: skip
        Worlds()


@solara.component
def Person(diary: Diary) -> None:
    """A person in the month that is shown."""
    entry = diary.at(session.month.value)
    street = session.the_stage().district.population.streets[diary.street]
    with solara.Div(classes=["halves"]):
        with solara.Div():
            title = f"Person {diary.person}"
            Markup(heading(title, f"{street.name} {street.name_zh}"), pairs(profile(diary, entry)))
        with solara.Div():
            ends = month(format_month(entry.month))
            Markup(heading(f"At the end of {ends}", "What has to hold, in the order in which it is asked."))
            Markup(pairs(gates(entry)), kind="gates")
    Markup(heading("Month by month", "Choose a place for its month."))
    Picture(svg=life(diary, session.month.value), event_picked=session.month.set)
    with solara.Div(classes=["halves"]):
        with solara.Div():
            Markup(heading("What they weigh", asks(entry)))
            Picture(svg=terms(terms_of(entry.weighed), entry.weighed.worth), still=True)
        with solara.Div():
            found = changes_of(entry.weighed)
            Markup(heading("What would change their mind", "If …, all else as it is. Filled: that alone is enough."))
            Picture(svg=changes(found, entry.weighed.worth), still=True)
            if not any(each.enough for each in found):
                Markup(said("No one thing alone would be enough.", "below"))
