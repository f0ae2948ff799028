"""Ordeals for workers to be tried with: functions of a module, so that workers can find them."""

from __future__ import annotations

import ctypes
from typing import Final

from takeup.analysis.stress import CaseResult, StressCase

CRASHES: Final = "crashes"


def dies_if_it_crashes(job: tuple[StressCase, int, int]) -> CaseResult:
    """Ends its process as a wrong place in memory does, if the case is called so."""
    if job[0].name == CRASHES:
        ctypes.string_at(0)
    return CaseResult(job[0], job[0].months, None)


def never_holds(job: tuple[StressCase, int, int]) -> CaseResult:
    """Finds a fault in the first month of all but those about saving."""
    case = job[0]
    return CaseResult(case, 1, None if case.kind == "saving" else "2010-01: two and two are five")
