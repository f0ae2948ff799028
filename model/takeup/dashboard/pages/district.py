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
    layout_note,
    map_layers,
    one_at_a_time_chart,
    reason_waterfall,
    street_map,
    utility_term_bars,
)
from takeup.dashboard.pages import state
from takeup.dashboard.pages.widgets import (
    Button,
    ChartFigure,
    Markup,
    Select,
    Slider,
    ToggleButtons,
    definition_list,
    error_message,
    heading,
    key_number,
    paragraph,
)
from takeup.months import format_month
from takeup.report.charts.time_series import Series, time_series
from takeup.report.formatting import count, decimal
from takeup.report.i18n import Language

_CHART_HEIGHT: Final = 340
"""Height of the time series in pixels, similar to the map's."""
_ANY: Final = -1
"""Key of the option that selects all migrants, with or without a valid permit."""


@solara.component
def DistrictPage() -> None:
    """The page of the district in one month, without or with the visitor's policy."""
    context, policy, translate = state.current_context(), state.estimated_policy(), state.current_language()
    task = use_task(lambda: context.trajectory_with(policy), dependencies=[policy], raise_error=False)
    with_policy = task.latest or context.trajectory
    trajectory = with_policy if state.shown_run.value == state.WITH_POLICY else context.trajectory
    with solara.Div(classes=["controls"]):
        MonthSlider()
        RunSelector()
    with solara.Div(classes=["two"]):
        with solara.Div():
            StreetMap(trajectory)
            Markup(paragraph(layout_note(context.tiles, translate), "caption"))
        with solara.Div():
            Markup(_take_up(trajectory, translate))
            street = state.street.value
            series = [Series(translate("no policy"), context.trajectory.take_up(street))]
            if state.effects.value is not None:
                name = translate("my policy")
                series.append(Series(name, with_policy.take_up(street), POLICY_COLORS[0], POLICY_DASHES[0]))
            title = translate("valid permits, % of migrants")
            chart = time_series(title, FIRST, series, state.month.value, height=_CHART_HEIGHT, translate=translate)
            ChartFigure(chart, state.month.set)
            hint = translate("Click a street to see its time series, or a point in time to select a month.")
            Markup(paragraph(hint, "caption"))
    note = translate("Each migrant is counted under exactly one reason. Click a reason to see one of these migrants.")
    Markup(heading(translate("Who has no valid permit, and why"), note))
    Reasons(trajectory)


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
    """Buttons that select the run without or with the visitor's policy."""
    if state.effects.value is not None:
        translate = state.current_language()
        options = [
            (state.WITHOUT_POLICY, translate("without policy")),
            (state.WITH_POLICY, translate("with my policy")),
        ]
        ToggleButtons(
            label=translate("run"),
            options=options,
            selected=[state.shown_run.value],
            event_clicked=state.shown_run.set,
        )


@solara.component
def StreetMap(trajectory: Trajectory) -> None:
    """The tile map of the month, with a choice of layers."""
    context, translate = state.current_context(), state.current_language()
    name, set_name = solara.use_state(TAKE_UP)
    options = list(map_layers(translate).items())
    ToggleButtons(label=translate("map of"), options=options, selected=[name], event_clicked=set_name)

    def select(street: int) -> None:
        state.street.set(None if street == state.street.value else street)

    streets, index = context.district.population.streets, state.month.value - FIRST
    chart = street_map(context.tiles, streets, trajectory, name, index, state.street.value, translate)
    ChartFigure(chart, select)


@solara.component
def Reasons(trajectory: Trajectory) -> None:
    """The waterfall of reasons; a click leads to a migrant with the reason."""
    router, translate = solara.use_router(), state.current_language()

    def show_agent(reason: int) -> None:
        state.select_agent(reason)
        router.push("/migrant")

    reasons = trajectory.reasons[state.month.value - FIRST]
    chart = reason_waterfall(reasons, state.current_context().persons_per_agent, translate)
    ChartFigure(chart, show_agent)


def _take_up(trajectory: Trajectory, translate: Language) -> str:
    context, street, index = state.current_context(), state.street.value, state.month.value - FIRST
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
    query, scenario, translate = state.agent_query.value, state.current_scenario(), state.current_language()

    def find_agent() -> AgentHistory | None:
        run = state.current_context().shown
        reason = None if query.reason is None else Reason(query.reason)
        slots = find_agents(run.model_at(query.month, scenario), reason)
        if not len(slots):
            return None
        return agent_history(run, int(slots[query.number % len(slots)]), query.month, scenario)

    task = use_task(find_agent, dependencies=[query, scenario], raise_error=False)
    AgentSelector()
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
            label=translate("show a migrant with"),
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
