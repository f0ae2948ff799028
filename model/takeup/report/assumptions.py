"""What a result rests on: every parameter with its value, how it is known, and who says so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np

from takeup.constants import OVERRIDDEN
from takeup.district import Parameter, Parameters
from takeup.report import formatting
from takeup.report.i18n import ENGLISH, Language
from takeup.scenario import Scenario

STATUSES: Final = ("observed", "derived", "assumed", "calibrated")
_INTERVAL: Final = (0.05, 0.95)

Draws = Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Value:
    """A member's value; of a parameter that is one number, the member is empty."""

    member: str
    value: str
    drawn: str


@dataclass(frozen=True)
class Assumption:
    """Members of a parameter that are known alike; a source that is not translated stands in English."""

    name: str
    values: Sequence[Value]
    unit: str
    status: str
    source: str
    source_in: str


@dataclass(frozen=True)
class Assumptions:
    """What a page tells of parameters.

    Attributes:
        number: of them.
        statuses: how many have which status.
        drawn: how many move from draw to draw.
        moved: those that the scenarios change, by any of their members.
        rest: all others.
    """

    number: int
    statuses: Sequence[tuple[str, int]]
    drawn: int
    moved: Sequence[Assumption]
    rest: Sequence[Assumption]


def assumptions(
    parameters: Parameters,
    scenarios: Sequence[Scenario],
    settings: Mapping[str, float],
    draws: Draws,
    translate: Language,
) -> Assumptions:
    """What a comparison rests on.

    Args:
        parameters: the district's.
        scenarios: whose levers come first.
        settings: what was set for these runs, over draws too.
        draws: of a posterior, parameters by dotted name; none where every run has the same.
        translate: the language.
    """
    used = parameters.override(settings, OVERRIDDEN)
    fixed = {name for setting in settings for name in used.members(setting)}
    spread = _spread(draws, fixed)
    levers = {stated.intervention.lever.split(".")[0] for scenario in scenarios for stated in scenario.stated}
    rows = _rows(used, spread, translate)
    return Assumptions(
        number=len(used.entries),
        statuses=[(translate.words(status), sum(each.status == status for each in used)) for status in STATUSES],
        drawn=len(spread),
        moved=[row for row in rows if row.name in levers],
        rest=[row for row in rows if row.name not in levers],
    )


def _spread(draws: Draws, fixed: Iterable[str]) -> dict[str, tuple[float, float]]:
    """The interval that holds 90 % of the draws, of every parameter that differs between them."""
    if not draws:
        return {}
    values = {name: np.array([draw[name] for draw in draws]) for name in draws[0] if name not in set(fixed)}
    moving = {name: each for name, each in values.items() if each.min() < each.max()}
    # One of the draws, for between a number and infinity there is nothing.
    ends = {name: np.quantile(each, _INTERVAL, method="nearest") for name, each in moving.items()}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def _rows(used: Parameters, spread: Mapping[str, tuple[float, float]], translate: Language) -> list[Assumption]:
    """A row for members that follow one another and are known alike."""
    return [
        Assumption(
            name,
            [_value(each, spread.get(each.name), translate) for each in members],
            translate.words(unit),
            translate.words(status),
            translate.phrase(source),
            ENGLISH.code if translate.phrase(source) == source else translate.code,
        )
        for (name, unit, status, source), members in groupby(used, _known)
    ]


def _known(parameter: Parameter) -> tuple[str, str, str, str]:
    return parameter.name.split(".")[0], parameter.unit, parameter.status, parameter.source


def _value(parameter: Parameter, bounds: tuple[float, float] | None, translate: Language) -> Value:
    drawn = "" if bounds is None else translate.interval(*bounds, _said)
    return Value(parameter.name.partition(".")[2], _said(parameter.value), drawn)


def _said(value: float) -> str:
    """To four digits, which is more than is known of any; whole numbers as they are."""
    is_whole = math.isinf(value) or value == int(value)
    return formatting.amount(value if is_whole else float(f"{value:.4g}"))
