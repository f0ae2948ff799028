"""Settings of a run that depend on the district: parameters, agents, engine."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from takeup.district import District
from takeup.errors import InputError
from takeup.io import read_toml
from takeup.limits import AGENTS_PER_DRAW, MAX_THREADS, validate_int
from takeup.message import Message
from takeup.months import END, START
from takeup.runs import RunSettings
from takeup.simulation import ENGINES, check_memory, first_slots
from takeup.text import normalise_number, parse_number, suggest_readings

_OPTION: Final = "--set"
_FORM: Final = Message("NAME=VALUE, where VALUE is a number")
MAX_AGENTS: Final = 2**31 - 1


@dataclass(frozen=True)
class _Origin:
    """The origin of a parameter value: a file, or the option --set if `file` is None."""

    file: Path | None

    def locate(self, error: InputError, name: str) -> InputError:
        """Add this origin to an error and return it."""
        if self.file is None:
            return error.within(key=_OPTION)
        return error.within(file=self.file, key=name if error.key is None else None)


class Overrides(dict[str, float]):
    """Parameter values that replace the district's own, by dotted name.

    Args:
        settings: texts NAME=VALUE as given with --set; they take precedence over the file.
        file: TOML file with values by parameter name.

    Raises:
        InputError: a setting is not NAME=VALUE, or a value is not a number.
    """

    def __init__(self, settings: list[str] | None = None, file: Path | None = None) -> None:
        super().__init__()
        self._origins: dict[str, _Origin] = {}
        for name, value in _from_file(file) if file is not None else ():
            self[name], self._origins[name] = value, _Origin(file)
        for setting in settings or []:
            name, value = _read(setting)
            self[name], self._origins[name] = value, _Origin(None)

    def checked(self, district: District) -> Overrides:
        """Check these overrides against the parameters of a district, and return them.

        Raises:
            InputError: a parameter does not exist, or its value is not allowed; with the origin of the value.
        """
        for name, value in self.items():
            try:
                district.parameters.check(name, value)
            except InputError as error:
                raise self._origins[name].locate(error, name) from None
        try:
            district.parameters.override(self)
        except InputError as error:  # two values that are each in range, but not allowed together
            parameter = str(error.key).partition(".")[0]
            *_, name = (each for each in self if each.partition(".")[0] == parameter)  # the last of the two
            raise self._origins[name].locate(error, name) from None
        return self


def agents_of(district: District, agents: int | None, settings: Overrides, *, drawn: bool = False) -> int:
    """Check the number of simulated migrants and return it.

    Args:
        district: the district.
        agents: largest number of simulated migrants; None for one per resident, or under draws for
            `AGENTS_PER_DRAW`.
        settings: overrides of parameters, which are checked too.
        drawn: whether draws of a posterior are run.

    Raises:
        InputError: an override is not allowed, or the migrants are too few for the number of streets.
    """
    most = district.population.most
    default = min(AGENTS_PER_DRAW, most) if drawn else most
    slots = default if agents is None else validate_int(agents, "--agents", 1, MAX_AGENTS)
    parameters = district.parameters.override(settings.checked(district))
    try:
        check_memory(slots)
        first_slots(district, slots, int(parameters.number("contacts")))
    except InputError as error:
        raise error.at("--agents") from None
    return slots


def run_settings(
    overrides: Overrides,
    *,
    agents: int,
    seed: int,
    start: str = START,
    until: str = END,
    engine: str = "compiled",
    threads: int = 1,
) -> RunSettings:
    """Check engine and number of threads, and return the settings of a simulation.

    Args:
        overrides: parameter values that have been checked.
        agents: maximum number of simulated migrants, which `agents_of` has checked.
        seed, start, until: seed, first and last month, which have been checked.
        engine, threads: values of the options --engine and --threads.

    Raises:
        InputError: the engine is unknown, or the number of threads is out of range.
    """
    if engine not in ENGINES:
        raise InputError("unknown engine", key="--engine", given=engine, allowed=ENGINES)
    return RunSettings(
        agents=agents,
        seed=seed,
        parameters=dict(overrides),
        start=start,
        until=until,
        engine=engine,
        threads=validate_int(threads, "--threads", 1, MAX_THREADS),
    )


def _read(setting: str) -> tuple[str, float]:
    name, equals, written = setting.partition("=")
    try:
        value = parse_number(normalise_number(written))
    except ValueError:
        value = math.nan
    if not equals or math.isnan(value):
        allowed = suggest_readings(_FORM, written, name=f"{name.strip()}=")
        raise InputError("the override is malformed", key=_OPTION, given=setting, allowed=allowed)
    return name.strip(), value


def _from_file(file: Path) -> Iterator[tuple[str, float]]:
    def flatten(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
        for key, value in table.items():
            name = f"{prefix}{key}"
            if isinstance(value, dict):
                yield from flatten(value, f"{name}.")
            elif isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
                allowed = (
                    suggest_readings(Message("a number without quotes"), f"{value} ")  # also for a number in quotes
                    if isinstance(value, str)
                    else Message("a number")
                )
                raise InputError("the value is not a number", file=file, key=name, given=value, allowed=allowed)
            else:
                yield name, float(value)

    return flatten(read_toml(file), "")
