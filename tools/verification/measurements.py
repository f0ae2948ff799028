"""Measurements for the verification page: deviations from closed forms, stress tests, assignments to agents."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from scipy import stats

from takeup import PermitModel
from takeup.analysis.stress import run_stress_tests
from takeup.district import load_district
from takeup.simulation import ENGINES
from tests.simulation import bounds
from tests.simulation.assignments import ASSIGNMENTS, Assignment, check_assignments
from tests.simulation.districts import with_three_streets

REPOSITORY: Final = Path(__file__).resolve().parents[2]
FIGURES: Final = REPOSITORY / "docs" / "verification"
_CLOSED_FORMS: Final = REPOSITORY / "tests" / "simulation" / "test_closed_forms.py"
_DISTRICTS: Final = ("liwan", "template")
_AGENTS: Final = 4_000
_ASSIGNED_AGENTS: Final = 60
_ASSIGNED_UNTIL: Final = "2011-09"
_ASSIGNMENT_CASES: Final = 10_000
_REPORTED: Final = 500


class _Watch:
    """A pytest plugin that records the deviation of each comparison in a test from its expectation."""

    def __init__(self) -> None:
        self.now, self.failed = "", 0
        self.deviations: defaultdict[str, list[float]] = defaultdict(list)
        self.probabilities: defaultdict[str, list[float]] = defaultdict(list)
        self.exact: defaultdict[str, list[float]] = defaultdict(list)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.now = item.name
        self.deviations.setdefault(self.now, [])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed += report.failed


def measure_closed_forms() -> None:
    """Run the tests of closed forms and write their deviations to closed_forms.toml.

    Raises:
        RuntimeError: a test failed.
    """
    watch = _Watch()
    count, chisquare, close = bounds.assert_count, stats.chisquare, np.testing.assert_allclose

    def counted(observed: float, expected: float, variance: float, what: str) -> None:
        watch.deviations[watch.now].append(abs(observed - expected) / sqrt(variance))
        count(observed, expected, variance, what)

    def fitted(*values: Any) -> Any:
        fit = chisquare(*values)
        watch.probabilities[watch.now].append(float(fit.pvalue))
        return fit

    def exact(actual: Any, desired: Any, *bounds_of: Any, **named: Any) -> None:
        scale = np.maximum(np.abs(np.asarray(desired, dtype=float)), np.finfo(float).tiny)
        off = np.abs(np.asarray(actual, dtype=float) - desired)
        watch.exact[watch.now].append(float((off if named.get("atol") else off / scale).max()))
        close(actual, desired, *bounds_of, **named)

    bounds.assert_count, stats.chisquare, np.testing.assert_allclose = counted, fitted, exact
    sys.modules.pop("tests.simulation.test_closed_forms", None)
    try:
        status = pytest.main(["-q", "-p", "no:cacheprovider", "-o", "addopts=", str(_CLOSED_FORMS)], plugins=[watch])
    finally:
        bounds.assert_count, stats.chisquare, np.testing.assert_allclose = count, chisquare, close
    if status != 0 or watch.failed:
        raise RuntimeError("a test of a closed form failed")
    lines = [_head("make verification")]
    for name in watch.deviations:
        lines += ["", "[[test]]", f'name = "{name}"']
        for key, statistics, most in (
            ("sigmas", watch.deviations, max), ("least_p", watch.probabilities, min), ("off", watch.exact, max)
        ):  # fmt: skip
            if statistics[name]:
                lines += [f"{key} = {most(statistics[name]):.3g}", f"{key}_of = {len(statistics[name])}"]
    _write("closed_forms.toml", lines)


def measure_stress() -> None:
    """Run the stress tests of the shipped districts and write the numbers of passed cases to stress.toml."""
    lines = [_head("make verification"), f"agents = {_AGENTS}"]
    for name in _DISTRICTS:
        report = run_stress_tests(load_district(name), _AGENTS, 1, lambda _: None)
        months = sum(each.months for each in report.results)
        lines += ["", "[[district]]", f'name = "{name}"', f"tried = {len(report.results)}",
                  f"held = {len(report.results) - len(report.failed)}", f"months = {months}"]  # fmt: skip
    _write("stress.toml", lines)


def measure_assignments(cases: int = _ASSIGNMENT_CASES) -> None:
    """Assign random values to attributes of agents in both engines, and write the numbers to assignments.toml.

    Args:
        cases: number of lists of assignments, each followed by three months in both engines.

    Raises:
        AssertionError: the engines differ after a list of assignments.
    """
    district = with_three_streets(load_district("template"))
    histories = [PermitModel(district, agents=_ASSIGNED_AGENTS, rng=3, engine=engine) for engine in ENGINES]
    for history in histories:
        history.run_until("2011-06")
    outcomes, cases_run, begun = Counter[str](), 0, time.monotonic()

    @settings(
        max_examples=cases, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(assignments=ASSIGNMENTS)
    def check(assignments: list[Assignment]) -> None:
        nonlocal outcomes, cases_run
        outcomes += check_assignments(histories, assignments, _ASSIGNED_UNTIL)
        cases_run += 1
        if cases_run % _REPORTED == 0:
            print(f"{cases_run:,} cases, {dict(outcomes)}", flush=True)

    check()
    _write(
        "assignments.toml",
        [
            _head("make assignments"),
            f"agents = {_ASSIGNED_AGENTS}",
            f"cases = {cases_run}",
            f"accepted = {outcomes['accepted']}",
            f"refused = {outcomes['refused']}",
            f"seconds = {time.monotonic() - begun:.0f}",
        ],
    )


def _head(tool: str) -> str:
    return f'# Written by `{tool}`; do not edit.\ndate = "{datetime.now(UTC):%Y-%m-%d}"'


def _write(name: str, lines: list[str]) -> None:
    FIGURES.mkdir(exist_ok=True)
    (FIGURES / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
