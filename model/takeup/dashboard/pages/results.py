"""The opening page: which of the policies has the largest effect, why, and for whom."""

from __future__ import annotations

import re
from html import escape
from typing import Final

import solara
from solara.lab import use_task

from takeup.dashboard.baseline import FIRST, LAST
from takeup.dashboard.charts import (
    POLICY_COLORS,
    POLICY_DASHES,
    effect_bars,
    effect_map,
    layout_note,
    policy_bars,
)
from takeup.dashboard.effects import (
    PolicyRow,
    acts_by_street,
    describe_effect,
    group_effects,
    main_finding,
    monthly_difference,
    policy_rows,
)
from takeup.dashboard.estimator import PolicyEffects
from takeup.dashboard.page_address import DEFAULT_MONTH
from takeup.dashboard.pages import state
from takeup.dashboard.pages.district import Reasons, run_note
from takeup.dashboard.pages.files import OpenFile, SaveAndShare
from takeup.dashboard.pages.policies import PolicyEditor
from takeup.dashboard.pages.widgets import (
    ChartFigure,
    Markup,
    Pinned,
    describe_problem,
    element,
    error_message,
    heading,
    paragraph,
)
from takeup.dashboard.policy_editor import LETTERS, to_scenarios
from takeup.district import GROUPS
from takeup.errors import InputError
from takeup.months import END, format_month
from takeup.report.charts.time_series import Series, time_series
from takeup.report.formatting import signed
from takeup.report.i18n import Language
from takeup.scenario import Scenario

_MONTHS_BEFORE: Final = 24
"""Months before the first policy takes effect that the charts show."""
_DIFFERENCE_HEIGHT: Final = 200
"""Height of the plot of the differences, in pixels."""
_INTERVAL: Final = re.compile(r"[(（].*[)）]")
"""Pattern of an interval after a value."""


@solara.component
def ResultsPage() -> None:
    """The answer, the policies, and their effects; the estimate is repeated when a policy changes."""
    policies, translate = state.current_policies(), state.current_language()
    problem, set_problem = solara.use_state("")
    wanted: solara.Ref[list[list[str]]] = solara.use_ref([])  # older runs, and those of a page that was left, end
    try:
        scenarios, invalid = to_scenarios(policies), ""
    except InputError as error:
        scenarios, invalid = [], describe_problem(error, translate)
    content = _content(scenarios)
    wanted.current = content

    def leave() -> None:
        wanted.current = []

    solara.use_effect(lambda: leave, [])

    def estimate() -> None:
        try:
            estimator = state.current_context().estimator
            for effects in estimator.estimate(scenarios, lambda: wanted.current == content) if scenarios else ():
                if wanted.current != content:
                    return
                state.effects.set(effects)
                set_problem("")
        except InputError as error:
            if wanted.current == content:
                set_problem(describe_problem(error, translate))

    task = use_task(estimate, dependencies=[content], raise_error=False)
    failure = translate("The run failed: {problem}", problem=task.exception) if task.error else problem
    message, effects = invalid or failure, state.effects.value
    is_older = effects is None or _content(effects.policies) != content
    working = ["working"] if is_older else []
    # The block is there without an answer, too: otherwise the first answer would put a new editor below it.
    Pinned(content="" if effects is None or message else _summary(effects, translate), working=is_older)
    with solara.Div(classes=["sides"]):
        with solara.Div(classes=["levers"]):
            PolicyEditor()
            OpenFile()
        with solara.Div(classes=["results"]):
            if message:
                Markup(error_message(message))
            elif effects is not None:
                with solara.Div(classes=working):
                    Compared(effects)
            else:
                Markup(paragraph(translate("Simulating …"), "caption"))
            Funnel()
            if effects is not None and not message:
                with solara.Div(classes=working):
                    Details(effects, min(state.selected_number(), len(effects.policies) - 1))


def _content(scenarios: tuple[Scenario, ...] | list[Scenario]) -> list[list[str]]:
    """Return what the effects of scenarios, and their texts, depend on."""
    return [[scenario.title, *scenario.content] for scenario in scenarios]


def _summary(effects: PolicyEffects, translate: Language) -> str:
    """Return the main finding, and the interval and the center of each policy, as HTML."""
    words = describe_effect(effects, 0, translate)
    rows = policy_rows(effects, translate)
    center = translate("median") if effects.is_drawn else translate("mean")
    items = "".join(_ranked(letter, row, center, translate) for letter, row in zip(LETTERS, rows, strict=False))
    contents = words.contents or translate("no change")
    note = translate(
        "Change by {month} in take-up, the share of migrants with a valid permit. {contents}.",
        month=translate.month(END),
        contents=contents,
    )
    return "".join(
        [
            paragraph(main_finding(effects, translate), "sentence"),
            paragraph(words.label, "notice") if words.label else "",
            element("ol", items, class_="ranking"),
            paragraph(note, "caption"),
        ]
    )


def _ranked(letter: str, row: PolicyRow, center: str, translate: Language) -> str:
    interval = translate("{interval} points", interval=row.interval) if row.interval else ""
    return element(
        "li",
        _badge(letter),
        element("span", escape(row.title), class_="policy"),
        element("strong", escape(interval), data_number="interval"),
        element("span", escape(f"{center} {row.center}"), data_number="difference", class_="center"),
        data_policy=letter,
    )


