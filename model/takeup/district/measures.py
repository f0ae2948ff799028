"""Measures: what an office can buy, and how its reach follows from the money spent.

A measure acts on levers for the people whom it reaches. The share of its people who are reached follows from the
spending per month by a response curve with saturation. Every number of the curve and every effect has a value, a
range, a prior, a status and a source, as a parameter has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from pydantic import Field, field_validator, model_validator

from takeup.district.attributes import ATTRIBUTES
from takeup.district.operations import OPERATIONS, Operation, check_operations
from takeup.district.parameter_definitions import MEASURE, MEASURE_NUMBERS, definition_of, lever_names, levers
from takeup.district.parameters import Parameter, Parameters, ParameterTable, Prior, Status, parameter_entries
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.limits import check_names
from takeup.message import Message
from takeup.vocabulary import Term

MEASURES: Final = "measures.toml"
"""Name of a district's file of measures in its folder."""
FACTOR: Final = "factor"
"""Unit of an effect that multiplies its lever."""
_MAX_MEASURES: Final = 40
_MAX_EFFECTS: Final = 10
_STRATA: Final = 32
"""Number of consecutive draws in which every number has one value in each stratum of its prior."""

Groups = dict[str, Annotated[list[str], Field(min_length=1)]]


def reached_share(spending: float, running: float, per_person: float, people: float, reachable: float) -> float:
    """Compute the share of its people whom a measure reaches in a month.

    After the running cost, the money pays for contacts, (spending - running) / per_person of them. Contacts meet
    people at random, so their number per reachable person is the mean of a Poisson distribution, and a reachable
    person is met at least once with the probability 1 - exp(-mean). This is the modified exponential curve of models
    of advertising (Little 1979, Operations Research 27(4):629).

    Args:
        spending: spending per month, in yuan.
        running: running cost per month, in yuan.
        per_person: cost of a contact, in yuan.
        people: number of people whom the measure is for.
        reachable: largest share of them that can be reached.

    Returns:
        The share, from 0 to `reachable`.
    """
    money = spending - running
    if money <= 0.0 or people <= 0.0 or reachable <= 0.0:
        return 0.0
    mean = money / (per_person * people * reachable) if per_person > 0.0 else math.inf
    return reachable * -math.expm1(-mean)


class _EffectTable(StrictModel):
    lever: str
    set_to: float | None = Field(default=None, alias="set", allow_inf_nan=False)
    add: float | None = Field(default=None, allow_inf_nan=False)
    multiply: float | None = Field(default=None, allow_inf_nan=False)
    whole_district: bool = False
    unit: str
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    status: Status
    source: str = Field(min_length=1)
    prior: Prior | None = None

    @model_validator(mode="after")
    def _has_one_operation(self) -> _EffectTable:
        check_operations(list(self.amounts), Message("the effect"))
        return self

    @property
    def amounts(self) -> dict[Operation, float]:
        """Amounts that the file states, by operation."""
        stated = zip(OPERATIONS, (self.set_to, self.add, self.multiply), strict=True)
        return {operation: amount for operation, amount in stated if amount is not None}


class _MeasureTable(StrictModel):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    label: str = Field(min_length=1, max_length=60)
    label_zh: str = Field(min_length=1, max_length=30)
    summary: str = Field(min_length=1, max_length=300)
    summary_zh: str = Field(min_length=1, max_length=150)
    source: str = Field(min_length=1, max_length=2000)
    streets: list[str] | None = Field(default=None, min_length=1)
    groups: Groups | None = Field(default=None, min_length=1)
    fixed_cny: ParameterTable
    running_cny: ParameterTable
    person_cny: ParameterTable
    reachable: ParameterTable
    effect: list[_EffectTable] = Field(min_length=1, max_length=_MAX_EFFECTS)

    @field_validator("fixed_cny", "running_cny", "person_cny", "reachable")
    @classmethod
    def _is_finite(cls, table: ParameterTable) -> ParameterTable:
        for key in ("value", "low", "high"):
            number = getattr(table, key)
            if isinstance(number, dict) or not math.isfinite(number):
                raise InputError("the value is not a finite number", key=key, given=number, allowed="a finite number")
        return table


