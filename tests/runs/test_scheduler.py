"""Jobs that kill their worker are given up, and all other jobs end; with a simulated executor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from threading import Timer
from typing import Any

import pytest

from takeup.runs import scheduler
from takeup.runs.scheduler import Job, Scheduler, WorkerDiedError
from tests.runs import worker_functions

KILLERS = frozenset(range(1, 30, 3))


class KilledWorker(Exception):  # noqa: N818  (Dask's name)
    """As a Dask scheduler tells it."""


class FakeExecutor:
    """Two workers that do harmless work in a moment.

    Args:
        is_cluster: whether it goes on after a death, as Dask's workers do, or is broken by it, as local processes.
    """

    size = 2
    most = 0

    def __init__(self, is_cluster: bool) -> None:
        self.is_cluster, self.is_broken = is_cluster, False
        self.under_way: list[Future[Any]] = []

    def submit(self, work: Callable[[Any], Any], payload: Any) -> Future[Any]:
        if self.is_broken:
            raise BrokenProcessPool
        future: Future[Any] = Future()
        self.under_way = [each for each in (*self.under_way, future) if not each.done()]
        FakeExecutor.most = max(FakeExecutor.most, len(self.under_way))
        if payload in KILLERS:
            self.is_broken = not self.is_cluster
            for each in self.under_way:
                _end(
                    each, lambda each: each.set_exception(KilledWorker() if self.is_cluster else BrokenProcessPool())
                )
        else:
            Timer(0.01, lambda: _end(future, lambda each: each.set_result(work(payload)))).start()
        return future

    def stop(self) -> None:
        """It has nothing to let go of."""


def _end(future: Future[Any], how: Callable[[Future[Any]], None]) -> None:
    if not future.done():
        how(future)


@pytest.mark.parametrize("is_cluster", [False, True], ids=["processes", "cluster"])
def test_jobs_that_kill_their_worker_are_given_up_and_their_neighbours_are_not(
    is_cluster: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "make_executor", lambda _workers, _cluster, in_threads: FakeExecutor(is_cluster))
    results: dict[int, Any] = {}

    def ended(job: Job[int], result: Any, error: BaseException | None) -> None:
        assert job.payload not in results, "once"
        results[job.payload] = result if error is None else error

    Scheduler(abs, (Job(str(number), number) for number in range(30)), ended, 2, None).run()
    assert set(results) == set(range(30))
    assert {number for number, result in results.items() if isinstance(result, WorkerDiedError)} == KILLERS
    assert all(results[number] == number for number in set(results) - KILLERS)
    assert 1 < FakeExecutor.most <= 4


def test_workers_do_not_hear_ctrl_c_and_their_parent_does() -> None:
    """Those too that take the place of one that died."""
    results: list[Any] = []
    jobs = iter([Job(str(number), number) for number in range(8)])
    Scheduler(worker_functions.is_interruptible, jobs, lambda _, result, error: results.append(result), 2, None).run()
    jobs = iter([Job("a killer", worker_functions.POISON), *(Job(str(number), number) for number in range(6))])
    Scheduler(
        worker_functions.treacherous_or_is_interruptible,
        jobs,
        lambda _, result, error: results.append((result, error)),
        2,
        None,
    ).run()
    assert results[:8] == [False] * 8
    assert [each for each in results[8:] if each[1] is None] == [(False, None)] * 6
    assert worker_functions.is_interruptible(0)
