"""Parameters of a district: values with their units, ranges, priors, statuses and sources."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from takeup.district.parameter_definitions import Definition, definition_of, definitions
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.limits import as_float
from takeup.message import DataText, Message

Key = TypeVar("Key")
Value = TypeVar("Value")
OVERRIDDEN: Final = "set for this run"
"""Source of a parameter value that the user set for one run."""
Status = Literal["observed", "derived", "assumed", "calibrated"]
"""Kind of evidence for a number, as a file states it."""
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
"""Kinds of evidence, in the order of reports."""
SET: Final = "set"
"""Status of a number that the user set for one run."""
Evidence = Status | Literal["set"]
Nested = float | int | dict[str, Any]


class Prior(StrictModel):
    """A prior distribution of a parameter, before the targets are considered."""

    shape: Literal["uniform", "log-uniform", "normal"]
    low: float = Field(description="Lower limit; for a normal prior its 2.5 % quantile.")
    high: float = Field(description="Upper limit; for a normal prior its 97.5 % quantile.")
    of: Literal["value", "factor"] = Field(
        default="value",
        description="Distribution of each member's value, or of one factor that multiplies all members' values.",
    )
    inert: bool = Field(
        default=False, description="Whether no target depends on it; it is then sampled from its prior."
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Prior:
        if not self.low < self.high < math.inf:
            raise InputError(
                "low is not below high",
                given=Message("{low:g} to {high:g}", low=self.low, high=self.high),
                allowed="low below high, high finite",
            )
        if self.shape == "log-uniform" and self.low <= 0:
            raise InputError(
                "the lower limit of a log-uniform prior is not above 0",
                key="low",
                given=self.low,
                allowed="a number above 0",
            )
        return self

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the quantiles of the distribution at the given probabilities, in the unit of `low` and `high`."""
        if self.shape == "uniform":
            return self.low + (self.high - self.low) * probability
        if self.shape == "log-uniform":
            return np.asarray(self.low * (self.high / self.low) ** probability)
        from scipy.special import ndtri  # noqa: PLC0415  (a tenth of a second that loading a district should not take)

        middle, sd = (self.low + self.high) / 2, (self.high - self.low) / 2 / float(ndtri(_NORMAL_TAIL))
        return np.asarray(middle + sd * ndtri(probability))


_NORMAL_TAIL: Final = 0.975
"""Probability below the upper end of a normal prior's interval from `low` to `high`."""


class ParameterTable(StrictModel):
    """The table of one parameter in parameters.toml, of one size in rules.toml, or of one number of a measure."""

    value: Nested
    unit: str
    low: Nested
    high: Nested
    status: Status
    source: str = Field(min_length=1)
    prior: Prior | None = None