class _File(StrictModel):
    title: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=2000)
    measure: list[_MeasureTable] = Field(min_length=1, max_length=_MAX_MEASURES)


@dataclass(frozen=True)
class Effect:
    """The change of a lever for the people whom a measure reaches.

    Attributes:
        lever: name of a lever, or of one of its members.
        operation: "set", "add" or "multiply".
        number: dotted name of the amount among the numbers of the measure.
        is_local: whether the lever changes for the streets and groups of the measure only; otherwise it changes for
            the whole district, by the amount if all people of the measure are reached.
    """

    lever: str
    operation: Operation
    number: str
    is_local: bool


@dataclass(frozen=True)
class Measure:
    """A measure of a district.

    Attributes:
        name: name in files and options.
        label, label_zh: name in the words of an office, in English and in Chinese.
        summary, summary_zh: description in one sentence.
        source: source of the measure; its numbers have their own.
        streets: names of the streets of its people; None: all streets.
        groups: levels of its people by attribute; None: all groups.
        effects: changes of levers, in the order of the file.
        file: file with the measure.
        place: position in the file, for error messages.
    """

    name: str
    label: str
    label_zh: str
    summary: str
    summary_zh: str
    source: str
    streets: tuple[str, ...] | None
    groups: dict[str, tuple[str, ...]] | None
    effects: tuple[Effect, ...]
    file: Path
    place: str

    @property
    def term(self) -> Term:
        """The measure as a term, whose words are its summary in both languages."""
        return Term("measure", self.name, self.label, self.label_zh, (self.summary, self.summary_zh))

    @property
    def numbers(self) -> tuple[str, ...]:
        """Dotted names of its numbers, the costs first."""
        costs = (self.number(name) for name in MEASURE_NUMBERS)
        return (*costs, *(effect.number for effect in self.effects))

    def number(self, name: str) -> str:
        """Return the dotted name of one of its numbers, such as "measure.village_outreach.person_cny"."""
        return f"{MEASURE}.{self.name}.{name}"

    @property
    def content(self) -> list[object]:
        """Everything on which results depend, except the numbers, as JSON values."""
        effects = [[each.lever, each.operation, each.is_local] for each in self.effects]
        groups = None if self.groups is None else {name: list(levels) for name, levels in self.groups.items()}
        return [self.name, list(self.streets or ()), groups, effects]


def read_measures(file: Path) -> tuple[tuple[Measure, ...], dict[str, Parameter]]:
    """Read a district's measures.toml.

    The levers, streets and groups are checked against the district where a measure is used, see
    `takeup.scenario.purchases`.

    Returns:
        The measures, in the order of the file, and their numbers by dotted name.

    Raises:
        InputError: the file is wrong, two measures have the same name, or a number is not valid as a parameter.
    """
    content = parse_model(_File, read_toml(file), file=file)
    check_names([table.name for table in content.measure], "measure", file=file)
    measures: list[Measure] = []
    numbers: dict[str, Parameter] = {}
    for place, table in enumerate(content.measure, 1):
        key = f"measure {place}"
        try:
            measure = _measure(table, file, key)
            for name in MEASURE_NUMBERS:
                numbers.update(_cost(measure.number(name), name, getattr(table, name)))
            for line, (effect, stated) in enumerate(zip(measure.effects, table.effect, strict=True), 1):
                numbers.update(_amount(effect, stated, f"effect {line}"))
        except InputError as error:
            raise error.within(file=file, key=key) from None
        measures.append(measure)
    return tuple(measures), numbers


