"""Where a month's time goes, as JSON: nanoseconds a migrant-month of each part, compiled engine, full size.

The model lives on while its own functions are timed. What everyone meets is lived once more beside it, on a copy, by
itself; what then is left of `live` is what the few decide, and who comes and goes.
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
from takeup.simulation.kernels_decisions import street_bounds
from takeup.simulation.kernels_population import Scratch, max_consideration_rates, new_scratch, population_pass
from takeup.simulation.state import BLOCK

FULL, MONTHS, REPEATED = 360_000, 40, 300
Seconds = dict[str, list[float]]


def main() -> None:
    """Measure, and print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    model = PermitModel("template", agents=FULL, rng=1)
    model.run_until("2013-12")
    seconds: Seconds = defaultdict(list)
    _time(kernels_decisions, "live", seconds)
    _time(kernels_decisions, "serve", seconds)
    _time(model, "_conditions", seconds)
    census.update_census = census.update_census.py_func  # type: ignore[attr-defined]  # so that its two parts can be timed
    _time(census, "_count_everyone", seconds)
    _time(census, "_speak", seconds)
    few = []
    for _ in range(MONTHS + 1):
        began = perf_counter()
        model.step()
        seconds["month"].append(perf_counter() - began)
        few.append(_live_alike(model, seconds))
    print(json.dumps(_told(seconds, few, model), indent=2))


def _told(seconds: Seconds, few: list[tuple[int, int]], model: PermitModel) -> dict[str, float]:
    parts = {name: median(times[1:]) / FULL * 1e9 for name, times in seconds.items()}
    deciding, moving = np.mean(few, axis=0) / FULL
    return {
        "month": round(parts["month"], 1),
        "everyone": round(parts["everyone"], 1),
        "few": round(parts["live"] - parts["everyone"], 1),
        "counting": round(parts["_count_everyone"], 1),
        "telling": round(parts["_speak"], 1),
        "conditions": round(parts["_conditions"], 1),
        "serving": round(parts["serve"], 1),
        "may_decide": round(float(deciding), 4),
        "come_or_go": round(float(moving), 4),
    } | _loops(model)


def _time(where: Any, name: str, seconds: Seconds) -> None:
    timed: Callable[..., Any] = getattr(where, name)

    def with_clock(*given: Any) -> Any:
        began = perf_counter()
        found = timed(*given)
        seconds[name].append(perf_counter() - began)
        return found

    setattr(where, name, with_clock)


def _live_alike(model: PermitModel, seconds: Seconds) -> tuple[int, int]:
    """How many may decide something, and how many come or go, in the month that would be next."""
    month, people = model._conditions(), model.state.migrants.copy()
    block = new_scratch(len(model.world.kinds))
    began = perf_counter()
    few: tuple[int, int] = _everyone(
        month.before, month.population, model.world, people, month.heard, month.conditions, block
    )
    seconds["everyone"].append(perf_counter() - began)
    return few


@njit(nogil=True, error_model="numpy", _nrt=False)  # type: ignore[call-overload,untyped-decorator]
def _everyone(
    before: int, population: int, world: Any, migrants: Any, voices: NDArray[np.uint16], now: Any, block: Scratch
) -> tuple[int, int]:
    deciding, moving = 0, 0
    for street in range(len(world.first) - 1):
        to_apply, to_endorse_late = max_consideration_rates(now.cells[street])
        for profile in range(len(block.by_profile)):
            block.by_profile[profile] = now.register[world.kinds[profile].housing, street]
        for low in range(world.first[street], world.first[street + 1], BLOCK):
            high = min(low + BLOCK, world.first[street + 1])
            population_pass(
                low, high, before, population, world.rank, migrants, voices, now.luck.living, now.luck.acting,
                world.leave.reshape(-1), world.move, block.by_profile, now.reached[street], now.silence, world.owned,
                now.delivered, to_apply, to_endorse_late, now.terms[0], block,
            )  # fmt: skip
            deciding += street_bounds(block.wonders, high - low, block.found)
            moving += street_bounds(block.goes, high - low, block.found)
    return deciding, moving


def _loops(model: PermitModel) -> dict[str, float]:
    """One loop of each kind by itself, on a block that stays in the nearest cache."""
    person = model.state.migrants.person[:BLOCK].copy()
    profile = model.state.migrants.profile[:BLOCK].copy()
    numbers = np.zeros((3, BLOCK))
    start = model.month.conditions.luck.living
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
