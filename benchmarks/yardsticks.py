"""Yardsticks for the cost of a month: the memory bandwidth and a plain loop over the migrants."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.clock import NANOSECONDS, measure
from takeup import PermitModel
from takeup.rng import uniforms

_LARGE_BYTES: Final = 2**28
_REPEATED: Final = 7
_GIGA: Final = 1e9

_READ: Final = ("person", "profile", "status", "insured")
"""Columns that the month reads."""
_UPDATED: Final = (
    "residence_months",
    "registered_months",
    "ever_registered",
    "knowledge",
    "permit_months",
    "trust",
)
"""Columns that the month reads and writes."""
_COUNTED: Final = ("profile", "status", "knowledge", "registered_months", "residence_months", "insured", "trust")
"""Columns that the census reads in a separate pass."""


def measure_yardsticks(district: str, agents: int, month: str, ns_per_migrant_month: float) -> dict[str, float]:
    """Measure the memory bandwidth and a plain loop, and compare a month with them.

    The month needs at least the time to read and write its columns. Tables, queues and contacts are omitted, because
    they are mostly in a cache; the time is therefore a lower bound.

    Args:
        district: name of the district.
        agents: number of migrants.
        month: month up to which the model is run, YYYY-MM.
        ns_per_migrant_month: measured cost of a month.
    """
    model = PermitModel(district, agents=agents, rng=1)
    model.run_until(month)
    columns, census, world = model.state.columns, model.census, model.world
    touched: list[NDArray[Any]] = [columns[name] for name in (*_READ, *_UPDATED, *_UPDATED, *_COUNTED)]
    touched += [census.contact_counts, census.codes, world.rank, world.rank]
    kept: list[NDArray[Any]] = [*columns.values(), model.state.line, world.rank]
    kept += [census.signals, census.contact_counts, census.codes, census.changed]
    contacts: list[NDArray[Any]] = [world.contacts, world.listener_begins, world.listeners]
    touched_bytes = _bytes_per_migrant(touched, agents)
    bandwidth = _measure_bandwidth()
    bound = touched_bytes / bandwidth * NANOSECONDS
    plain_loop = _measure_plain_loop(model)
    return {
        "bytes_per_migrant": round(_bytes_per_migrant(kept, agents), 1),
        "bytes_per_migrant_in_contact_tables": round(_bytes_per_migrant(contacts, agents), 1),
        "bandwidth_gb_per_second": round(bandwidth / _GIGA, 1),
        "bytes_touched_per_migrant_month": round(touched_bytes, 1),
        "bound_ns_per_migrant_month": round(bound, 2),
        "times_the_bound": round(ns_per_migrant_month / bound, 1),
        "plain_loop_ns_per_migrant": round(plain_loop, 2),
        "times_the_plain_loop": round(ns_per_migrant_month / plain_loop, 1),
    }


def _bytes_per_migrant(arrays: list[NDArray[Any]], agents: int) -> float:
    return sum(array.nbytes for array in arrays) / agents


def _measure_bandwidth() -> float:
    """Return the bytes per second, read and written, of copying an array larger than the caches."""
    source = np.ones(_LARGE_BYTES, np.uint8)
    target = np.empty_like(source)
    times = [measure(lambda: np.copyto(target, source)).wall for _ in range(_REPEATED)]
    return 2 * _LARGE_BYTES / min(times)


def _measure_plain_loop(model: PermitModel) -> float:
    """Return the nanoseconds per migrant of a loop that only draws three random numbers for every migrant."""
    person = model.state.migrants.person
    numbers = np.zeros((3, len(person)))
    start = model.month.streams.events
    times = [measure(lambda: draw(start, person, *numbers)).wall for _ in range(_REPEATED + 1)][1:]
    return min(times) / len(person) * NANOSECONDS


@njit(nogil=True, error_model="numpy", _nrt=False)  # type: ignore[call-overload,untyped-decorator]
def draw(
    start: np.uint64,
    person: NDArray[np.int64],
    one: NDArray[np.float64],
    two: NDArray[np.float64],
    three: NDArray[np.float64],
) -> None:
    """Draw the three random numbers of one word for every person."""
    for i in range(len(person)):
        one[i], two[i], three[i] = uniforms(start, person[i])
