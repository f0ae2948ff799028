"""A sweep: any number of tasks, each done once, whatever happens on the way.

Only a few tasks are under way at a time, so that memory does not grow with their number. When a worker dies, its pool
is built anew and what it was doing is tried again one by one, until it is plain which task kills its worker; that one
is given up after three times.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from typing import Any, Generic, NamedTuple, TypeVar

from takeup.experiment.executors import executor_of, stop
from takeup.experiment.journal import Entry, Journal

MOST_KILLS = 3
_AHEAD = 2
"""Tasks under way, a worker: one being done and one that waits."""

Payload = TypeVar("Payload")


class Job(NamedTuple, Generic[Payload]):
    """A task by its stable key, with what the work needs to be done."""

    key: str
    payload: Payload


def sweep(
    work: Callable[[Payload], Any],
    jobs: Iterable[Job[Payload]],
    journal: Journal,
    *,
    workers: int = 1,
    cluster: str | None = None,
    on_entry: Callable[[Entry], None] = lambda _: None,
) -> None:
    """Do all jobs that the journal does not hold yet, and write each down as it ends.

    Args:
        work: a function of a module, called with a job's payload; what it returns must be fit for JSON.
        jobs: in any number; taken one by one.
        journal: of this sweep.
        workers: processes; 1: in this one.
        cluster: a Dask scheduler's address to use instead.
        on_entry: called with every entry that is written.

    Raises:
        JournalError: an entry could not be written; those before are kept.
    """
    done = journal.keys()
    waiting = (job for job in jobs if job.key not in done)

    def note(entry: Entry) -> None:
        journal.add(entry)
        on_entry(entry)

    if workers == 1 and cluster is None:
        for job in waiting:
            note(_entry(job, work))
        return
    _Pool(work, waiting, note, workers, cluster).run()


class _Pool(Generic[Payload]):
    """Workers that may die, and what is known of the jobs they had."""

    def __init__(
        self,
        work: Callable[[Payload], Any],
        waiting: Iterator[Job[Payload]],
        note: Callable[[Entry], None],
        workers: int,
        cluster: str | None,
    ) -> None:
        self._work, self._waiting, self._note = work, waiting, note
        self._workers, self._cluster = workers, cluster
        self._suspects: deque[Job[Payload]] = deque()
        self._kills: Counter[str] = Counter()
        self._running: dict[Future[Any], Job[Payload]] = {}

    def run(self) -> None:
        executor = executor_of(self._workers, self._cluster)
        try:
            while self._fill(executor):
                finished = wait(self._running, return_when=FIRST_COMPLETED).done if self._running else set()
                if self._settle(finished) or not finished:
                    stop(executor)
                    executor = executor_of(self._workers, self._cluster)
        finally:
            stop(executor)

    def _fill(self, executor: Executor) -> bool:
        """Submit what there is room for; whether anything is left to do. Suspects go one at a time."""
        room = 1 if self._suspects else self._workers * _AHEAD
        while len(self._running) < room:
            job = self._suspects.popleft() if self._suspects else next(self._waiting, None)
            if job is None:
                break
            try:
                self._running[executor.submit(self._work, job.payload)] = job
            except BrokenExecutor:
                self._suspects.append(job)
            if self._suspects:
                break
        return bool(self._running or self._suspects)

    def _settle(self, finished: set[Future[Any]]) -> bool:
        """Note what has ended; whether the pool is broken."""
        for future in finished:
            error = future.exception()
            if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
                self._after_a_death()
                return True
            job = self._running.pop(future)
            if error is not None:
                self._note(Entry(job.key, None, _told(error)))
            else:
                self._note(Entry(job.key, future.result(), None))
        return False

    def _after_a_death(self) -> None:
        """Keep what was finished; of the rest, whoever was alone is the one who kills its worker."""
        dead = []
        for future, job in self._running.items():
            if future.done() and future.exception() is None:
                self._note(Entry(job.key, future.result(), None))
            else:
                dead.append(job)
        self._running.clear()
        for job in dead:
            self._kills[job.key] += len(dead) == 1
            if self._kills[job.key] >= MOST_KILLS:
                self._note(Entry(job.key, None, f"its worker died {MOST_KILLS} times"))
            else:
                self._suspects.append(job)


def _entry(job: Job[Payload], work: Callable[[Payload], Any]) -> Entry:
    """A failed job is an entry with its error, not the end of the sweep."""
    try:
        return Entry(job.key, work(job.payload), None)
    except Exception as error:
        return Entry(job.key, None, _told(error))


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
