"""Simulations with parameters at the limits of their definitions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from takeup import PermitModel
from takeup.analysis.stress import month_violations
from takeup.district import Definition, District, Parameters, definitions
from takeup.errors import InputError

HUGE: Final = 1e300
"""Value that replaces an infinite limit."""
ENDS: Final = ("low", "high")
_STAY: Final = ("leave", "leave_factor")
"""Parameters that are not set to their limits together with all others.

At the lower limits no migrant would ever leave, which is refused; at the upper ones all would leave every month.
"""
_MONTHS: Final = 30
"""Number of months in which permits are issued, become due for endorsement and lapse."""


def ends() -> Iterator[tuple[str, dict[str, float]]]:
    """Yield each parameter at each of its limits, and all together, as (name, values by dotted name)."""
    for place, end in enumerate(ENDS):
        each = {name: dict.fromkeys(about.names, _end(about, place)) for name, about in definitions().items()}
        for name, values in each.items():
            yield f"{name} {end}", values
        together = {name: values for name, values in each.items() if name not in _STAY}
        yield f"all {end}", {member: value for values in together.values() for member, value in values.items()}


def _end(about: Definition, place: int) -> float:
    bound = about.bounds[place]
    return bound if math.isfinite(bound) else HUGE


def run_with(district: District, values: Mapping[str, float], people: int) -> str | None:
    """Simulate a district with these parameter values, whatever their range in the district's file.

    Returns:
        A description of the fault; None if the simulation succeeded or was refused with a message of one line.
    """
    entries = dict(district.parameters.entries)
    for name, value in values.items():
        entries[name] = replace(entries[name], value=value, low=min(entries[name].low, value),
                                high=max(entries[name].high, value))  # fmt: skip
    try:
        model = PermitModel(replace(district, parameters=Parameters(entries)), agents=people, rng=1)
        for month in range(_MONTHS):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                model.step()
            fault = next(month_violations(model, model.rows[-2] if month else None), None)
            if fault is not None:
                return fault
    except InputError as refusal:
        return "the message has more than one line" if "\n" in str(refusal) else None
    except Exception as error:  # every other error is a fault
        return f"{type(error).__name__}: {error}"
    return None
