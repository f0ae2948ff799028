"""One intervention as a card: switch, lever, slider; dates, streets and groups on request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import solara

from takeup.dashboard.drafts import Draft, last_month
from takeup.dashboard.history import FIRST, LAST
from takeup.dashboard.pages import session
from takeup.dashboard.pages.parts import Chips, Choice, Press, Slider
from takeup.dashboard.pages.words import Markup, said
from takeup.dashboard.sliders import every_lever, names_of, operations_of, slider_of, takes_groups, takes_streets
from takeup.district import ATTRIBUTES, definitions
from takeup.months import format_month, parse_month
from takeup.report.formatting import amount, join_words, month
from takeup.scenario.schema import Operation

_OPERATIONS: dict[Operation, str] = {"set": "set to", "add": "add", "multiply": "multiply by"}
_SIGNIFICANT, _DIGITS_READ = 12, 4
_LONGEST_RAMP = 36
"""Months: how far the slider goes."""


@solara.component
def Lever(number: int, draft: Draft) -> None:
    """A card.

    Args:
        number: the intervention's place in the policy.
        draft: the intervention.
    """
    more, set_more = solara.use_state(False)

    def change(now: Draft) -> None:
        session.policy.set(session.the_policy().with_draft(number, now))

    with solara.Div(classes=["card"] if draft.acts else ["card", "off"]):
        with solara.Div(classes=["card-head"]):
            Chips(
                label="",
                options=[("on", "on" if draft.acts else "off")],
                chosen=["on"] if draft.acts else [],
                event_pressed=lambda _: change(replace(draft, acts=not draft.acts)),
            )
            Choice(
                label="",
                name="lever",
                options=[(name, join_words(name)) for name in every_lever()],
                value=draft.lever,
                event_chosen=lambda name: change(draft.of_lever(name, session.the_stage().district)),
            )
            Press(
                label="×",
                name="remove",
                title="take this lever away",
                kind="quiet",
                event_pressed=lambda _: session.policy.set(session.the_policy().without(number)),
            )
        Markup(said(definitions()[draft.lever.split(".", maxsplit=1)[0]].meaning, "below"))
        Amount(draft, change)
        Press(
            label="fewer choices" if more else _summary(draft),
            name="more",
            title="dates, streets and groups",
            kind="quiet wide",
            event_pressed=lambda _: set_more(not more),
        )
        if more:
            When(draft, change)
            Whom(draft, change)


@solara.component
def Amount(draft: Draft, change: Callable[[Draft], None]) -> None:
    """What is done to the lever."""
    district = session.the_stage().district
    slider = slider_of(draft.lever, draft.operation).reaching(draft.amount)

    def operate(name: str) -> None:
        operation = next(each for each in _OPERATIONS if each == name)
        change(draft.doing(operation, district))

    values = [district.parameters[name].value for name in names_of(draft.lever)]
    now = " to ".join(dict.fromkeys(_read(value) for value in (min(values), max(values))))
    offered = operations_of(draft.lever, district)
    options = [(name, title) for name, title in _OPERATIONS.items() if name in (*offered, draft.operation)]
    with solara.Div(classes=["amount"]):
        Choice(label="", name="operation", options=options, value=draft.operation, event_chosen=operate)
        Slider(
            label=f"now {now} {_unit(draft.lever)}",
            name=draft.lever,
            value=min(draft.amount, slider.high),
            low=slider.low,
            high=slider.high,
            step=slider.step,
            shown=_read(draft.amount),
            event_moved=lambda moved: change(replace(draft, amount=float(f"{moved:.{_SIGNIFICANT}g}"))),
        )
    if "set" not in offered and len(names_of(draft.lever)) > 1:
        Markup(said("Its members differ: choose one of them to set it.", "below"))


@solara.component
def When(draft: Draft, change: Callable[[Draft], None]) -> None:
    """From when, until when, and how fast."""
    first, last = parse_month(draft.first), parse_month(last_month(draft))

    def end(moved: float) -> None:
        until = max(int(moved), first)
        change(replace(draft, until=None if until >= LAST else format_month(until)))

    def begin(moved: float) -> None:
        now = int(moved)
        until = draft.until if draft.until is None or parse_month(draft.until) >= now else format_month(now)
        change(replace(draft, first=format_month(now), until=until))

    Slider(
        label="from",
        name="from",
        value=first,
        low=FIRST,
        high=LAST,
        step=1,
        shown=month(draft.first),
        event_moved=begin,
    )
    Slider(
        label="until",
        name="until",
        value=last,
        low=FIRST,
        high=LAST,
        step=1,
        shown="the end" if draft.until is None else month(draft.until),
        event_moved=end,
    )
    Slider(
        label="comes into force over",
        name="ramp",
        value=draft.ramp_months,
        low=1,
        high=_LONGEST_RAMP,
        step=1,
        shown="at once" if draft.ramp_months == 1 else f"{draft.ramp_months} months",
        event_moved=lambda moved: change(replace(draft, ramp_months=int(moved))),
    )


@solara.component
def Whom(draft: Draft, change: Callable[[Draft], None]) -> None:
    """In which streets and for which groups, as far as the lever can be set by them."""
    if takes_streets(draft.lever):
        streets = session.the_stage().district.population.streets

        def turn(street: str) -> None:
            chosen = tuple(each.name for each in streets if (each.name in draft.streets) != (each.name == street))
            change(replace(draft, streets=chosen))

        options = [(each.name, each.name) for each in streets]
        Chips(label="streets", options=options, chosen=list(draft.streets), event_pressed=turn)
    for attribute in takes_groups(draft.lever):
        _Levels(attribute, draft, change)


@solara.component
def _Levels(attribute: str, draft: Draft, change: Callable[[Draft], None]) -> None:
    """The levels of one attribute."""
    chosen = draft.levels(attribute)

    def turn(level: str) -> None:
        now = tuple(each for each in ATTRIBUTES[attribute] if (each in chosen) != (each == level))
        change(draft.for_levels(attribute, now))

    options = [(level, join_words(level)) for level in ATTRIBUTES[attribute]]
    Chips(label=join_words(attribute), options=options, chosen=list(chosen), event_pressed=turn)


def _summary(draft: Draft) -> str:
    """When, where and for whom, on a line."""
    until = "" if draft.until is None else f" to {month(draft.until)}"
    where = "everywhere" if not draft.streets else ", ".join(draft.streets)
    whom = (
        "for all"
        if not draft.groups
        else ", ".join(join_words(level) for _, levels in draft.groups for level in levels)
    )
    return f"from {month(draft.first)}{until} · {where} · {whom}"


def _read(value: float) -> str:
    """A value to no more digits than one reads."""
    return amount(float(f"{value:.{_DIGITS_READ}g}"))


def _unit(lever: str) -> str:
    return definitions()[lever.split(".", maxsplit=1)[0]].unit