def _measure(table: _MeasureTable, file: Path, place: str) -> Measure:
    groups = None if table.groups is None else {name: tuple(levels) for name, levels in table.groups.items()}
    effects: list[Effect] = []
    for line, stated in enumerate(table.effect, 1):
        key = f"effect {line}, lever"
        _check_lever(stated, table, key)
        if stated.lever in (effect.lever for effect in effects):
            raise InputError(
                "two effects have the same lever", key=key, given=stated.lever, allowed="one effect per lever"
            )
        (operation,) = stated.amounts
        number = f"{MEASURE}.{table.name}.{stated.lever}"
        effects.append(Effect(stated.lever, operation, number, not stated.whole_district))
    return Measure(
        name=table.name,
        label=table.label,
        label_zh=table.label_zh,
        summary=table.summary,
        summary_zh=table.summary_zh,
        source=table.source,
        streets=None if table.streets is None else tuple(table.streets),
        groups=groups,
        effects=tuple(effects),
        file=file,
        place=place,
    )


def _check_lever(stated: _EffectTable, table: _MeasureTable, key: str) -> None:
    """Check that the lever exists, and that it can differ by the streets and groups of the measure."""
    if stated.lever not in lever_names():
        raise InputError("unknown lever", key=key, given=stated.lever, allowed=levers(), nearest=lever_names())
    lever = levers()[stated.lever.partition(".")[0]]
    groups = [attribute for attribute in table.groups or {} if attribute in ATTRIBUTES]  # areas are checked in use
    coarse = [attribute for attribute in groups if not lever.varies_by(attribute)]
    if table.streets is not None and not lever.varies_by_street:
        coarse.append("street")
    if coarse and not stated.whole_district:
        raise InputError(
            Message(
                "the lever {lever} cannot differ by {attribute}, as the people of the measure do",
                lever=lever.name,
                attribute=coarse[0],
            ),
            key=key,
            given=stated.lever,
            allowed="another lever; or whole_district = true, with the effect on the whole district if all people of "
            "the measure are reached",
        )
    if stated.whole_district and table.groups is None and table.streets is None:
        raise InputError(
            "the measure is for the whole district already",
            key=key.replace("lever", "whole_district"),
            given="true",
            allowed="whole_district only in a measure with groups or streets",
        )


def _cost(number: str, name: str, table: ParameterTable) -> dict[str, Parameter]:
    try:
        return parameter_entries(definition_of(number), table)
    except InputError as error:
        raise error.within(key=name) from None


def _amount(effect: Effect, stated: _EffectTable, key: str) -> dict[str, Parameter]:
    """Return the amount of an effect as a number with the unit of its lever, or as a factor."""
    definition = definition_of(effect.number)
    if effect.operation == "multiply":
        definition = replace(definition, unit=FACTOR, bounds=(0.0, math.inf))
    table = ParameterTable(
        value=stated.amounts[effect.operation],
        unit=stated.unit,
        low=stated.low,
        high=stated.high,
        status=stated.status,
        source=stated.source,
        prior=stated.prior,
    )
    try:
        return parameter_entries(definition, table)
    except InputError as error:
        raise error.at(effect.operation if error.key == "value" else error.key).within(key=key) from None


def drawn_numbers(parameters: Parameters, draws: int) -> list[dict[str, float]]:
    """Draw the numbers of a district's measures from their priors, once per draw of a posterior.

    The values depend on the name of the number and on the draw only, so a further measure changes no other. In every
    block of 32 consecutive draws a number has one value in each of 32 equally probable parts of its prior (Latin
    hypercube sampling, McKay, Beckman and Conover 1979).

    Args:
        parameters: parameters of the district.
        draws: number of draws.

    Returns:
        Values by dotted name, one dictionary per draw; numbers without a prior are omitted.
    """
    columns = {
        entry.name: _sample(entry, entry.prior, draws)
        for entry in parameters.measures.values()
        if entry.prior is not None
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)] or [{}] * draws


def _sample(entry: Parameter, prior: Prior, draws: int) -> list[float]:
    generator = np.random.default_rng(list(entry.name.encode()))
    blocks = [generator.permutation(_STRATA) + generator.random(_STRATA) for _ in range(math.ceil(draws / _STRATA))]
    numbers = prior.quantile(np.concatenate(blocks)[:draws] / _STRATA)
    values: Any = entry.value * numbers if prior.of == "factor" else numbers
    return [float(value) for value in np.clip(values, entry.low, entry.high)]
