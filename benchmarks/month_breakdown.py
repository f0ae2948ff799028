"""Benchmark of the parts of a month: nanoseconds per migrant-month, compiled engine, full size.

The functions of a running model are timed. The population pass is also run separately, on a copy of the state; the
rest of `run_month` is then the decision pass with arrivals and departures. The results are printed as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from takeup.rng import uniforms
from takeup.simulation import PermitModel, census, kernels_decisions
from takeup.simulation.census import census_lookup
from takeup.simulation.kernels_decisions import find_places
from takeup.simulation.kernels_population import Scratch, new_scratch, population_pass, street_month
from takeup.simulation.state import BLOCK

FULL, MONTHS, REPEATED = 360_000, 40, 300
Seconds = dict[str, list[float]]


def main() -> None:
    """Measure and print the results."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    model = PermitModel("template", agents=FULL, rng=1)
    model.run_until("2013-12")
    seconds: Seconds = defaultdict(list)
    _time(kernels_decisions, "run_month", seconds)
    _time(kernels_decisions, "serve_queues", seconds)
    _time(model, "_begin_month", seconds)
    census.update_census = census.update_census.py_func  # type: ignore[attr-defined]  # so that its parts can be timed
    _time(census, "_count_population", seconds)
    _time(census, "_send_signals", seconds)
    counts = []
    for _ in range(MONTHS + 1):
        began = perf_counter()
        model.step()
        seconds["month"].append(perf_counter() - began)
        counts.append(_run_population_pass(model, seconds))
    print(json.dumps(_summary(seconds, counts, model), indent=2))


def _summary(seconds: Seconds, counts: list[tuple[int, int]], model: PermitModel) -> dict[str, float]:
    parts = {name: median(times[1:]) / FULL * 1e9 for name, times in seconds.items()}
    deciding, moving = np.mean(counts, axis=0) / FULL
    return {
        "month": round(parts["month"], 1),
        "population_pass": round(parts["population_pass"], 1),
        "decision_pass": round(parts["run_month"] - parts["population_pass"], 1),
        "counting": round(parts["_count_population"], 1),
        "signals": round(parts["_send_signals"], 1),
        "conditions": round(parts["_begin_month"], 1),
        "service_centres": round(parts["serve_queues"], 1),
        "may_decide": round(float(deciding), 4),
        "arrive_or_depart": round(float(moving), 4),
    } | _loops(model)


def _time(where: Any, name: str, seconds: Seconds) -> None:
    timed: Callable[..., Any] = getattr(where, name)

    def with_clock(*given: Any) -> Any:
        began = perf_counter()
        result = timed(*given)
        seconds[name].append(perf_counter() - began)
        return result

    setattr(where, name, with_clock)


def _run_population_pass(model: PermitModel, seconds: Seconds) -> tuple[int, int]:
    """Run the population pass of the next month; return the numbers of candidates and of arrivals or departures."""
    month, migrants = model._begin_month(), model.state.migrants.copy()
    scratch = new_scratch(len(model.world.traits))
    began = perf_counter()
    counts: tuple[int, int] = _population(
        month.before, month.population, model.world, migrants, month.contact_counts, month.conditions, scratch
    )
    seconds["population_pass"].append(perf_counter() - began)
    return counts


@njit(nogil=True, error_model="numpy", _nrt=False)  # type: ignore[call-overload,untyped-decorator]
def _population(
    before: int,
    population: int,
    world: Any,
    migrants: Any,
    contact_counts: NDArray[np.uint16],
    conditions: Any,
    scratch: Scratch,
) -> tuple[int, int]:
    deciding, moving = 0, 0
    for street in range(len(world.first) - 1):
        tables = street_month(street, before, population, world, conditions, scratch.by_profile)
        for low in range(world.first[street], world.first[street + 1], BLOCK):
            high = min(low + BLOCK, world.first[street + 1])
            population_pass(low, high, migrants, contact_counts, tables, scratch)
            deciding += find_places(scratch.candidates, high - low, scratch.places)
            moving += find_places(scratch.exits, high - low, scratch.places)
    return deciding, moving


def _loops(model: PermitModel) -> dict[str, float]:
    """Measure single loops on a block of migrants that stays in the first-level cache."""
    person = model.state.migrants.person[:BLOCK].copy()
    profile = model.state.migrants.profile[:BLOCK].copy()
    numbers = np.zeros((3, BLOCK))
    start = model.month.conditions.streams.events
    return {
        "one_word_of_three_draws": round(_of_loop(_draw, start, person, *numbers), 2),
        "one_look_up": round(_of_loop(census_lookup, profile, model.world.move, numbers[0]), 2),
        "one_loop_that_does_nothing": round(_of_loop(_nothing, person), 2),
    }


def _of_loop(loop: Callable[..., Any], *given: Any) -> float:
    loop(*given)
    times = []
    for _ in range(REPEATED):
        began = perf_counter()
        loop(*given)
        times.append(perf_counter() - began)
    return median(times) / BLOCK * 1e9


@njit(nogil=True, error_model="numpy", _nrt=False)  # type: ignore[call-overload,untyped-decorator]
def _draw(
    start: np.uint64, person: NDArray[np.int64], one: NDArray[Any], two: NDArray[Any], three: NDArray[Any]
) -> None:
    for i in range(len(person)):
        one[i], two[i], three[i] = uniforms(start, person[i])


@njit(nogil=True, error_model="numpy", _nrt=False)  # type: ignore[call-overload,untyped-decorator]
def _nothing(person: NDArray[np.int64]) -> None:
    person[0] += 0


if __name__ == "__main__":
    main()
