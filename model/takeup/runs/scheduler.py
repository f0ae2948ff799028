"""A pool of workers that may die: each job is done once, whatever happens on the way.

Only a few jobs are under way at a time, so that memory does not grow with their number. When a worker dies, the pool
is built anew and what it was doing is tried again one by one, until it is plain which job kills its worker; that one
is given up after three times.

A sweep: any number of jobs, each done once and written down as it ends.

Running tasks: here, in processes beside this one, or on a cluster.
"""

from __future__ import annotations

import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from takeup.errors import InputError, RunError
from takeup.runs.executors import Executor, make_executor
from takeup.runs.journal import Entry, Journal
from takeup.runs.task import RunResult, Task, deserialise, run_task, serialise, task_key

MAX_WORKER_DEATHS = 3
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
        super().__init__(f"its worker died {MAX_WORKER_DEATHS} times")


class Scheduler(Generic[Payload]):
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
        crew = make_executor(self._workers, self._cluster)
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

    def _another(self) -> Executor:
        try:
            return make_executor(self._workers, self._cluster)
        except InputError:
            raise RunError(f"{self._cluster}: the scheduler is gone; what is done is kept") from None

    def _fill(self, crew: Executor) -> bool:
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

    def _has_room(self, crew: Executor) -> bool:
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
                self._accuse(job, MAX_WORKER_DEATHS if self._kills[job.key] else 1)
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
        if self._kills[job.key] >= MAX_WORKER_DEATHS:
            self._ended(job, None, WorkerDiedError())
        else:
            self._suspects.append(job)


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

    Neither the jobs nor their results are held in memory: jobs are taken one by one, and only a few are under way.

    Args:
        work: a function of a module, called with a job's payload; what it returns must be fit for JSON.
        jobs: in any number.
        journal: of this sweep.
        workers: processes; 1: in this one.
        cluster: a Dask scheduler's address to use instead.
        on_entry: called with every entry that is written.

    Raises:
        JournalError: an entry could not be written; those before are kept.
        RunError: the cluster is gone; what was written before is kept.
    """
    waiting = (job for job in jobs if job.key not in journal)

    def ended(job: Job[Payload], result: Any, error: BaseException | None) -> None:
        entry = Entry(job.key, result, None if error is None else _told(error))
        journal.add(entry)
        on_entry(entry)

    if workers == 1 and cluster is None:
        for job in waiting:
            ended(job, *_tried(work, job))
        return
    Scheduler(work, waiting, ended, workers, cluster).run()


def _tried(work: Callable[[Payload], Any], job: Job[Payload]) -> tuple[Any, Exception | None]:
    """A failed job is an entry with its error, not the end of the sweep."""
    try:
        return work(job.payload), None
    except Exception as error:
        return None, error


def _told(error: BaseException) -> str:
    return str(error) if isinstance(error, WorkerDiedError) else f"{type(error).__name__}: {error}"


Ticked = tuple[Task, str]
"""A task, and the file that its worker writes a byte to every month."""
Ended = Callable[[Job[Ticked], list[RunResult] | None, BaseException | None], None]


def run_tasks(
    tasks: list[Task],
    workers: int = 1,
    cluster: str | None = None,
    on_month: Callable[[int], None] = lambda _: None,
    journal: Journal | None = None,
) -> list[list[RunResult]]:
    """Live every task.

    Args:
        tasks: in whatever order the results are wanted.
        workers: processes; 1: in this one.
        cluster: the address of a Dask scheduler to use instead.
        on_month: called now and then with the number of months lived so far, over all tasks.
        journal: where each task is written down as it ends, and read from if it has been lived before.

    Returns:
        What each task left behind, in the order of the tasks: it depends neither on workers nor on which was faster.

    Raises:
        InputError: the district's files or the code are not those that a task was made with.
        RunError: a task failed, after the others were lived; or the cluster is gone.
    """
    found = _found(tasks, journal)
    failed: dict[int, BaseException] = {}
    before = sum(tasks[number].months for number in found)
    if before:
        on_month(before)

    def ended(job: Job[Ticked], lived: list[RunResult] | None, error: BaseException | None) -> None:
        number = int(job.key)
        if lived is not None:
            found[number] = lived
        else:
            failed[number] = error or RunError("it left nothing")
        if journal is not None:
            told = None if lived is not None else _describe_failure(failed[number])
            journal.add(Entry(task_key(tasks[number]), None if lived is None else serialise(lived), told))

    with tempfile.TemporaryDirectory(prefix="takeup-") as folder:
        jobs = [
            Job(str(number), (task, f"{folder}/{number}")) for number, task in enumerate(tasks) if number not in found
        ]

        def look() -> None:
            files = [Path(job.payload[1]) for job in jobs]
            on_month(before + sum(file.stat().st_size for file in files if file.exists()))

        if workers == 1 and cluster is None:
            _here(jobs, ended, before, on_month)
        elif jobs:
            warm_up_compilation(tasks[0])
            Scheduler(_ticking, iter(jobs), ended, workers, cluster, look).run()
    if failed:
        raise _failure(tasks, failed, is_kept=journal is not None)
    return [found[number] for number in range(len(tasks))]


def warm_up_compilation(task: Task) -> None:
    """Compile what every worker would have to compile, by living a task of the same kind that takes no time."""
    small = replace(task, agents=min(task.agents, 4_000), scenarios=task.scenarios[:1], until=task.start, people=None)
    run_task(small, lambda: None)


def _found(tasks: list[Task], journal: Journal | None) -> dict[int, list[RunResult]]:
    """What stands in the journal, by the task's number."""
    if journal is None:
        return {}
    results = ((number, journal.result(task_key(task))) for number, task in enumerate(tasks))
    return {number: deserialise(result) for number, result in results if result is not None}


def _here(jobs: list[Job[Ticked]], ended: Ended, before: int, on_month: Callable[[int], None]) -> None:
    months = before

    def tick() -> None:
        nonlocal months
        months += 1
        on_month(months)

    for job in jobs:
        try:
            lived = run_task(job.payload[0], tick)
        except Exception as error:  # one that fails is not the end of the others
            ended(job, None, error)
        else:
            ended(job, lived, None)


def _describe_failure(error: BaseException) -> str:
    return str(error) if isinstance(error, RunError | InputError) else f"{type(error).__name__}: {error}"


def _failure(tasks: list[Task], failed: dict[int, BaseException], *, is_kept: bool) -> BaseException:
    """What is to be raised where all have ended and some have failed."""
    number, error = min(failed.items(), key=lambda item: item[0])
    if isinstance(error, InputError):
        return error
    kept = "; the others are kept, and the same command tries again what failed" if is_kept else ""
    first = f"the first with seed {tasks[number].seed}: {_describe_failure(error)}"
    failure = RunError(f"{len(failed)} of {len(tasks)} runs failed, {first}{kept}")
    failure.__cause__ = error
    return failure


def _ticking(given: Ticked) -> list[RunResult]:
    """Live a task in a worker; every month is a byte in a file that the parent looks at."""
    task, file = given
    try:
        with Path(file).open("wb", buffering=0) as ticks:
            return run_task(task, lambda: _written(ticks.write(b".")))
    except FileNotFoundError:  # a worker on another machine, which does not see the parent's folder
        return run_task(task, lambda: None)


def _written(_: int | None) -> None:
    """A tick has nothing to tell."""
