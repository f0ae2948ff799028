"""The pages of a run: the district, and one of its migrants, month by month."""

from __future__ import annotations

from typing import Final

import solara
from solara.lab import use_task

from takeup.analysis.why import REASONS, Reason
from takeup.dashboard.agent_history import (
    AgentHistory,
    acceptance_caption,
    agent_history,
    agent_profile,
    find_agents,
    one_at_a_time,
    requirements,
    utility_caption,
    utility_summands,
)
from takeup.dashboard.baseline import FIRST, LAST, Trajectory
from takeup.dashboard.charts import (
    POLICY_COLORS,
    POLICY_DASHES,
    TAKE_UP,
    agent_strips,
    agent_utility,
    group_bars,
    layout_note,
    map_layers,
    one_at_a_time_chart,
    reason_waterfall,
    street_map,
    utility_term_bars,
)
from takeup.dashboard.effects import acts_by_street
from takeup.dashboard.pages import state
from takeup.dashboard.pages.widgets import (
    Button,
    ChartFigure,
    Markup,
    Select,
    Slider,
    ToggleButtons,
    definition_list,
    describe_problem,
    error_message,
    heading,
    key_number,
    paragraph,
)
from takeup.dashboard.policy_editor import LETTERS
from takeup.errors import InputError
from takeup.months import format_month
from takeup.report.charts.time_series import Series, time_series
from takeup.report.formatting import count, decimal
from takeup.report.i18n import Language
from takeup.scenario import BASELINE, Scenario, Timeline

_CHART_HEIGHT: Final = 440
"""Height of the time series in pixels, similar to that of the bars beside it."""
_ANY: Final = -1
"""Key of the option that selects all migrants, with or without a valid permit."""


@solara.component
def DistrictPage() -> None:
    """The page of the district in one month, without a policy or with one of the visitor's."""
    context, translate = state.current_context(), state.current_language()
    policy, problem = shown_scenario(translate)
    task = use_task(lambda: context.trajectory_with(policy), dependencies=[policy], raise_error=False)
    trajectory, place, month = task.latest or context.trajectory, state.street.value, state.month.value
    with solara.Div(classes=["controls"]):
        MonthSlider()
        RunSelector()
    if problem:
        Markup(error_message(problem))
    by_street = not problem and acts_by_street(policy, context.district)
    street = place if by_street else None
    index, working = month - FIRST, ["working"] if task.pending else []
    with solara.Div(classes=working):
        Markup(_take_up(trajectory, street, translate))
        notes = [run_note(translate), _start_note(policy, month, translate)]
        Markup(*(paragraph(note, "caption") for note in notes if note))
    with solara.Div(classes=["halves", *working]):
        with solara.Div():
            ChartFigure(group_bars(trajectory, index, context.district.population, translate))
        with solara.Div():
            series = [Series(translate("no policy"), context.trajectory.take_up(street))]
            if not policy.is_empty:
                number = state.shown.value or 0
                with_policy = trajectory.take_up(street)
                series.append(Series(LETTERS[number], with_policy, POLICY_COLORS[number], POLICY_DASHES[number]))
            title = translate("valid permits, % of migrants")
            chart = time_series(
                title, range(FIRST, LAST + 1), series, month, height=_CHART_HEIGHT, translate=translate
            )
            ChartFigure(chart, state.month.set)
            Markup(paragraph(translate("Click a point in time to select a month."), "caption"))
    note = translate("Each migrant is counted under exactly one reason. Click a reason to see one of these migrants.")
    Markup(heading(translate("Who has no valid permit, and why"), note))
    Reasons(trajectory, month)
    Streets(trajectory, by_street)


def run_note(translate: Language) -> str:
    """State why a single run differs from the medians over draws; empty if there are no draws."""
    if not state.current_context().estimator.draws:
        return ""
    return translate("A single run with one parameter vector: its take-up differs from the medians over the draws.")


def _start_note(policy: Scenario, month: int, translate: Language) -> str:
    """State when the policy that is shown begins; empty if it has begun."""
    if policy.first is None or policy.first <= month:
        return ""
    return translate(
        "The policy begins in {month}. Before, all numbers are those without a policy.",
        month=translate.month(format_month(policy.first)),
    )


