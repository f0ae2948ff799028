"""Parameters set anew for a whole run, each remembered with where it was written."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from takeup.console.options import validate_int
from takeup.constants import OVERRIDDEN
from takeup.district import District
from takeup.errors import InputError
from takeup.io import read_toml
from takeup.simulation import street_slot_counts

_OPTION: Final = "--set"
_MOST_AGENTS: Final = 2**31 - 1


@dataclass(frozen=True)
class _Place:
    """Where a value was written: in a file, or with --set."""

    file: Path | None

    def told(self, error: InputError, name: str) -> InputError:
        """The same error, told with this place."""
        if self.file is None:
            return error.within(key=_OPTION)
        return error.within(file=self.file, key=name if error.key is None else None)


class Overrides(dict[str, float]):
    """Values by parameter name, as any dictionary of them, and where each was written.

    Args:
        settings: as --set has them; these count more.
        file: a table of others.

    Raises:
        InputError: something is not NAME=VALUE, or not a number.
    """

    def __init__(self, settings: list[str] | None = None, file: Path | None = None) -> None:
        super().__init__()
        self._places: dict[str, _Place] = {}
        for name, value in _from_file(file) if file is not None else ():
            self[name], self._places[name] = value, _Place(file)
        for setting in settings or []:
            name, value = _read(setting)
            self[name], self._places[name] = value, _Place(None)

    def checked(self, district: District) -> Overrides:
        """These, if the district's parameters may be set so.

        Raises:
            InputError: there is no such parameter, or it may not have this value; told with where it was written.
        """
        for name, value in self.items():
            try:
                district.parameters.check(name, value)
            except InputError as error:
                raise self._places[name].told(error, name) from None
        try:
            district.parameters.override(self, OVERRIDDEN)
        except InputError as error:  # two that do not go together
            parameter = str(error.key).partition(".")[0]
            *_, name = (each for each in self if each.partition(".")[0] == parameter)
            raise self._places[name].told(error, name) from None
        return self


def agents_of(district: District, agents: int | None, settings: Overrides) -> int:
    """How many migrants to simulate, checked; the district's own number if None.

    Raises:
        InputError: a setting is wrong, or there are too few for every street.
    """
    slots = district.population.most if agents is None else validate_int(agents, "--agents", 1, _MOST_AGENTS)
    parameters = district.parameters.override(settings.checked(district), OVERRIDDEN)
    try:
        street_slot_counts(district, slots, int(parameters.number("contacts")))
    except InputError as error:
        raise error.at("--agents") from None
    return slots


def _read(setting: str) -> tuple[str, float]:
    name, equals, written = setting.partition("=")
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not equals or math.isnan(value):
        raise InputError("not a setting", key=_OPTION, given=setting, allowed="NAME=VALUE, the value a number")
    return name.strip(), value


def _from_file(file: Path) -> Iterator[tuple[str, float]]:
    def collected(table: dict[str, Any], above: str) -> Iterator[tuple[str, float]]:
        for key, value in table.items():
            name = f"{above}{key}"
            if isinstance(value, dict):
                yield from collected(value, f"{name}.")
            elif isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
                raise InputError("not a number", file=file, key=name, given=value)
            else:
                yield name, float(value)

    return collected(read_toml(file), "")
