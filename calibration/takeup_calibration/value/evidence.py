"""Living a plan, and the few numbers of each draw that the value of information is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from takeup.errors import InputError, RunError
from takeup.runs.journal import Entry, Journal
from takeup.runs.scheduler import sweep
from takeup_calibration.value.candidates import Candidate
from takeup_calibration.value.plan import FEWEST_DRAWS, Plan, live_branched

POINTS = "points"
POINTS_A_MILLION = "points per million yuan"
_MILLION = 1e6


class TooFewDrawsError(RunError):
    """So many draws failed that nothing can be said."""


@dataclass(frozen=True)
class Evidence:
    """What the draws say of a choice.

    Attributes:
        scenarios: names of the K to choose between.
        candidates: the C figures that could be collected.
        unit: of a scenario's benefit.
        benefits: (N, K) of each scenario under each draw.
        truths: (N, C) what each candidate would be without error.
        kinds: (N,) numbers that draws which are the same share.
        twice: (M,) draws that were lived a second time.
        again: (M, K) benefits of these, with other people and other luck.
        failed: draws that are left out.
        error: why the first of them is.
    """

    scenarios: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    unit: str
    benefits: NDArray[np.float64]
    truths: NDArray[np.float64]
    kinds: NDArray[np.int64]
    twice: NDArray[np.int64]
    again: NDArray[np.float64]
    failed: int = 0
    error: str | None = None


def gather(
    plan: Plan,
    journal: Journal,
    *,
    workers: int = 1,
    cluster: str | None = None,
    on_row: Callable[[int], None] = lambda _: None,
) -> Evidence:
    """Live what the journal does not hold yet, and take from it what is needed.

    Args:
        plan: what is to be lived.
        journal: of this plan and others.
        workers, cluster: see `sweep`.
        on_row: called with the number of rows done so far.

    Raises:
        InputError: a candidate with a sample is no share.
        TooFewDrawsError: next to no draw lived to the end.
    """
    jobs = [*plan.jobs, *plan.again]
    done = len({job.key for job in jobs} & journal.keys())
    on_row(done)

    def note(_: Entry) -> None:
        nonlocal done
        done += 1
        on_row(done)

    sweep(live_branched, jobs, journal, workers=workers, cluster=cluster, on_entry=note)
    return _evidence(plan, [journal.entry(job.key) for job in jobs])


def _evidence(plan: Plan, entries: list[Entry | None]) -> Evidence:
    names = [each.name for each in plan.scenarios]
    results = [None if entry is None else entry.result for entry in entries]
    effects = _table(results, names, "effects")
    costs = _table(results, names, "costs") / _MILLION
    dear = bool((costs[~np.isnan(costs)] > 0).all())
    benefits = effects / costs if dear else effects
    count = len(plan.draws)
    truths = np.array(
        [
            [np.nan if found is None else each.truth(found["windows"]) for each in plan.candidates]
            for found in results[:count]
        ]
    )
    _check_shares(plan.candidates, truths)
    kept = ~(np.isnan(benefits[:count]).any(axis=1) | np.isnan(truths).any(axis=1))
    error = _first_error(plan.candidates, entries[:count], truths)
    if len(set(np.array(plan.kinds)[kept].tolist())) < FEWEST_DRAWS:
        raise TooFewDrawsError(f"{count - int(kept.sum())} of {count} draws are left out, the first: {error}")
    again = benefits[count:]
    twice = np.flatnonzero(kept[: len(again)] & ~np.isnan(again).any(axis=1))
    return Evidence(
        tuple(names),
        plan.candidates,
        POINTS_A_MILLION if dear else POINTS,
        benefits[:count][kept],
        truths[kept],
        np.array(plan.kinds)[kept],
        (np.cumsum(kept) - 1)[twice],
        again[twice],
        count - int(kept.sum()),
        error,
    )


def _table(results: list[dict[str, dict[str, float]] | None], names: list[str], kind: str) -> NDArray[np.float64]:
    """(rows, scenarios) of one kind; NaN where a row failed."""
    return np.array([[np.nan if found is None else found[kind][name] for name in names] for found in results])


def _check_shares(candidates: tuple[Candidate, ...], truths: NDArray[np.float64]) -> None:
    for column, candidate in enumerate(candidates):
        known = truths[~np.isnan(truths[:, column]), column]
        wrong = known[(known < 0) | (known > 1)]
        if candidate.sample is not None and wrong.size:
            raise InputError(
                "a candidate with a sample is a share",
                key=f"{candidate.name}, expression",
                given=f"{candidate.expression.text}, which is {wrong[0]:.3g} under a draw",
                allowed="0 to 1",
            )


def _first_error(
    candidates: tuple[Candidate, ...], entries: list[Entry | None], truths: NDArray[np.float64]
) -> str | None:
    for entry, row in zip(entries, truths, strict=True):
        if entry is not None and entry.error is not None:
            return entry.error
        for candidate, truth in zip(candidates, row, strict=True):
            if np.isnan(truth):
                return f"{candidate.name} is divided by 0"
    return None