def shown_scenario(translate: Language) -> tuple[Scenario, str]:
    """Return the scenario of the run that is shown, and what is wrong with it; the baseline if it cannot be run."""
    context = state.current_context()
    try:
        scenario = state.current_scenario()
        scenario.check_period(FIRST, LAST)
        Timeline(scenario, context.district)
    except InputError as error:
        return BASELINE, describe_problem(error, translate)
    return scenario, ""


@solara.component
def Streets(trajectory: Trajectory, by_street: bool) -> None:
    """The tile map if the policy that is shown acts in some streets only; otherwise why there is none."""
    context, translate = state.current_context(), state.current_language()
    if not by_street:
        note = translate(
            "The model knows nothing that differs by street except the number of migrants. A map appears here when a "
            "policy that acts in some streets only is shown."
        )
        Markup(heading(translate("Streets"), note))
        return
    note = translate("Schematic, not a map. Click a street to see its take-up.")
    Markup(heading(translate("Streets"), translate.join([note, layout_note(context.tiles, translate)])))
    with solara.Div(classes=["map"]):
        StreetMap(trajectory)


@solara.component
def MonthSlider() -> None:
    """Slider for the month that the pages show."""
    translate = state.current_language()

    def move(value: float) -> None:
        state.month.set(int(value))

    Slider(
        label=translate("Month"),
        name="month",
        value=state.month.value,
        low=FIRST,
        high=LAST,
        step=1,
        text=translate.month(format_month(state.month.value)),
        event_moved=move,
        animated=True,
        words=(translate("play the months"), translate("pause")),
    )


@solara.component
def RunSelector() -> None:
    """Buttons that select the run without a policy or with one of the visitor's policies."""
    translate, every = state.current_language(), state.current_policies()
    letters = LETTERS[: len(every)]
    options = [("", translate("no policy")), *((letter, letter) for letter in letters)]
    number = state.shown.value
    selected, label = "", translate("Run with policy")
    if number is not None and number < len(every):
        selected = LETTERS[number]
        label = translate("Run with policy: {title}", title=every[number].title)

    def show(letter: str) -> None:
        state.shown.set(LETTERS.index(letter) if letter else None)

    ToggleButtons(label=label, options=options, selected=[selected], event_clicked=show)


@solara.component
def StreetMap(trajectory: Trajectory) -> None:
    """The tile map of the month, with a choice of layers."""
    context, translate = state.current_context(), state.current_language()
    name, set_name = solara.use_state(TAKE_UP)
    options = list(map_layers(translate).items())
    ToggleButtons(label=translate("Map of"), options=options, selected=[name], event_clicked=set_name)

    def select(street: int) -> None:
        state.street.set(None if street == state.street.value else street)

    streets, index = context.district.population.streets, state.month.value - FIRST
    chart = street_map(context.tiles, streets, trajectory, name, index, state.street.value, translate)
    ChartFigure(chart, select)


@solara.component
def Reasons(trajectory: Trajectory, month: int) -> None:
    """The waterfall of reasons in a month; a click leads to a migrant with the reason."""
    router, translate = solara.use_router(), state.current_language()

    def show_agent(reason: int) -> None:
        state.month.set(month)
        state.select_agent(reason)
        router.push("/migrant")

    reasons = trajectory.reasons[month - FIRST]
    chart = reason_waterfall(reasons, state.current_context().persons_per_agent, translate)
    ChartFigure(chart, show_agent)


def _take_up(trajectory: Trajectory, street: int | None, translate: Language) -> str:
    context, index = state.current_context(), state.month.value - FIRST
    population, area = trajectory.population[index], context.district.population
    place = translate.place(area)
    if street is not None:
        place = translate.either(area.streets[street].name, area.streets[street].name_zh)
    persons = float(population.sum() if street is None else population[street]) * context.persons_per_agent
    description = translate(
        "of {number} migrants in {place} have a valid permit at the end of {month}",
        number=count(persons),
        place=place,
        month=translate.month(format_month(state.month.value)),
    )
    return key_number(f"{decimal(float(trajectory.take_up(street)[index]))} %", description, name="take-up")


