"""Parts of a month: nanoseconds per migrant, compiled engine, full size.

The phases of a month are timed one by one in a branch, while the model itself runs whole months. The population pass
is also timed by itself, on a copy; the rest of the streets' time is the decision pass, arrivals and departures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from statistics import median
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.clock import NANOSECONDS, measure
from benchmarks.yardsticks import draw
from takeup.simulation import PermitModel
from takeup.simulation.census import census_lookup, update_census
from takeup.simulation.conditions import MonthArrays, month_streams, policy_tables, update_conditions
from takeup.simulation.kernels_decisions import find_places, serve_queues
from takeup.simulation.kernels_month import run_streets
from takeup.simulation.kernels_population import Scratch, new_scratch, population_pass, street_month
from takeup.simulation.output import new_records
from takeup.simulation.state import BLOCK

_DISTRICT: Final = "template"
_AGENTS, _MONTHS, _SETTLED = 360_000, 40, "2013-12"
_QUICK_AGENTS, _QUICK_MONTHS, _QUICK_SETTLED = 4_000, 2, "2010-03"
_REPEATED: Final = 300
SecondsByPart = dict[str, list[float]]


def run(*, quick: bool, rounds: int | None = None) -> dict[str, Any]:
    """Measure the parts of a month.

    Args:
        quick: measure a small model in few months.
        rounds: number of months; None: the usual number.
    """
    agents, months = (_QUICK_AGENTS, _QUICK_MONTHS) if quick else (_AGENTS, _MONTHS)
    months = months if rounds is None else rounds
    model = PermitModel(_DISTRICT, agents=agents, rng=1)
    model.run_until(_QUICK_SETTLED if quick else _SETTLED)
    seconds: SecondsByPart = defaultdict(list)
    counts = []
    for _ in range(months + 1):
        counts.append(_run_phases(model.branch(None), seconds))
        seconds["month"].append(measure(model.step).wall)
    parts = {name: median(times[1:]) / agents * NANOSECONDS for name, times in seconds.items()}
    deciding, moving = np.mean(counts, axis=0) / agents
    return {
        "district": _DISTRICT,
        "migrants": agents,
        "months": months,
        "ns_per_migrant": {
            "month": round(parts["month"], 1),
            "population_pass": round(parts["population_pass"], 1),
            "decision_pass": round(parts["streets"] - parts["population_pass"], 1),
            "census": round(parts["census"], 1),
            "conditions": round(parts["conditions"], 1),
            "service_centres": round(parts["service_centres"], 1),
        },
        "may_decide": round(float(deciding), 4),
        "arrive_or_depart": round(float(moving), 4),
        "loops_ns_per_migrant": _measure_loops(model),
    }


def _run_phases(model: PermitModel, seconds: SecondsByPart) -> tuple[int, int]:
    """Run the phases of the next month one by one; how many may decide something, and how many arrive or depart."""
    world, state, census, number = model.world, model.state.arrays(), model.census, model.state.month + 1
    levers, scratch, records = (
        model.timeline.at(number),
        new_scratch(),
        new_records(1, world.streets, residents=False),
    )
    tables = policy_tables(levers, model.parameters, world, model.scale, model.district.street_shares)
    before = model.state.population
    population = model.district.population.persons(number, model.agents_at_most)
    streams = month_streams(world.seed, number)
    month = MonthArrays(before, population, streams, records.flows[0], records.net[0], records.joined[0])
    conditions, contact_counts = tables.conditions, census.contact_counts

    def timed(name: str, phase: Callable[..., Any], *given: Any) -> Any:
        results = []
        seconds[name].append(measure(lambda: results.append(phase(*given))).wall)
        return results[0]

    timed("conditions", update_conditions, tables, state)
    own = state._replace(migrants=state.migrants.copy())
    counts: tuple[int, int] = timed(
        "population_pass", _population, month, own, contact_counts, world, conditions, scratch
    )
    timed("streets", run_streets, 0, world.streets, month, state, contact_counts, world, conditions, scratch)
    timed("service_centres", serve_queues, month, state, world, conditions)
    timed("census", update_census, census, population, state.migrants, world, int(levers.months_to_qualify[0]))
    return counts


@njit(nogil=True, error_model="numpy", _nrt=False)  # type: ignore[call-overload,untyped-decorator]
def _population(
    month: Any, state: Any, contact_counts: NDArray[np.uint16], world: Any, conditions: Any, scratch: Scratch
) -> tuple[int, int]:
    deciding, moving = 0, 0
    for street in range(len(world.first) - 1):
        tables = street_month(street, month, world, conditions)
        for low in range(world.first[street], world.first[street + 1], BLOCK):
            high = min(low + BLOCK, world.first[street + 1])
            population_pass(low, high, state.migrants, contact_counts, tables, scratch)
            deciding += int(find_places(scratch.candidates, high - low, scratch.places))
            moving += int(find_places(scratch.exits, high - low, scratch.places))
    return deciding, moving


def _measure_loops(model: PermitModel) -> dict[str, float]:
    """Measure single loops on a block of migrants that stays in the first-level cache."""
    person = model.state.migrants.person[:BLOCK].copy()
    profile = model.state.migrants.profile[:BLOCK].copy()
    numbers = np.zeros((3, BLOCK))
    start = model.month.streams.events
    return {
        "one_word_of_three_draws": round(_of_loop(draw, start, person, *numbers), 2),
        "one_look_up": round(_of_loop(census_lookup, profile, model.world.move, numbers[0]), 2),
        "one_loop_that_does_nothing": round(_of_loop(_nothing, person), 2),
    }


def _of_loop(loop: Callable[..., Any], *given: Any) -> float:
    loop(*given)
    return median(measure(lambda: loop(*given)).wall for _ in range(_REPEATED)) / BLOCK * NANOSECONDS


@njit(nogil=True, error_model="numpy", _nrt=False)  # type: ignore[call-overload,untyped-decorator]
def _nothing(person: NDArray[np.int64]) -> None:
    person[0] += 0