@dataclass(frozen=True)
class Parameter:
    """A single number: its value in the district, its range and the evidence for it.

    Attributes:
        name: dotted name.
        value, unit, low, high: value in the district, its unit and its range.
        prior: distribution before calibration, if the number is uncertain.
        status, source: evidence for the value.
        stated_as: name under which the file states the value: that of the parameter if the file states one number for
            all members, otherwise `name`; None if the file omits the member.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    prior: Prior | None
    status: Evidence
    source: str
    stated_as: str | None


class FixedDict(dict[Key, Value]):
    """A dictionary that cannot be changed: a model has used its values already when a user could change them."""

    def _refuse(self, *arguments: object, **named: object) -> NoReturn:
        """Refuse a change.

        Raises:
            TypeError: always.
        """
        del arguments, named
        raise TypeError("parameters cannot be changed in place; create a new model with `parameters=…`")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[FixedDict[Key, Value]], tuple[dict[Key, Value]]]:
        """Copy and pickle all items at once, because items cannot be added."""
        return type(self), (dict(self),)


@dataclass(frozen=True)
class Parameters:
    """All numbers of a district, by dotted name such as "need.residence.base".

    Iteration yields the numbers of the model. The numbers of the measures are accessed, checked and overridden by
    their names, but not iterated over, because only scenarios with measures depend on them.

    Attributes:
        entries: numbers of the model and sizes of the dated rules.
        measures: numbers of the district's measures.
    """

    entries: Mapping[str, Parameter]
    measures: Mapping[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", FixedDict(self.entries))
        object.__setattr__(self, "measures", FixedDict(self.measures))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(each.value for each in (*self.entries.values(), *self.measures.values())))

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.entries.values())

    def __getitem__(self, name: str) -> Parameter:
        return self.measures[name] if name in self.measures else self.entries[name]

    def number(self, name: str) -> float:
        """Return a number by its dotted name, such as "trips" or "supply.schooling"."""
        return self[name].value

    def vector(self, name: str) -> NDArray[np.float64]:
        """Return all numbers of a parameter, shape (names,), or (1,) for a single number."""
        return np.array([self.entries[member].value for member in definitions()[name].names])

    @property
    def selectors(self) -> list[str]:
        """Names of all parameters and of all their members, and of the numbers of the measures."""
        of_model = dict.fromkeys(part for name in self.entries for part in definition_of(name).selectors)
        return [*of_model, *self.measures]

    def count_by_status(self) -> dict[Evidence, int]:
        """Count the stated numbers of each status; `SET` is a key only if a number was set.

        An indexed parameter counts once per stated member, or once if one number is stated for all members. A member
        of the latter that has another value, for example after `override`, is a number of its own. A member that the
        file omits is not counted, unless a value was set for it.
        """
        numbers = {(each.stated_as, each.value, each.status) for each in self if each.stated_as is not None}
        counts: dict[Evidence, int] = dict.fromkeys(STATUSES, 0)
        for *_, status in numbers:
            counts[status] = counts.get(status, 0) + 1
        return counts

    def members(self, name: str) -> list[str]:
        """Return the dotted names that a name selects: one number, or all of a parameter.

        Raises:
            InputError: there is no such parameter.
        """
        if name in self.entries or name in self.measures:
            return [name]
        if name in definitions():
            return list(definitions()[name].names)
        raise InputError(
            "unknown parameter",
            given=name,
            allowed="the names that `takeup parameters` prints",
            nearest=self.selectors,
        )

    def override(self, values: Mapping[str, float], source: str = OVERRIDDEN, status: Evidence = SET) -> Parameters:
        """Return a copy with other values; the name of a parameter sets all its members.

        Args:
            values: new values by name.
            source: the source of these values.
            status: the status of these values.

        Raises:
            InputError: a name is unknown, a value is outside the parameter's range, or the value of a
                member `low` is above that of the member `high`.
        """
        entries, measures = dict(self.entries), dict(self.measures)
        for name, value in values.items():
            self.check(name, value)
            for member in self.members(name):
                kept = measures if member in measures else entries
                old = kept[member]
                kept[member] = replace(
                    old, value=float(value), status=status, source=source, stated_as=old.stated_as or member
                )
        changed = Parameters(entries, measures)
        changed.check_order()
        return changed

    def overrides(self, values: Mapping[str, float] | None) -> dict[str, float]:
        """Return values that are to replace these as floats by name.

        Args:
            values: numbers of any type by name, for example a dictionary or a row of a table of pandas; None: none.

        Raises:
            InputError: this is not a mapping, a name is unknown, or a value is not allowed.
        """
        try:
            named = {} if values is None else dict(values)
        except (TypeError, ValueError):
            raise InputError(
                "the value is not a mapping of values by name",
                key="parameters",
                given=values,
                allowed='a dictionary, as in {"documents": 0.5}',
            ) from None
        for name, value in named.items():
            self.check(name, value)
        return FixedDict({name: float(value) for name, value in named.items()})

    def check(self, name: str, value: float) -> None:
        """Raise InputError unless the parameter exists and the value is allowed."""
        for member in self.members(name):
            check_range(value, self[member], key=name)

    def check_order(self) -> None:
        """Raise InputError if any parameter has a member `low` above its member `high`."""
        for definition in definitions().values():
            if definition.has_ends:
                check_endpoints(definition.name, *(self.number(name) for name in definition.names))


def check_endpoints(name: str, low: float, high: float) -> None:
    """Raise InputError if the member `low` of a parameter is above its member `high`."""
    if low > high:
        raise InputError(
            Message("the value is above {name}.high", name=name),
            key=f"{name}.low",
            given=low,
            allowed=Message("at most {high:g}, or a higher {name}.high", high=high, name=name),
        )


def check_range(value: float, parameter: Parameter, key: str | None = None) -> None:
    """Raise InputError unless the value is in the parameter's range and of its type."""
    if not isinstance(value, float):  # the message, which takes longer than the check, is needed in no other case
        value = as_float(value, key, Message("a number of {unit}", unit=DataText(parameter.unit)))
    if not parameter.low <= value <= parameter.high:
        raise InputError(
            "the value is outside the parameter's range",
            key=key,
            given=value,
            allowed=Message(
                "{low:g} to {high:g} ({unit})", low=parameter.low, high=parameter.high, unit=DataText(parameter.unit)
            ),
        )
    if math.isinf(value) and not parameter.name.startswith("supply."):
        raise InputError(
            "the value is infinite, which is only possible for supply",
            key=key,
            given=value,
            allowed="a finite number",
        )
    definition = definition_of(parameter.name)
    if definition.whole and value != int(value):
        raise InputError(
            "the value is not a whole number",
            key=key,
            given=value,
            allowed=Message("whole {unit}", unit=DataText(parameter.unit)),
        )
    if definition.even and value % 2:
        raise InputError("the value is not even", key=key, given=value, allowed="an even number")