@solara.component
def MigrantPage() -> None:
    """The page of one migrant with a given reason, over the stay in the district."""
    query, translate = state.agent_query.value, state.current_language()
    scenario, problem = shown_scenario(translate)

    def find_agent() -> AgentHistory | None:
        run = state.current_context().shown
        reason = None if query.reason is None else Reason(query.reason)
        slots = find_agents(run.model_at(query.month, scenario), reason)
        if not len(slots):
            return None
        return agent_history(run, int(slots[query.number % len(slots)]), query.month, scenario)

    task = use_task(find_agent, dependencies=[query, scenario], raise_error=False)
    AgentSelector()
    if problem:
        Markup(error_message(problem))
    if task.error:
        Markup(error_message(translate("The run failed: {problem}", problem=task.exception)))
    elif task.finished and task.latest is None:
        end = translate.month(format_month(query.month))
        Markup(paragraph(translate("No migrant has this reason at the end of {month}.", month=end), "caption"))
    elif task.latest is not None:
        with solara.Div(classes=["working"] if task.pending else []):
            Agent(task.latest)
    else:
        Markup(paragraph(translate("Simulating …"), "caption"))


@solara.component
def AgentSelector() -> None:
    """Controls for month, reason and run, and a button for the next migrant."""
    query, translate = state.agent_query.value, state.current_language()
    reasons = ((str(int(reason)), translate.cause(REASONS[reason])) for reason in Reason)
    options = [(str(_ANY), translate("any status")), *reasons]

    def select(key: str) -> None:
        state.select_agent(None if int(key) == _ANY else int(key))

    with solara.Div(classes=["controls"]):
        MonthSlider()
        selected = str(_ANY if query.reason is None else query.reason)
        Select(
            label=translate("Show a migrant with"),
            name="reason",
            options=options,
            value=selected,
            event_selected=select,
        )
        Button(translate("next migrant"), "next", lambda: state.select_agent(query.reason, query.number + 1))
        RunSelector()


@solara.component
def Agent(history: AgentHistory) -> None:
    """Profile, requirements, history and utility of one migrant."""
    record, translate = history.at(state.month.value), state.current_language()
    inputs, end = record.inputs, translate.month(format_month(record.month))
    street = state.current_context().district.population.streets[history.street]
    if record.month != state.month.value:
        Markup(paragraph(_stay_note(history, end, translate), "notice"))
    with solara.Div(classes=["halves"]):
        with solara.Div():
            profile = definition_list(agent_profile(history, record, translate))
            person = translate("Person {number}", number=history.person)
            Markup(heading(person, translate.either(f"{street.name} {street.name_zh}", street.name_zh)), profile)
        with solara.Div():
            title = translate("At the end of {month}", month=end)
            Markup(heading(title, translate("Requirements for a valid permit, in the order of the model.")))
            Markup(definition_list(requirements(record, translate)), class_="requirements")
            caption = acceptance_caption(record, translate)
            if caption:
                Markup(paragraph(caption, "caption"))
    Markup(heading(translate("Month by month"), translate("Click a point in time to select a month.")))
    ChartFigure(agent_strips(history, state.month.value, translate), state.month.set)
    ChartFigure(agent_utility(history, state.month.value, translate), state.month.set)
    with solara.Div(classes=["halves"]):
        with solara.Div():
            Markup(heading(translate("Utility"), utility_caption(record, translate)))
            terms = utility_summands(inputs, translate)
            ChartFigure(utility_term_bars(terms, inputs.utility, translate))
        with solara.Div():
            variations = one_at_a_time(inputs, translate)
            note = translate(
                "One change at a time, all else unchanged. A filled dot: this change alone is sufficient."
            )
            Markup(heading(translate("What would change the decision"), note))
            ChartFigure(one_at_a_time_chart(variations, inputs.utility, translate))
            if not any(each.changes_decision for each in variations):
                Markup(paragraph(translate("No single change would be sufficient."), "caption"))


def _stay_note(history: AgentHistory, shown: str, translate: Language) -> str:
    """State that the migrant is not in the district in the selected month, and which month is shown instead."""
    first, last = (translate.month(format_month(history.records[place].month)) for place in (0, -1))
    return translate(
        "This migrant is in the district from {first} to {last}, not in {selected}. The page shows {shown}.",
        first=first,
        last=last,
        selected=translate.month(format_month(state.month.value)),
        shown=shown,
    )
