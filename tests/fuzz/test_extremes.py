"""Every parameter at either end of what it can be at all: a result, or a refusal in one line."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import pytest

from takeup.district import load_district
from tools.fuzz.extremes import ENDS, ends, run_with
from tools.fuzz.readers import FEWEST, hamlet

_ENOUGH_FOR_LIWAN = 5_500


@pytest.mark.slow
@pytest.mark.parametrize("end", ENDS)
def test_a_parameter_at_its_end_is_simulated_or_refused_in_one_line(beside: ProcessPoolExecutor, end: str) -> None:
    cases = {name: values for name, values in ends() if name.endswith(f" {end}")}
    faults = {name: beside.submit(run_with, hamlet(), values, FEWEST).result() for name, values in cases.items()}
    assert {name: fault for name, fault in faults.items() if fault is not None} == {}


@pytest.mark.parametrize("end", ENDS)
def test_all_parameters_at_their_ends_can_be_simulated(beside: ProcessPoolExecutor, end: str) -> None:
    values = dict(ends())[f"all {end}"]
    assert beside.submit(run_with, load_district("liwan"), values, _ENOUGH_FOR_LIWAN).result() is None


def test_a_crash_would_be_noticed(beside: ProcessPoolExecutor) -> None:
    """A cost that is no number passes by what is checked here."""
    assert beside.submit(run_with, hamlet(), {"documents": float("nan")}, FEWEST).result() is not None
