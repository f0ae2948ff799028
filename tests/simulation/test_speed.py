"""Guards against a slow month, by counting instructions and by ratios; never by seconds."""

from __future__ import annotations

import platform
from collections.abc import Callable
from time import perf_counter
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from llvmlite import binding
from numba import njit
from numba.extending import is_jitted

from takeup import PermitModel
from takeup.simulation import census, kernels_decisions, kernels_month, kernels_population

MANY, SMALL, ROUNDS, MONTHS = 20_000, 2_000, 5, 20
LEAST_RATIO = 115
"""Of the time that a month of objects takes a person: about 150 on an idle machine, more on a busy one."""

USUAL, FULL = 24_000, 360_000
MOST_FIXED, MOST_TIMES_FULL = 0.3, 2.0
"""Of the month of a district of the usual size, the part that does not depend on the migrants: about 0.15 on an idle
machine. And how many times as much as one of full size it costs per migrant: about 1.
"""

PEOPLE = 2_048
F, B, U8, U16 = (np.zeros(PEOPLE, kind) for kind in (np.float64, np.bool_, np.uint8, np.uint16))
U32, I16, I32, I64 = (np.zeros(PEOPLE, kind) for kind in (np.uint32, np.int16, np.int32, np.int64))
WORD = np.uint64(1)
VECTORISED = "vector.body"
"""What LLVM calls the block in which it does several rounds of a loop at once."""
ONCE_PER_MONTH = {"serve_queues", "stable_order"}
"""Compiled functions that allocate arrays; the engine calls them once per month or street, not once per block."""
LOOPS: dict[Callable[..., Any], tuple[Any, ...]] = {
    kernels_population._draw_three: (I64, B, WORD, F, F, F),
    kernels_population._leave: (F, F, I16, B, 0.1, 60, U8),
    kernels_population._find_tenure_band: (U16, I16, U32),
    kernels_population._reside: (B, F, F, F, I16),
    kernels_population._receive_information: (F, F, F, B, 0.1, U8),
    kernels_population._learn: (U8, U8),
    kernels_population._update_trust: (B, F, 0.1, F),
    kernels_population._check_eligibility: (I16, I16, B, B, 6, B),
    kernels_population._act: (B, B, U8, B),
    census._compute_codes: (B, U16, U8, U8, I16, I16, B, B, 6, I32),
}


def _compiled_of(module: ModuleType) -> list[Any]:
    return [each for each in vars(module).values() if is_jitted(each) and each.__module__ == module.__name__]


@pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"} or not binding.get_host_cpu_features().get("avx2"),
    reason="whether it pays to do several at once is the processor's affair; looked for on one with AVX2",
)
@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__.strip("_"))
def test_everyones_loops_do_several_people_at_once(loop: Any) -> None:
    """A branch, a table looked up on the way, a second column written, or a signed index is enough to lose it."""
    assert VECTORISED in _compiled_to(loop, LOOPS[loop])


def test_a_loop_that_is_not_vectorised_is_recognised() -> None:
    actual = np.zeros(len(I32) + 1, np.int64)
    assert VECTORISED not in _compiled_to(census._find_differences, (I32, I32, actual, B, F, 0.0))


def _compiled_to(loop: Any, arguments: tuple[Any, ...]) -> str:
    """What LLVM makes of it."""
    anew = njit(nogil=True, error_model="numpy")(loop.py_func)
    anew(*arguments)
    (module,) = anew.inspect_llvm().values()
    return str(module)


@pytest.mark.parametrize(
    "loop",
    [
        kernels_month.run_streets,
        *_compiled_of(kernels_population),
        *(loop for loop in _compiled_of(kernels_decisions) if loop.__name__ not in ONCE_PER_MONTH),
    ],
    ids=lambda loop: loop.__name__.strip("_"),
)
def test_a_month_does_not_count_who_refers_to_an_array(loop: Any) -> None:
    """Beside dozens of small loops a block, counting references is what costs most."""
    assert loop.targetoptions["_nrt"] is False


def test_a_compiled_month_costs_a_small_part_of_a_month_of_objects() -> None:
    """The two take turns; the quickest month of each, which nobody else disturbed.

    One of objects takes longer and is disturbed more easily: if anything, a busy machine makes the ratio larger.
    """
    compiled = PermitModel("template", agents=MANY, rng=1)
    objects = PermitModel("template", agents=SMALL, rng=1, engine="objects")
    for model in (compiled, objects):
        model.run_until("2010-03")
    rounds = [([_seconds(objects)], [_seconds(compiled) for _ in range(MONTHS)]) for _ in range(ROUNDS)]
    by_objects, by_compiled = (min(min(each[kind]) for each in rounds) for kind in (0, 1))
    assert by_objects / SMALL / (by_compiled / MANY) >= LEAST_RATIO


def test_a_small_district_costs_hardly_more_per_migrant_than_a_large_one() -> None:
    """Years take turns; the quickest year of each size, which nobody else disturbed."""
    models = {size: PermitModel("template", agents=size, rng=1) for size in (SMALL, USUAL, FULL)}
    for model in models.values():
        model.run_until("2012-12")
    rounds = [{size: _seconds(model, 12) for size, model in models.items()} for _ in range(ROUNDS)]
    small, usual, full = (min(each[size] for each in rounds) for size in models)
    fixed = small - SMALL * (usual - small) / (USUAL - SMALL)
    assert fixed / usual <= MOST_FIXED
    assert (usual / USUAL) / (full / FULL) <= MOST_TIMES_FULL


def _seconds(model: PermitModel, months: int = 1) -> float:
    began = perf_counter()
    model.run_until(model.state.month + months)
    return perf_counter() - began