def _badge(letter: str) -> str:
    """Return the letter of a policy in the colour that the policy has in the charts, as HTML."""
    return element("b", letter, class_="letter", data_letter=letter)


@solara.component
def Compared(effects: PolicyEffects) -> None:
    """The effects of the policies in a chart and a table."""
    translate = state.current_language()
    Markup(heading(translate("The policies compared")))
    ChartFigure(policy_bars(effects, translate))
    Markup(
        _table(policy_rows(effects, translate), translate),
        paragraph(describe_effect(effects, 0, translate).method, "caption"),
    )


@solara.component
def Details(effects: PolicyEffects, number: int) -> None:
    """The effects by month, and those of one policy by group and street; files and command.

    Args:
        effects: the estimates so far.
        number: number of the policy, from 0.
    """
    context, translate = state.current_context(), state.current_language()
    population, policies = context.district.population, effects.policies
    Courses(effects)
    by_group, levels = group_effects(effects, number), len(GROUPS)
    named = {"letter": LETTERS[number], "title": policies[number].title, "month": translate.month(END)}
    note = translate(
        "The selected policy {letter}, “{title}”: change in take-up by group, {month}, in points, with intervals.",
        **named,
    )
    Markup(heading(translate("For whom"), note))
    ChartFigure(effect_bars(by_group.iloc[:levels], population, POLICY_COLORS[number], translate))
    if acts_by_street(policies[number], context.district):
        note = translate(
            "The selected policy {letter}, “{title}”: change in take-up by street, {month}, in points. Schematic, "
            "not a map.",
            **named,
        )
        Markup(heading(translate("Where"), translate.join([note, layout_note(context.tiles, translate)])))
        ChartFigure(effect_map(context.tiles, population.streets, by_group.iloc[levels:], translate))
    SaveAndShare(effects)


@solara.component
def Courses(effects: PolicyEffects) -> None:
    """Take-up without and with each policy by month, and the differences with their bands."""
    translate, policies = state.current_language(), effects.policies
    begins = [policy.first for policy in policies if policy.first is not None]
    first = max(min(begins, default=FIRST) - _MONTHS_BEFORE, FIRST)
    since, months = first - FIRST, range(first, LAST + 1)
    names = [LETTERS[number] for number in range(len(policies))]
    styles = list(zip(names, POLICY_COLORS, POLICY_DASHES, strict=False))
    take_up = [Series(translate("no policy"), effects.take_up.center[0, since:])]
    changes = []
    for number, (name, color, dash) in enumerate(styles):
        take_up.append(Series(name, effects.take_up.center[number + 1, since:], color, dash))
        center, low, high = (each[since:] for each in monthly_difference(effects, number))
        changes.append(Series(name, center, color, dash, low, high))
    Markup(heading(translate("Month by month")))
    title = translate("valid permits, % of migrants")
    ChartFigure(time_series(title, months, take_up, None, translate=translate))
    title = translate("difference, points")
    ChartFigure(
        time_series(
            title, months, changes, None, height=_DIFFERENCE_HEIGHT, format_number=signed, translate=translate
        )
    )


def _table(rows: list[PolicyRow], translate: Language) -> str:
    """Return the table of the policies as HTML; a cell repeats its heading for narrow screens."""
    columns = {
        translate("change, points"): [
            translate("{value} ({interval})", value=row.center, interval=row.interval) if row.interval else row.center
            for row in rows
        ],
        translate("best in … of the draws"): [row.best for row in rows],
        translate("points lost if another is better"): [row.regret for row in rows],
        translate("additional permits"): [row.permits for row in rows],
        translate("cost to {month}", month=translate.month(END)): [row.cost for row in rows],
        translate("per additional permit"): [row.per_permit for row in rows],
    }
    shown = {name: cells for name, cells in columns.items() if any(cells)}
    head = element("tr", *(element("th", escape(name), scope="col") for name in (translate("Policy"), *shown)))
    body = ""
    for number, row in enumerate(rows):
        title = _badge(LETTERS[number]) + escape(row.title)
        cells = (element("td", _cell(cells[number]), data_label=name) for name, cells in shown.items())
        body += element("tr", element("th", title, scope="row"), *cells)
    return element("table", element("thead", head), element("tbody", body), class_="policies")


def _cell(text: str) -> str:
    """Return the text of a cell as HTML; its interval can be kept on one line."""
    return _INTERVAL.sub(lambda match: element("span", match[0], class_="interval"), escape(text))


@solara.component
def Funnel() -> None:
    """The waterfall of reasons without a policy, in the last month whose take-up is known."""
    context, translate = state.current_context(), state.current_language()
    note = translate(
        "At the end of {month}, without a policy. Each migrant is counted under exactly one reason; click a reason "
        "to see one of these migrants.",
        month=translate.month(format_month(DEFAULT_MONTH)),
    )
    notes = translate.join(filter(None, [note, run_note(translate)]))
    Markup(heading(translate("Who has no valid permit, and why"), notes))
    Reasons(context.trajectory, DEFAULT_MONTH)
