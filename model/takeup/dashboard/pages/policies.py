"""The policies A to D: their tabs, the measures that they buy, and their levers for experts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Final

import solara

from takeup.dashboard.baseline import FIRST, LAST
from takeup.dashboard.pages import state
from takeup.dashboard.pages.levers import LeverEditor
from takeup.dashboard.pages.widgets import (
    Button,
    Markup,
    Slider,
    TextInput,
    ToggleButtons,
    definition_list,
    element,
    error_message,
    paragraph,
)
from takeup.dashboard.policy_editor import LETTERS, PolicyDraft, PurchaseDraft
from takeup.dashboard.slider_ranges import earliest_end, possible_spending
from takeup.district import MEASURES, District, Measure
from takeup.months import MONTHS_A_YEAR, format_month
from takeup.report.formatting import PERCENT, amount, count, decimal
from takeup.report.i18n import Language
from takeup.report.inputs import evidence_sentence
from takeup.scenario import delivery_of, lever_changes

_DIGITS: Final = 3
"""Significant digits of the values of levers."""

Change = Callable[[Callable[[PurchaseDraft], PurchaseDraft]], None]
"""A function that changes a purchase, given as a function of the present one."""


@solara.component
def PolicyEditor() -> None:
    """The tabs of the policies, and what the selected policy consists of."""
    district, policy, translate = state.current_context().district, state.current_policy(), state.current_language()
    is_expert, set_expert = solara.use_state(False)
    PolicyTabs()
    if district.measures:
        Measures(policy)
    else:
        hint = translate(
            "The district has no {file}, so nothing can be bought for an amount of money. The policy changes levers.",
            file=MEASURES,
        )
        Markup(paragraph(hint, "notice"))
    shows_levers = is_expert or not district.measures or bool(policy.interventions)
    if shows_levers:
        Markup(element("h3", escape(translate("Expert: levers"))))
        LeverEditor()
    else:
        Button(translate("Expert: change levers"), "expert", lambda: set_expert(True))


@solara.component
def PolicyTabs() -> None:
    """Buttons that select, add, duplicate and remove policies, and the name of the selected one."""
    every, translate = state.current_policies(), state.current_language()
    policy, problem = state.current_policy(), solara.use_reactive("")

    def select(letter: str) -> None:
        state.selected.set(LETTERS.index(letter))

    def rename(title: str) -> None:
        problem.set("" if title.strip() else translate("A policy needs a title."))
        if title.strip():
            state.set_policy(replace(policy, title=title.strip()))

    def duplicate() -> None:
        state.add_policy(replace(policy, title=translate("{title}, copy", title=policy.title)))

    options = [(letter, letter) for letter, _ in zip(LETTERS, every, strict=False)]
    with solara.Div(classes=["policy-tabs"]):
        selected = [LETTERS[state.selected_number()]]
        ToggleButtons(label=translate("Policy"), options=options, selected=selected, event_clicked=select)
        with solara.Div(classes=["policy-actions"]):
            if len(every) < state.MOST_POLICIES:
                new = PolicyDraft(translate("My policy"))
                Button(translate("new"), "new", lambda: state.add_policy(new), "quiet")
                Button(translate("duplicate"), "duplicate", duplicate, "quiet")
            if len(every) > 1:
                Button(translate("remove"), "remove-policy", state.remove_policy, "quiet")
    TextInput(label=translate("Name"), name="title", value=policy.title, event_changed=rename)
    if problem.value:
        Markup(error_message(problem.value))


@solara.component
def Measures(policy: PolicyDraft) -> None:
    """One card per measure of the district, in the order of its file; two for a measure that is bought twice."""
    district, translate = state.current_context().district, state.current_language()
    note = translate("What the office buys, in yuan per year.")
    Markup(
        paragraph(
            translate.join([note, evidence_sentence(district.parameters.measures.values(), translate)]), "caption"
        )
    )
    for measure in district.measures:
        purchased = [each for each in policy.purchases if each.measure == measure.name]
        for number, draft in enumerate(purchased or [PurchaseDraft(measure.name, 0.0)]):
            MeasureCard(number, draft).key(f"{state.selected.value} {measure.name} {number}")


@solara.component
def MeasureCard(number: int, draft: PurchaseDraft) -> None:
    """The slider of a measure, what its money reaches, and on demand its levers and dates.

    Args:
        number: number of the purchase among those of its measure, from 0.
        draft: the purchase, with an amount of 0 if it is not bought.
    """
    district, translate = state.current_context().district, state.current_language()
    is_open, set_open = solara.use_state(False)
    measure = district.measure(draft.measure)
    limits = solara.use_memo(lambda: possible_spending(draft, district), [draft.measure, draft.first, draft.until])

    def change(edit: Callable[[PurchaseDraft], PurchaseDraft]) -> None:
        state.change_purchase(number, draft, edit)

    def move(moved: float) -> None:
        change(lambda present: replace(present, yuan_per_year=limits.nearest(moved)))

    is_purchased = draft.yuan_per_year > 0.0
    text = translate("not bought")
    if is_purchased:
        text = translate("{amount} yuan a year", amount=translate.exact_yuan(draft.yuan_per_year))
    with solara.Div(classes=["card", "measure"] if is_purchased else ["card", "measure", "unbought"]):
        Slider(
            label=translate.measure(measure),
            name=measure.name,
            value=draft.yuan_per_year,
            low=0.0,
            high=max(limits.high, draft.yuan_per_year),
            step=limits.step,
            text=text,
            event_moved=move,
            least=limits.least if limits.least <= limits.high else limits.high + limits.step,
        )
        label = _reach(draft, measure, district, translate) if is_purchased else translate.measure_summary(measure)
        Button(label, "details", lambda: set_open(not is_open), "quiet wide", translate("details"))
        if is_open and is_purchased:
            Markup(paragraph(translate.measure_summary(measure), "caption"))
            Markup(definition_list(_changes(draft, measure, district, translate)))
            PurchaseDates(draft, district, change)
        elif is_open:
            hint = translate("Move the slider to see whom the money reaches and what changes.")
            Markup(paragraph(hint, "caption"))


@solara.component
def PurchaseDates(draft: PurchaseDraft, district: District, change: Change) -> None:
    """Sliders for the first and the last month of the spending, which ends after the measure has begun to act."""
    translate = state.current_language()
    end = translate("the end") if draft.until is None else translate.month(draft.until)

    def set_first(moved: float) -> None:
        change(lambda present: _with_end(replace(present, first=format_month(int(moved))), district))

    def set_last(moved: float) -> None:
        until = None if moved >= LAST else format_month(int(moved))
        change(lambda present: _with_end(replace(present, until=until), district))

    months = {"low": FIRST, "high": LAST, "step": 1}
    begin = translate.month(draft.first)
    Slider(label=translate("From"), name="from", value=draft.first_month, text=begin, event_moved=set_first, **months)
    Slider(label=translate("Until"), name="until", value=draft.last_month, text=end, event_moved=set_last, **months)


def _with_end(draft: PurchaseDraft, district: District) -> PurchaseDraft:
    """Return the purchase with an end that is not before the measure acts."""
    earliest = earliest_end(draft, district)
    if draft.until is None or draft.last_month >= earliest:
        return draft
    return replace(draft, until=None if earliest >= LAST else format_month(earliest))


def _reach(draft: PurchaseDraft, measure: Measure, district: District, translate: Language) -> str:
    """Describe whom the money reaches, and from when on."""
    monthly = draft.yuan_per_year / MONTHS_A_YEAR
    delivery = delivery_of(measure, monthly, draft.first_month, district, district.parameters)
    if delivery.begins is None or delivery.begins > draft.last_month:
        return translate("reaches nobody before {month}", month=translate.month(format_month(draft.last_month)))
    return translate(
        "reaches {number} people a month, {share} % of those it is for, from {month} on",
        number=count(delivery.share * delivery.people),
        share=decimal(PERCENT * delivery.share),
        month=translate.month(format_month(delivery.begins)),
    )


def _changes(
    draft: PurchaseDraft, measure: Measure, district: District, translate: Language
) -> list[tuple[str, str]]:
    """Return each lever that the measure changes, with its value before and after."""
    monthly = draft.yuan_per_year / MONTHS_A_YEAR
    delivery = delivery_of(measure, monthly, draft.first_month, district, district.parameters)
    begins = draft.first_month if delivery.begins is None else delivery.begins
    return [
        (
            translate.parameter(change.lever),
            f"{_rounded(change.before)} → {_rounded(change.after)}",
        )
        for change in lever_changes(measure, delivery.share, begins, district)
    ]


def _rounded(value: float) -> str:
    return amount(float(f"{value:.{_DIGITS}g}"))