def read_parameters(file: Path) -> Parameters:
    """Read a district's parameters.toml.

    Raises:
        InputError: a parameter is missing or unknown, or has no source, another unit than the model's, a value
            outside its range, or a range outside the possible values.
    """
    content = read_toml(file)
    for name in content:
        if name not in definitions():
            raise InputError(
                "unknown parameter",
                file=file,
                key=name,
                given=name,
                allowed="the parameters of the model, see takeup parameters",
                nearest=definitions(),
            )
    entries: dict[str, Parameter] = {}
    for name, definition in definitions().items():
        if name not in content:
            raise InputError(
                Message('the parameter "{name}" is missing', name=name),
                file=file,
                allowed=Message("a table [{name}]: {meaning}", name=name, meaning=DataText(definition.meaning)),
            )
        try:
            entries.update(parameter_entries(definition, parse_model(ParameterTable, content[name])))
        except InputError as error:
            raise error.within(file=file, key=name) from None
    read = Parameters(entries)
    try:
        read.check_order()
    except InputError as error:
        raise error.within(file=file) from None
    return read


def parameter_entries(definition: Definition, table: ParameterTable) -> dict[str, Parameter]:
    """Return the numbers of a parameter's table by dotted name.

    Raises:
        InputError: the unit is not that of the definition, or a value, a range or the prior is not allowed.
    """
    if table.unit != definition.unit:
        raise InputError(
            "the unit differs from the unit in the model", key="unit", given=table.unit, allowed=definition.unit
        )
    values = _numbers_by_name(definition, table.value, "value")
    lows, highs = _numbers_by_name(definition, table.low, "low"), _numbers_by_name(definition, table.high, "high")
    stated = _stated_names(definition, table.value)
    entries = {}
    for name in definition.names:
        low, high, stated_as = lows[name], highs[name], stated.get(name)
        if not definition.bounds[0] <= low <= high <= definition.bounds[1]:
            raise InputError(
                "low is above high" if low > high else "the range is outside the parameter's bounds",
                key=Message("low and high"),
                given=Message("{low:g} to {high:g}", low=low, high=high),
                allowed=Message(
                    "low to high within {low:g} to {high:g}",
                    low=definition.bounds[0],
                    high=definition.bounds[1],
                ),
            )
        entry = Parameter(
            name, values[name], table.unit, low, high, table.prior, table.status, table.source, stated_as
        )
        check_range(entry.value, entry, key="value" if stated_as == definition.name else name)
        if entry.prior is not None:
            _check_prior(entry.prior, entry, "prior" if name == definition.name else f"prior of {name}")
        entries[name] = entry
    return entries


def _check_prior(prior: Prior, entry: Parameter, key: str) -> None:
    if prior.of == "factor":
        lowest, value, highest = 0.0, 1.0, math.inf
    else:
        lowest, value, highest = entry.low, entry.value, entry.high
    if not lowest <= prior.low <= value <= prior.high <= highest:
        raise InputError(
            Message("the prior is not within the range, or does not contain the {of}", of=prior.of),
            key=key,
            given=Message("{low:g} to {high:g}", low=prior.low, high=prior.high),
            allowed=Message(
                "a prior within {low:g} to {high:g} that contains {value:g}",
                low=lowest,
                high=highest,
                value=value,
            ),
        )


def _numbers_by_name(definition: Definition, content: Nested, key: str) -> dict[str, float]:
    """Return each number of a parameter by its dotted name.

    `content` is one number for all names, or a table by member.
    """
    if not isinstance(content, dict):
        if key == "value" and definition.absent is not None:
            raise InputError(
                "the parameter requires a table, because a person's value combines several members",
                key=key,
                given=content,
                allowed=Message("a table with any of the keys {names}", names=tuple(definition.members)),
            )
        return dict.fromkeys(definition.names, float(content))
    flat = _flat_by_name(definition, content)
    for name in flat:
        if name not in definition.names:
            member = name.removeprefix(f"{definition.name}.")
            raise InputError(
                "unknown name in the parameter's table"
                if definition.members
                else "the parameter has a single number, not a table",
                key=key,
                given=member,
                allowed=definition.members or "a single number",
            )
    absent = definition.absent if key == "value" else {"low": definition.bounds[0], "high": definition.bounds[1]}[key]
    missing = [name for name in definition.names if name not in flat]
    if missing and absent is None:
        raise InputError(
            Message('the key "{name}" is missing', name=missing[0].removeprefix(definition.name + ".")),
            key=key,
            allowed=Message("a table with the keys {names}", names=tuple(definition.members)),
        )
    return {name: flat.get(name, absent if absent is not None else math.nan) for name in definition.names}


def _stated_names(definition: Definition, content: Nested) -> dict[str, str]:
    """Return the name under which each number that the file states is stated, by dotted name."""
    if not isinstance(content, dict):
        return dict.fromkeys(definition.names, definition.name)
    return {name: name for name in _flat_by_name(definition, content)}


def _flat_by_name(definition: Definition, content: Mapping[str, Any]) -> dict[str, float]:
    return {f"{definition.name}.{member}": number for member, number in _flat(content)}


def _flat(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    for key, inner in content.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{above}{key}.")
        elif isinstance(inner, bool) or not isinstance(inner, int | float):
            raise InputError("the value is not a number", key=above + key, given=inner, allowed="a number")
        else:
            yield above + key, float(inner)
