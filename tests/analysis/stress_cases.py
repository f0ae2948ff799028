"""Checks of stress cases for worker processes, which need functions of a module."""

from __future__ import annotations

import ctypes
from typing import Final

from takeup.analysis.stress import CaseResult, StressCase

CRASHES: Final = "crashes"


def dies_if_it_crashes(job: tuple[StressCase, int, int]) -> CaseResult:
    """End the process like a memory error if the case has the name of a crash."""
    if job[0].name == CRASHES:
        ctypes.string_at(0)
    return CaseResult(job[0], job[0].months, None)


def never_holds(job: tuple[StressCase, int, int]) -> CaseResult:
    """Report a fault in the first month of every case except those about saving."""
    case = job[0]
    return CaseResult(case, 1, None if case.kind == "saving" else "2010-01: two and two are five")
