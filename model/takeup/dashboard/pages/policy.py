"""The policy page: a policy's levers and its estimated effect."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import solara
from solara.lab import use_task

from takeup.dashboard.charts import Series, effect_scale, group_effect_bars, tile_map, time_series
from takeup.dashboard.charts.svg import POLICY_COLOR, POLICY_DASH
from takeup.dashboard.effects import (
    DRAWS,
    EffectUncertainty,
    PolicyEffect,
    describe_effect,
    describe_uncertainty,
    effect_uncertainty,
    equivalent_commands,
    estimate_effect,
    has_posterior,
)
from takeup.dashboard.pages import state
from takeup.dashboard.pages.levers import LeverCard
from takeup.dashboard.pages.widgets import (
    Button,
    Download,
    Markup,
    Select,
    SvgFigure,
    TextInput,
    command,
    error_message,
    heading,
    key_number,
    paragraph,
)
from takeup.dashboard.policy_editor import (
    DEFAULT_TITLE,
    InterventionDraft,
    default_policy,
    policy_from_scenario,
    to_scenario,
    to_toml,
)
from takeup.dashboard.trajectories import FIRST, PERCENT
from takeup.district import GROUPS
from takeup.errors import InputError
from takeup.months import END
from takeup.report.formatting import month
from takeup.scenario import Scenario, known_scenarios, load_scenario

_MONTHS_BEFORE: Final = 24
"""Months before the policy takes effect that the charts show."""
_WIDTH, _DIFFERENCE_HEIGHT = 700, 170
"""Sizes of the charts in pixels."""


@solara.component
def PolicyPage() -> None:
    """The policy's levers and its effect."""
    problem, set_problem = solara.use_state("")
    policy = state.current_policy()
    latest = solara.use_ref("")
    text = to_toml(policy)
    latest.current = text

    def estimate() -> None:
        try:
            for effect in estimate_effect(state.current_context(), to_scenario(policy)):
                if latest.current != text:
                    return
                state.effect.set(effect)
                set_problem("")
        except InputError as error:
            set_problem(str(error))

    task = use_task(estimate, dependencies=[text], raise_error=False)
    message = f"The run failed: {task.exception}" if task.error else problem
    with solara.Div(classes=["sides"]):
        with solara.Div(classes=["levers"]):
            PolicyEditor()
        with solara.Div(classes=["results", "working"] if task.pending else ["results"]):
            if message:
                Markup(error_message(message))
            elif state.effect.value is not None:
                Effect(state.effect.value)
            else:
                Markup(paragraph("Simulating …", "caption"))


@solara.component
def PolicyEditor() -> None:
    """The policy's title and interventions."""
    context, policy = state.current_context(), state.current_policy()
    problem, set_problem = solara.use_state("")

    def start_from(name: str) -> None:
        set_problem("")
        try:
            if name == DEFAULT_TITLE:
                state.policy.set(default_policy(context.district))
            elif name:
                state.policy.set(policy_from_scenario(load_scenario(name)))
        except InputError as error:
            set_problem(str(error))

    def rename(title: str) -> None:
        state.policy.set(replace(state.current_policy(), title=title))

    def add() -> None:
        draft = InterventionDraft("documents", "multiply", 1.0).for_lever("documents", context.district)
        state.policy.set(replace(policy, interventions=(*policy.interventions, draft)))

    TextInput(label="Policy", name="title", value=policy.title, event_changed=rename)
    names = [(name, name.replace("_", " ")) for name in known_scenarios() if name != "baseline"]
    options = [("", "start from …"), (DEFAULT_TITLE, "a new policy"), *names]
    Select(label="", name="start", options=options, value="", event_selected=start_from)
    if problem:
        Markup(error_message(problem))
    for number, draft in enumerate(policy.interventions):
        LeverCard(number, draft).key(f"{number} {draft.lever} {draft.operation}")
    Button("+ add a lever", "add", add, "quiet")


@solara.component
def Effect(effect: PolicyEffect) -> None:
    """The effect of the policy in numbers and charts, its file and its commands."""
    context, scenario = state.current_context(), effect.scenario
    content = to_toml(policy_from_scenario(scenario))  # of the policy that was run; the sliders may be ahead of it
    words = describe_effect(effect, context.persons_per_agent)
    Markup(
        key_number(words.difference, words.interval, name="difference"),
        key_number(words.take_up, words.instead, name="policy-take-up"),
        paragraph(words.permits),
        paragraph(words.method, "caption"),
    )
    if has_posterior(context):
        Uncertainty(scenario).key(f"uncertainty {content}")
    first = FIRST if scenario.first is None else max(scenario.first - _MONTHS_BEFORE, FIRST)
    since, points = first - FIRST, effect.difference
    take_up = [
        Series("no policy", effect.baseline.mean(axis=0)[since:] * PERCENT),
        Series("my policy", effect.policy.mean(axis=0)[since:] * PERCENT, POLICY_COLOR, POLICY_DASH),
    ]
    SvgFigure(svg=time_series("valid permits, % of migrants", first, take_up, None, width=_WIDTH), clickable=False)
    change = [
        Series("difference", points.center[since:], POLICY_COLOR, None, points.low[since:], points.high[since:])
    ]
    svg = time_series("difference, points", first, change, None, width=_WIDTH, height=_DIFFERENCE_HEIGHT)
    SvgFigure(svg=svg, clickable=False)
    file, levels = f"{scenario.name}.toml", len(GROUPS)
    Markup(
        heading("Save and reproduce", "The scenario file contains the policy; these commands give the same numbers.")
    )
    Download(f"Download {file}", file, content)
    Markup(*(command(each) for each in equivalent_commands(context, effect, file)))
    with solara.Div(classes=["halves"]):
        with solara.Div():
            Markup(heading("Where", f"Change in take-up by street, {month(END)}, in points."))
            streets, by_street = context.district.population.streets, effect.group_effects[levels:]
            SvgFigure(svg=tile_map(context.tiles, streets, by_street, effect_scale(by_street), None), clickable=False)
        with solara.Div():
            Markup(heading("For whom", f"Change in take-up by group, {month(END)}, in points."))
            SvgFigure(svg=group_effect_bars(effect.group_effects[:levels]), clickable=False)


class _CancelledError(Exception):
    """The visitor has left the page or changed the policy."""


@solara.component
def Uncertainty(scenario: Scenario) -> None:
    """A button that starts the runs over posterior draws, their progress and result.

    Args:
        scenario: the policy.
    """
    started, set_started = solara.use_state(False)
    progress, set_progress = solara.use_state("")
    mounted = solara.use_ref(True)

    def unmount() -> None:
        mounted.current = False

    solara.use_effect(lambda: unmount, [])

    def on_run(done: int, total: int) -> None:
        if not mounted.current:
            raise _CancelledError
        set_progress(f"{done} of {total} runs")

    def estimate() -> EffectUncertainty | None:
        return effect_uncertainty(state.current_context(), scenario, on_run) if started else None

    task = use_task(estimate, dependencies=[started], raise_error=False)
    if not started:
        label = f"Include parameter uncertainty: run {DRAWS} posterior draws"
        Button(label, "uncertainty", lambda: set_started(True))
    elif task.error:
        Markup(error_message(f"The posterior draws failed: {task.exception}"))
    elif task.finished and task.value is not None:
        Markup(paragraph(describe_uncertainty(task.value), "uncertainty"))
    else:
        Markup(paragraph(f"Running posterior draws: {progress or 'starting'} …", "caption"))
