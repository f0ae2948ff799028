"""A pool of workers that may die: each job is done once, whatever happens on the way.

Only a few jobs are under way at a time, so that memory does not grow with their number. When a worker dies, the pool
is built anew and what it was doing is tried again one by one, until it is plain which job kills its worker; that one
is given up after three times.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any, Generic, NamedTuple, TypeVar

from takeup.errors import InputError, RunError
from takeup.experiment.executors import Crew, crew_of

MOST_KILLS = 3
_AHEAD = 2
"""Jobs under way, a worker: one being done and one that waits."""
_LOOK_SECONDS = 0.2

Payload = TypeVar("Payload")


class Job(NamedTuple, Generic[Payload]):
    """A task by its stable key, with what the work needs to be done."""

    key: str
    payload: Payload


class WorkerDiedError(RunError):
    """A job was given up, for it kills its worker."""

    def __init__(self) -> None:
        super().__init__(f"its worker died {MOST_KILLS} times")


class Pool(Generic[Payload]):
    """Workers, and what is known of the jobs they have.

    Args:
        work: a function of a module, called with a job's payload.
        jobs: in any number; taken one by one.
        ended: called with a job and its result, or the error it ended with.
        workers: processes.
        cluster: a Dask scheduler's address to use instead.
        look: called every now and then.
    """

    def __init__(
        self,
        work: Callable[[Payload], Any],
        jobs: Iterator[Job[Payload]],
        ended: Callable[[Job[Payload], Any, BaseException | None], None],
        workers: int,
        cluster: str | None,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        self._work, self._jobs, self._ended, self._look = work, jobs, ended, look
        self._workers, self._cluster = workers, cluster
        self._suspects: deque[Job[Payload]] = deque()
        self._kills: Counter[str] = Counter()
        self._is_trying = False
        self._running: dict[Future[Any], Job[Payload]] = {}

    def run(self) -> None:
        """Do all jobs.

        Raises:
            RunError: the cluster is gone.
        """
        crew = crew_of(self._workers, self._cluster)
        try:
            while True:
                is_broken = self._fill(crew)
                if not (is_broken or self._running):
                    return
                done = wait(self._running, _LOOK_SECONDS, FIRST_COMPLETED).done if self._running else set()
                is_broken |= self._settle(done)
                self._look()
                if is_broken:
                    crew.stop()
                    crew = self._another()
        finally:
            crew.stop()

    def _another(self) -> Crew:
        try:
            return crew_of(self._workers, self._cluster)
        except InputError:
            raise RunError(f"{self._cluster}: the scheduler is gone; what is done is kept") from None

    def _fill(self, crew: Crew) -> bool:
        """Submit what there is room for, suspects one at a time; whether the pool turned out to be broken."""
        while self._has_room(crew):
            self._is_trying = bool(self._suspects)
            job = self._suspects.popleft() if self._suspects else next(self._jobs, None)
            if job is None:
                return False
            try:
                self._running[crew.submit(self._work, job.payload)] = job
            except BrokenExecutor:
                self._suspects.append(job)
                self._after_a_death()
                return True
        return False

    def _has_room(self, crew: Crew) -> bool:
        """A suspect is tried when nothing else is under way, and nothing else until it has ended."""
        if self._suspects or self._is_trying:
            return not self._running
        return len(self._running) < crew.size * _AHEAD

    def _settle(self, done: set[Future[Any]]) -> bool:
        """See to what has ended; whether the pool is broken."""
        for future in done:
            if future.cancelled():  # by a cluster that was lost
                self._suspects.extend(self._running.values())
                self._running.clear()
                return True
            error = future.exception()
            if isinstance(error, BrokenExecutor):
                self._after_a_death()
                return True
            job = self._running.pop(future)
            if type(error).__name__ == "KilledWorker":  # Dask's, which has tried several times itself
                self._accuse(job, MOST_KILLS if self._kills[job.key] else 1)
            else:
                self._ended(job, None if error is not None else future.result(), error)
        return False

    def _after_a_death(self) -> None:
        """Keep what was finished; of the rest, whoever was alone is the one who kills its worker."""
        dead = []
        for future, job in self._running.items():
            if future.done() and future.exception() is None:
                self._ended(job, future.result(), None)
            else:
                dead.append(job)
        self._running.clear()
        for job in dead:
            self._accuse(job, int(len(dead) == 1))

    def _accuse(self, job: Job[Payload], kills: int) -> None:
        """Try a job again, alone, unless it has killed too often."""
        self._kills[job.key] += kills
        if self._kills[job.key] >= MOST_KILLS:
            self._ended(job, None, WorkerDiedError())
        else:
            self._suspects.append(job)
