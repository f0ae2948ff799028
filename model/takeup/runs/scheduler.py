"""Scheduler of jobs in this process, its threads, other processes or on a cluster.

`Runner.run` runs the jobs of all analyses. It runs every job that is not in the journal yet, writes each result to
the journal as the job ends, and reports progress. Jobs are taken one by one and only a few are in progress at a time,
so memory does not grow with their number.

A worker process may die, for example if memory runs out. The scheduler then starts new workers and repeats the
interrupted jobs one by one, to identify the job that kills its worker. That job fails after three deaths.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Generic, NamedTuple, Self, TypeVar

from takeup.errors import InputError, RunError
from takeup.io import JOURNAL
from takeup.message import Message
from takeup.runs.executors import Executor, make_executor
from takeup.runs.journal import Entry, Journal
from takeup.runs.task import RunResult, Task, deserialise, run_and_serialise, run_task, task_key
from takeup.scenario import BASELINE

MAX_WORKER_DEATHS = 3
_JOBS_PER_WORKER = 2
"""Number of jobs submitted per worker: one in progress, and one waiting so that the worker is never idle."""
_WAIT_SECONDS = 0.2
_WARM_UP_AGENTS = 4_000
_SHORT_MIGRANT_MONTHS = 200_000_000
"""Tasks that take less time together, some five seconds, run in threads: starting processes would take as long."""

Payload = TypeVar("Payload")


class Job(NamedTuple, Generic[Payload]):
    """A unit of work of `Runner.run`, such as one run of an analysis.

    Attributes:
        key: key of the job in the journal, a hash of all inputs that its result depends on.
        payload: argument of the work function.
        size: amount that the job adds to the progress, for example its months; 1 counts jobs.
    """

    key: str
    payload: Payload
    size: int = 1


class Failure(NamedTuple):
    """A job that failed: its key, and the exception that ended it."""

    key: str
    error: BaseException


class WorkerDiedError(RunError):
    """The error of a job that repeatedly killed its worker."""

    def __init__(self) -> None:
        super().__init__(Message("the worker process died {number} times", number=MAX_WORKER_DEATHS))


@dataclass(frozen=True)
class Runner:
    """A journal, and the workers that run the jobs which are not in it yet.

    Attributes:
        journal: journal to which results are written; jobs that it contains are skipped.
        workers: number of processes or threads; 1 runs the jobs in this process, one after the other.
        cluster: address of a Dask scheduler to use instead of local workers.
        idle: executors that wait for further jobs, by whether their workers are threads; None: every call of `run`
            starts workers and stops them.
    """

    journal: Journal
    workers: int = 1
    cluster: str | None = None
    idle: dict[bool, Executor] | None = None

    @classmethod
    @contextmanager
    def open(cls, folder: Path | None, workers: int = 1, cluster: str | None = None) -> Iterator[Self]:
        """Yield a runner with the journal of a results folder, and close the journal.

        The workers are kept until then, because starting them takes seconds.

        Args:
            folder: the folder; None: the journal is kept in memory.
            workers: number of processes or threads, see the attribute.
            cluster: address of a Dask scheduler, see the attribute.
        """
        idle: dict[bool, Executor] = {}
        with closing(Journal() if folder is None else Journal(folder / JOURNAL)) as journal:
            try:
                yield cls(journal, workers, cluster, idle)
            finally:
                for executor in idle.values():
                    executor.stop()

    def run(
        self,
        work: Callable[..., Any],
        jobs: Iterable[Job[Payload]],
        *,
        on_progress: Callable[[int], None] = lambda _: None,
        on_entry: Callable[[Entry], None] = lambda _: None,
        warm_up: Callable[[], object] = lambda: None,
        has_ticks: bool = False,
        in_threads: bool = False,
    ) -> list[Failure]:
        """Run all jobs that are not in the journal yet, and write their results to it.

        Args:
            work: module-level function that is called with a job's payload and returns JSON values.
            jobs: jobs, taken one by one.
            on_progress: function called with the total size of the jobs done so far, including those in the journal.
            on_entry: function called with every entry that is written.
            warm_up: function called once before any job is sent to other processes, to compile code for all of them.
            has_ticks: whether `work` has a keyword `tick`, a function that it calls `size` times as the job proceeds.
                It refines the progress of jobs that run in this process.
            in_threads: whether workers are threads, see `make_executor`; the results are the same.

        Returns:
            The jobs that failed, in the order in which they ended.

        Raises:
            JournalError: an entry could not be written; earlier entries are kept.
            RunError: the cluster has stopped; earlier entries are kept.
        """
        progress = _Progress(on_progress)
        failures: list[Failure] = []

        def end(job: Job[Payload], result: Any, error: BaseException | None) -> None:
            entry = Entry(job.key, result, None if error is None else _describe_error(error))
            self.journal.add(entry)
            if error is not None:
                failures.append(Failure(job.key, error))
            progress.end(job)
            on_entry(entry)

        waiting = _waiting(jobs, self.journal, progress)
        if self.workers == 1 and self.cluster is None:
            for job in waiting:
                try:
                    result = work(job.payload, tick=progress.tick) if has_ticks else work(job.payload)
                except Exception as error:  # a failed job does not end the others
                    end(job, None, error)
                else:
                    end(job, result, None)
        elif (first := next(waiting, None)) is not None:
            warm_up()
            scheduler = Scheduler(
                work, chain([first], waiting), end, self.workers, self.cluster, in_threads=in_threads
            )
            scheduler.run(self.idle)
        return failures


class _Progress:
    """A counter of the size of the jobs done; `report` is called with each new count."""

    def __init__(self, report: Callable[[int], None]) -> None:
        self._report = report
        self._done = 0
        self._ticks = 0
        self._reported = -1

    def skip(self, job: Job[Any]) -> None:
        """Count a job that is in the journal; it is reported together with the next count."""
        self._done += job.size

    def tick(self) -> None:
        """Count one unit of the job that runs in this process."""
        self._ticks += 1
        self.report()

    def end(self, job: Job[Any]) -> None:
        """Count a job that has ended."""
        self._done, self._ticks = self._done + job.size, 0
        self.report()

    def report(self) -> None:
        """Report the count if it has changed."""
        count = self._done + self._ticks
        if count != self._reported:
            self._reported = count
            self._report(count)


def _waiting(jobs: Iterable[Job[Payload]], journal: Journal, progress: _Progress) -> Iterator[Job[Payload]]:
    """Yield the jobs that are not in the journal."""
    for job in jobs:
        if job.key in journal:
            progress.skip(job)
        else:
            progress.report()
            yield job
    progress.report()


def _describe_error(error: BaseException) -> str:
    return str(error) if isinstance(error, WorkerDiedError) else f"{type(error).__name__}: {error}"


def run_tasks(
    tasks: list[Task],
    runner: Runner | None = None,
    *,
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[list[RunResult]]:
    """Run every task.

    Args:
        tasks: tasks in the order of the results.
        runner: runner of the tasks, which are its jobs; None: this process, with a journal in memory.
        on_progress: function called with the number of simulated months so far, over all tasks.

    Returns:
        The results of each task, in the order of the tasks. They do not depend on the number or speed of the workers.

    Raises:
        InputError: the district's files or the code have changed since a task was made.
        RunError: a task failed, which is raised after the others have ended; or the cluster has stopped.
    """
    runner = Runner(Journal()) if runner is None else runner
    jobs = [Job(task_key(task), task, task.months) for task in tasks]
    failures = runner.run(
        run_and_serialise,
        jobs,
        on_progress=on_progress,
        warm_up=lambda: warm_up_compilation(tasks[0]),
        has_ticks=True,
        in_threads=_is_short(tasks),
    )
    if failures:
        raise _first_failure(jobs, failures, is_kept=runner.journal.is_file)
    return [deserialise(runner.journal.result(job.key)) for job in jobs]


def _is_short(tasks: list[Task]) -> bool:
    """Return whether compiled tasks together take less time than starting processes."""
    return all(task.settings.engine == "compiled" for task in tasks) and (
        sum(task.settings.agents * task.months for task in tasks) <= _SHORT_MIGRANT_MONTHS
    )


def warm_up_compilation(task: Task) -> None:
    """Compile the functions of a task by running one month with few agents, without a policy."""
    settings = replace(task.settings, agents=min(task.settings.agents, _WARM_UP_AGENTS), until=task.settings.start)
    run_task(replace(task, settings=settings, scenarios=(BASELINE,), people=None))


def _first_failure(jobs: list[Job[Task]], failures: list[Failure], *, is_kept: bool) -> BaseException:
    """Make the exception to raise after all tasks have ended and some have failed."""
    errors = dict(failures)
    first = next(job for job in jobs if job.key in errors)
    error = errors[first.key]
    if isinstance(error, InputError):
        return error
    problem = Message(
        "{failed} of {all} runs failed, the first with seed {seed}: {reason}",
        failed=len(failures),
        all=len(jobs),
        seed=first.payload.settings.seed,
        reason=error.problem if isinstance(error, RunError) else f"{type(error).__name__}: {error}",
    )
    if is_kept:
        problem += Message("; the other results are kept, and the same command repeats the failed runs")
    failure = RunError(problem)
    failure.__cause__ = error
    return failure


class Scheduler(Generic[Payload]):
    """A scheduler that assigns jobs to workers and repeats jobs whose worker died.

    Every job that was in progress when a worker died is a suspect: it is repeated alone, to identify the cause.

    Args:
        work: module-level function that is called with a job's payload.
        jobs: jobs, taken one by one.
        on_end: function called with each job, its result, and the exception that ended it or None.
        workers: number of processes or threads.
        cluster: address of a Dask scheduler to use instead of local workers.
        in_threads: whether workers are threads, see `make_executor`.
    """

    def __init__(
        self,
        work: Callable[[Payload], Any],
        jobs: Iterator[Job[Payload]],
        on_end: Callable[[Job[Payload], Any, BaseException | None], None],
        workers: int,
        cluster: str | None,
        *,
        in_threads: bool = False,
    ) -> None:
        self._in_threads = in_threads
        self._work, self._jobs, self._on_end = work, jobs, on_end
        self._workers, self._cluster = workers, cluster
        self._suspects: deque[Job[Payload]] = deque()
        self._deaths: Counter[str] = Counter()
        self._is_suspect_running = False
        self._running: dict[Future[Any], Job[Payload]] = {}

    def run(self, idle: dict[bool, Executor] | None = None) -> None:
        """Run all jobs.

        Args:
            idle: executors to use, and to return the executor to after the last job, see `Runner`.

        Raises:
            RunError: the cluster has stopped.
        """
        executor = None if idle is None else idle.pop(self._in_threads, None)
        if executor is None:
            executor = make_executor(self._workers, self._cluster, in_threads=self._in_threads)
        try:
            while True:
                is_broken = self._fill(executor)
                if not (is_broken or self._running):
                    break
                done = wait(self._running, _WAIT_SECONDS, FIRST_COMPLETED).done if self._running else set()
                is_broken |= self._settle(done)
                if is_broken:
                    executor.stop()
                    executor = self._restart()
        except BaseException:
            executor.stop()
            raise
        if idle is None:
            executor.stop()
        else:
            idle[self._in_threads] = executor

    def _restart(self) -> Executor:
        try:
            return make_executor(self._workers, self._cluster, in_threads=self._in_threads)
        except InputError:
            raise RunError(
                Message(
                    "{address}: the scheduler has stopped; finished runs are kept, so run the command again to "
                    "resume",
                    address=self._cluster,
                )
            ) from None

    def _fill(self, executor: Executor) -> bool:
        """Submit as many jobs as there is room for, suspects one at a time.

        Returns:
            Whether the pool of workers is broken.
        """
        while self._has_room(executor):
            self._is_suspect_running = bool(self._suspects)
            job = self._suspects.popleft() if self._suspects else next(self._jobs, None)
            if job is None:
                return False
            try:
                self._running[executor.submit(self._work, job.payload)] = job
            except BrokenExecutor:
                self._suspects.append(job)
                self._handle_death()
                return True
        return False

    def _has_room(self, executor: Executor) -> bool:
        """Return whether another job may start; a suspect runs alone."""
        if self._suspects or self._is_suspect_running:
            return not self._running
        return len(self._running) < executor.size * _JOBS_PER_WORKER

    def _settle(self, done: set[Future[Any]]) -> bool:
        """Report the jobs that have ended.

        Returns:
            Whether the pool of workers is broken.
        """
        for future in done:
            if future.cancelled():  # Dask cancels the jobs of a cluster that has stopped
                self._suspects.extend(self._running.values())
                self._running.clear()
                return True
            error = future.exception()
            if isinstance(error, BrokenExecutor):
                self._handle_death()
                return True
            job = self._running.pop(future)
            # Dask has repeated the job several times itself, but another job may have killed these workers. The job
            # is therefore repeated alone once, and fails the second time.
            if type(error).__name__ == "KilledWorker":
                self._suspect(job, MAX_WORKER_DEATHS if self._deaths[job.key] else 1)
            else:
                self._on_end(job, None if error is not None else future.result(), error)
        return False

    def _handle_death(self) -> None:
        """Report finished jobs and queue the others to be repeated alone.

        If a single job was running, the death of the worker counts against it.
        """
        interrupted = []
        for future, job in self._running.items():
            if future.done() and future.exception() is None:
                self._on_end(job, future.result(), None)
            else:
                interrupted.append(job)
        self._running.clear()
        deaths = 1 if len(interrupted) == 1 else 0
        for job in interrupted:
            self._suspect(job, deaths)

    def _suspect(self, job: Job[Payload], deaths: int) -> None:
        """Count deaths against a job, and queue it to run alone or let it fail."""
        self._deaths[job.key] += deaths
        if self._deaths[job.key] >= MAX_WORKER_DEATHS:
            self._on_end(job, None, WorkerDiedError())
        else:
            self._suspects.append(job)
