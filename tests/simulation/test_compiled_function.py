"""Functions of compiled code become machine code only as a part of the functions that Python calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
import pytest
from numba.core.codegen import JITCodeLibrary
from numpy.typing import NDArray

from takeup.compiled_function import CompiledFunction

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function without a cache on disk."""
    return cast("Callable[P, R]", CompiledFunction(function, creates_arrays=True))


@pytest.fixture
def translated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the functions that are translated to machine code from now on."""
    names: list[str] = []
    translate = JITCodeLibrary._finalize_specific

    def record(library: Any) -> None:
        names.append(library.name)
        translate(library)

    monkeypatch.setattr(JITCodeLibrary, "_finalize_specific", record)
    return names


def test_only_the_function_that_python_calls_is_translated_to_machine_code(translated: list[str]) -> None:
    @compiled
    def square(number: float) -> float:
        return number * number

    @compiled
    def sum_of_squares(numbers: NDArray[Any]) -> float:
        total = 0.0
        for number in numbers:
            total += square(number)
        return total

    assert sum_of_squares(np.array([1.0, 2.0, 3.0])) == 14.0
    assert sum(name.endswith(("square", "sum_of_squares")) for name in translated) == 1
    assert square(3.0) == 9.0  # a call from Python translates it
    assert sum(name.endswith(("square", "sum_of_squares")) for name in translated) == 2


def test_a_function_is_compiled_once_per_type_of_its_arguments() -> None:
    @compiled
    def double(number: float) -> float:
        return number + number

    @compiled
    def doubles(whole: int, real: float) -> tuple[int, float]:
        return double(whole), double(double(real))

    assert doubles(2, 0.25) == (4, 1.0)
    assert len(double._variant.overloads) == 2


def test_a_function_of_compiled_code_may_create_arrays_and_raise_errors() -> None:
    @compiled
    def halves(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        if len(numbers) == 0:
            raise ValueError("no numbers")
        return numbers / 2

    @compiled
    def sum_of_halves(numbers: NDArray[Any]) -> float:
        return float(halves(numbers).sum())

    assert sum_of_halves(np.array([1.0, 2.0])) == 1.5
    with pytest.raises(ValueError, match="no numbers"):
        sum_of_halves(np.empty(0))
