"""A policy while it is being put together: to a scenario file and back.

What the page runs is what it reads from the file that it would hand out, so a downloaded file gives the same numbers.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from takeup.dashboard.history import PARTING
from takeup.dashboard.sliders import operations_of, unmoved
from takeup.district import District
from takeup.io import parse_model
from takeup.months import END, format_month, parse_month
from takeup.scenario import BASELINE, Cost, Intervention, Scenario, ScenarioFile, SourcedIntervention
from takeup.scenario.schema import Operation

FROM: Final = format_month(PARTING + 1)
"""Where a new intervention begins, as in the scenarios that are shipped."""
NEW_TITLE: Final = "My policy"
_SOURCE: Final = "put together in the dashboard"
_LONGEST_NAME: Final = 60

Groups = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Draft:
    """One intervention.

    Attributes:
        lever: name, dotted for one member.
        operation, amount: what is done to it.
        first: first month, YYYY-MM.
        until: last month; None: to the end.
        ramp_months: months it takes to come fully into force.
        streets: where; everywhere if empty.
        groups: (attribute, levels) for whom; for all if empty.
        cost: what it costs, as the file it was taken from has it.
        acts: whether it is switched on; what is off is not in the file.
    """

    lever: str
    operation: Operation
    amount: float
    first: str = FROM
    until: str | None = None
    ramp_months: int = 1
    streets: tuple[str, ...] = ()
    groups: Groups = ()
    cost: Cost | None = None
    acts: bool = True

    def of_lever(self, lever: str, district: District) -> Draft:
        """The same time, for another lever, which it does not move yet; everywhere and for all."""
        operation = operations_of(lever, district)[0]
        amount = unmoved(lever, operation, district)
        return replace(
            self, lever=lever, operation=operation, amount=amount, streets=(), groups=(), cost=None,
        )  # fmt: skip

    def doing(self, operation: Operation, district: District) -> Draft:
        """The same, with another operation, which does not move the lever yet if it is one of `operations_of`."""
        return replace(self, operation=operation, amount=unmoved(self.lever, operation, district))

    def levels(self, attribute: str) -> tuple[str, ...]:
        """The levels of an attribute that it is for; empty: for all."""
        return dict(self.groups).get(attribute, ())

    def for_levels(self, attribute: str, chosen: tuple[str, ...]) -> Draft:
        """The same, for these levels of an attribute; for all if there are none."""
        groups = {**dict(self.groups), attribute: chosen}
        return replace(self, groups=tuple((name, levels) for name, levels in groups.items() if levels))


@dataclass(frozen=True)
class Policy:
    """Interventions under a title."""

    title: str
    drafts: tuple[Draft, ...]

    @property
    def name(self) -> str:
        """The file's name without its ending; never the baseline's, which every command would then take for it."""
        words = re.sub(r"\W+", "_", self.title.casefold()).strip("_")[:_LONGEST_NAME] or "policy"
        return f"{words}_policy" if words == BASELINE.name else words

    def with_draft(self, number: int, draft: Draft) -> Policy:
        """The same with one intervention replaced."""
        return replace(self, drafts=(*self.drafts[:number], draft, *self.drafts[number + 1 :]))

    def without(self, number: int) -> Policy:
        """The same without one intervention."""
        return replace(self, drafts=(*self.drafts[:number], *self.drafts[number + 1 :]))


def new_policy(district: District) -> Policy:
    """A policy to begin with: publicity, as it is."""
    return Policy(NEW_TITLE, (Draft("publicity", "multiply", 1.0).of_lever("publicity", district),))


def policy_of(scenario: Scenario) -> Policy:
    """A scenario as a policy to go on from."""
    return Policy(scenario.title, tuple(_draft(stated.intervention) for stated in scenario.stated))


def written(policy: Policy) -> str:
    """The policy as a scenario file."""
    head = [f"title = {_text(policy.title.strip())}", f"source = {_text(_SOURCE)}"]
    tables = [_table(draft) for draft in policy.drafts if draft.acts]
    return "\n".join([*head, *tables]) + "\n"


def scenario_of(policy: Policy) -> Scenario:
    """The scenario that the policy's file is.

    Raises:
        InputError: the file would not be right.
    """
    file = Path(f"{policy.name}.toml")
    read = parse_model(ScenarioFile, tomllib.loads(written(policy)), file=file)
    return Scenario(
        policy.name,
        read.title,
        read.question,
        read.source,
        tuple(
            SourcedIntervention(intervention, file, number)
            for number, intervention in enumerate(read.intervention, 1)
        ),
    )


def last_month(draft: Draft) -> str:
    """The last month it acts, no later than the last one shown."""
    return END if draft.until is None else format_month(min(parse_month(draft.until), parse_month(END)))


def _draft(intervention: Intervention) -> Draft:
    return Draft(
        intervention.lever,
        intervention.operation,
        intervention.amount,
        intervention.from_month,
        intervention.until,
        intervention.ramp_months,
        tuple(intervention.streets or ()),
        tuple((attribute, tuple(chosen)) for attribute, chosen in (intervention.groups or {}).items()),
        intervention.cost,
    )


def _table(draft: Draft) -> str:
    lines = [
        "",
        "[[intervention]]",
        f"lever = {_text(draft.lever)}",
        f"{draft.operation} = {_number(draft.amount)}",
        f"from = {_text(draft.first)}",
    ]
    if draft.until is not None:
        lines.append(f"until = {_text(draft.until)}")
    if draft.ramp_months > 1:
        lines.append(f"ramp_months = {draft.ramp_months}")
    if draft.streets:
        lines.append(f"streets = {_list(draft.streets)}")
    if draft.groups:
        groups = ", ".join(f"{attribute} = {_list(chosen)}" for attribute, chosen in draft.groups)
        lines.append(f"groups = {{ {groups} }}")
    if draft.cost is not None:
        amounts = {name: value for name, value in draft.cost.model_dump(exclude={"source"}).items() if value}
        parts = [f"{name} = {_number(value)}" for name, value in amounts.items()]
        lines.append(f"cost = {{ {', '.join([*parts, f'source = {_text(draft.cost.source)}'])} }}")
    return "\n".join(lines)


def _text(written: str) -> str:
    """A basic string of TOML, which JSON's strings are but for the sign of deleting."""
    return json.dumps(written, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(names: tuple[str, ...]) -> str:
    return f"[{', '.join(_text(name) for name in names)}]"


def _number(value: float) -> str:
    """As TOML has it, read back to the same bits."""
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return str(int(value)) if value == int(value) else repr(value)
