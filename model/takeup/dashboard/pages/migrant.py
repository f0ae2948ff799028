"""The migrant page: one migrant by month, and the utility in a month."""

from __future__ import annotations

from typing import Final

import solara
from solara.lab import use_task

from takeup.analysis.why import TITLES, Reason
from takeup.dashboard.agent_history import (
    AgentHistory,
    agent_history,
    agent_profile,
    find_agents,
    requirements,
    utility_caption,
)
from takeup.dashboard.charts import agent_timeline, one_at_a_time_chart, utility_term_bars
from takeup.dashboard.one_at_a_time import one_at_a_time
from takeup.dashboard.pages import state
from takeup.dashboard.pages.district import MonthSlider, RunSelector
from takeup.dashboard.pages.widgets import (
    Button,
    Markup,
    Select,
    SvgFigure,
    definition_list,
    error_message,
    heading,
    paragraph,
)
from takeup.dashboard.utility_inputs import utility_summands
from takeup.months import format_month
from takeup.report.formatting import month

_ANY: Final = -1
"""Key of the option that selects migrants with any reason or with a valid permit."""


@solara.component
def MigrantPage() -> None:
    """A migrant with a reason in a month, and the whole stay in the district."""
    query, scenario = state.agent_query.value, state.current_scenario()

    def find_agent() -> AgentHistory | None:
        run = state.current_context().first_replicate
        reason = None if query.reason is None else Reason(query.reason)
        slots = find_agents(run.model_at(query.month, scenario), reason)
        if not len(slots):
            return None
        return agent_history(run, int(slots[query.number % len(slots)]), query.month, scenario)

    task = use_task(find_agent, dependencies=[query, scenario], raise_error=False)
    AgentSelector()
    if task.error:
        Markup(error_message(f"The run failed: {task.exception}"))
    elif task.finished and task.latest is None:
        Markup(paragraph(f"No migrant has this reason at the end of {month(format_month(query.month))}.", "caption"))
    elif task.latest is not None:
        with solara.Div(classes=["working"] if task.pending else []):
            Agent(task.latest)
    else:
        Markup(paragraph("Simulating …", "caption"))


@solara.component
def AgentSelector() -> None:
    """The month, the reason and the run, and a button for the next migrant."""
    query = state.agent_query.value
    options = [(str(_ANY), "any status"), *((str(int(reason)), title) for reason, title in TITLES.items())]

    def select(key: str) -> None:
        state.select_agent(None if int(key) == _ANY else int(key))

    with solara.Div(classes=["controls"]):
        MonthSlider()
        selected = str(_ANY if query.reason is None else query.reason)
        Select(label="show a migrant with", name="reason", options=options, value=selected, event_selected=select)
        Button("next migrant", "next", lambda: state.select_agent(query.reason, query.number + 1))
        RunSelector()


@solara.component
def Agent(history: AgentHistory) -> None:
    """A migrant in the month that is shown."""
    record = history.at(state.month.value)
    inputs, end = record.inputs, month(format_month(record.month))
    street = state.current_context().district.population.streets[history.street]
    with solara.Div(classes=["halves"]):
        with solara.Div():
            profile = definition_list(agent_profile(history, record))
            Markup(heading(f"Person {history.person}", f"{street.name} {street.name_zh}"), profile)
        with solara.Div():
            Markup(heading(f"At the end of {end}", "Requirements for a valid permit, in the order of the model."))
            Markup(definition_list(requirements(record)), class_="requirements")
    Markup(heading("Month by month", "Click a point in time to select a month."))
    SvgFigure(svg=agent_timeline(history, state.month.value), event_clicked=state.month.set)
    with solara.Div(classes=["halves"]):
        with solara.Div():
            Markup(heading("Utility", utility_caption(record)))
            SvgFigure(svg=utility_term_bars(utility_summands(inputs), inputs.utility), clickable=False)
        with solara.Div():
            variations = one_at_a_time(inputs)
            note = "One change at a time, all else unchanged. A filled dot: this change alone is sufficient."
            Markup(heading("What would change the decision", note))
            SvgFigure(svg=one_at_a_time_chart(variations, inputs.utility), clickable=False)
            if not any(each.changes_decision for each in variations):
                Markup(paragraph("No single change would be sufficient.", "caption"))
