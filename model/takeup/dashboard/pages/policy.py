"""A policy: its levers on one side, what it does beside the baseline on the other."""

from __future__ import annotations

from dataclasses import replace

import solara
from solara.lab import use_task

from takeup.dashboard.doubt import has_posterior
from takeup.dashboard.drafts import NEW_TITLE, Draft, new_policy, policy_of, scenario_of, written
from takeup.dashboard.drawing import Line, curve, groups, tile_map
from takeup.dashboard.history import FIRST
from takeup.dashboard.outcome import Outcome, outcomes
from takeup.dashboard.pages import session
from takeup.dashboard.pages.doubted import Doubted
from takeup.dashboard.pages.levers import Lever
from takeup.dashboard.pages.look import POLICY_COLOUR, POLICY_DASH
from takeup.dashboard.pages.parts import Choice, Download, Field, Picture, Press
from takeup.dashboard.pages.words import Markup, code, fault, figure, heading, said
from takeup.dashboard.saying import Told, commands_of, told
from takeup.dashboard.views import gains_of
from takeup.dashboard.watching import PERCENT
from takeup.district import GROUPS
from takeup.errors import InputError
from takeup.months import END
from takeup.report.formatting import month
from takeup.scenario import known_scenarios, load_scenario

_BEGIN_WITH = "begin with …"
_YEARS_BEFORE = 24
"""Months of the common history that the curve shows."""


@solara.component
def PolicyPage() -> None:
    """Levers, and what moving them does."""
    problem, set_problem = solara.use_state("")
    policy = session.the_policy()
    latest = solara.use_ref("")
    text = written(policy)
    latest.current = text

    def live() -> None:
        try:
            for found in outcomes(session.the_stage(), scenario_of(policy)):
                if latest.current != text:
                    return
                session.outcome.set(found)
                set_problem("")
        except InputError as error:
            set_problem(str(error))

    task = use_task(live, dependencies=[text], raise_error=False)
    message = f"The run failed: {task.exception}" if task.error else problem
    with solara.Div(classes=["sides"]):
        with solara.Div(classes=["levers"]):
            Levers()
        with solara.Div(classes=["found", "working"] if task.pending else ["found"]):
            if message:
                Markup(fault(message))
            elif session.outcome.value is not None:
                Found(session.outcome.value)
            else:
                Markup(said("Living the months …", "below"))


@solara.component
def Levers() -> None:
    """The policy's title and interventions."""
    stage, policy = session.the_stage(), session.the_policy()
    problem, set_problem = solara.use_state("")

    def begin(name: str) -> None:
        set_problem("")
        try:
            if name == NEW_TITLE:
                session.policy.set(new_policy(stage.district))
            elif name:
                session.policy.set(policy_of(load_scenario(name)))
        except InputError as error:
            set_problem(str(error))

    def add(_: int) -> None:
        blank = Draft("documents", "multiply", 1.0).of_lever("documents", stage.district)
        session.policy.set(replace(policy, drafts=(*policy.drafts, blank)))

    Field(
        label="Policy", name="title", value=policy.title,
        event_written=lambda now: session.policy.set(replace(session.the_policy(), title=now)),
    )  # fmt: skip
    names = [(name, name.replace("_", " ")) for name in known_scenarios() if name != "baseline"]
    options = [("", _BEGIN_WITH), (NEW_TITLE, "a new policy"), *names]
    Choice(label="", name="begin", options=options, value="", event_chosen=begin)
    if problem:
        Markup(fault(problem))
    for number, draft in enumerate(policy.drafts):
        Lever(number, draft).key(f"{number} {draft.lever} {draft.operation}")
    Press(label="+ another lever", name="add", title="", kind="quiet", event_pressed=add)


@solara.component
def Found(outcome: Outcome) -> None:
    """What the policy does."""
    stage = session.the_stage()
    content = written(policy_of(outcome.scenario))  # what was run, while what is on the sliders may be under way
    words: Told = told(outcome, stage.persons_per_agent)
    Markup(
        figure(words.difference, words.interval, name="difference"),
        figure(words.take_up, words.instead, name="policy-take-up"),
        said(words.permits), said(words.meaning, "below"),
    )  # fmt: skip
    if has_posterior(stage):
        Doubted(outcome.scenario).key(f"doubt {content}")
    first = FIRST if outcome.scenario.first is None else max(outcome.scenario.first - _YEARS_BEFORE, FIRST)
    since, points = first - FIRST, outcome.difference
    lines = [
        Line("as it is", outcome.baseline.mean(axis=0)[since:] * PERCENT),
        Line("my policy", outcome.policy.mean(axis=0)[since:] * PERCENT, POLICY_COLOUR, POLICY_DASH),
    ]
    Picture(svg=curve("valid permits, % of migrants", first, lines, None, width=700), still=True)
    gain = Line("difference", points.mean[since:], POLICY_COLOUR, None, points.low[since:], points.high[since:])
    Picture(svg=curve("difference, points", first, [gain], None, width=700, height=170), still=True)
    file, levels = f"{outcome.scenario.name}.toml", len(GROUPS)
    commands = commands_of(file, stage.asked, stage.agents, stage.first.seed, outcome.replicates)
    Markup(heading("Take it along", "The file says what differs; these commands give the same numbers."))
    Download(label=f"Download {file}", file=file, content=content)
    Markup(*(code(each) for each in commands))
    with solara.Div(classes=["halves"]):
        with solara.Div():
            Markup(heading("Where", f"Points more in each street, {month(END)}."))
            streets, gains = stage.district.population.streets, outcome.gains[levels:]
            Picture(svg=tile_map(stage.tiles, streets, gains, gains_of(gains), None), still=True)
        with solara.Div():
            Markup(heading("For whom", f"Points more in each group, {month(END)}."))
            Picture(svg=groups(outcome.gains[:levels]), still=True)
