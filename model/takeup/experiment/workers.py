"""Running tasks: here, in processes beside this one, or on a cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from takeup.errors import InputError, RunError
from takeup.experiment.journal import Entry, Journal
from takeup.experiment.packing import journal_key, packed, unpacked
from takeup.experiment.pool import Job, Pool
from takeup.experiment.tasks import Lived, Task, live

Ticked = tuple[Task, str]
"""A task, and the file that its worker writes a byte to every month."""
Ended = Callable[[Job[Ticked], list[Lived] | None, BaseException | None], None]


def run_tasks(
    tasks: list[Task],
    workers: int = 1,
    cluster: str | None = None,
    on_month: Callable[[int], None] = lambda _: None,
    journal: Journal | None = None,
) -> list[list[Lived]]:
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

    def ended(job: Job[Ticked], lived: list[Lived] | None, error: BaseException | None) -> None:
        number = int(job.key)
        if lived is not None:
            found[number] = lived
        else:
            failed[number] = error or RunError("it left nothing")
        if journal is not None:
            told = None if lived is not None else _told(failed[number])
            journal.add(Entry(journal_key(tasks[number]), None if lived is None else packed(lived), told))

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
            compile_here(tasks[0])
            Pool(_ticking, iter(jobs), ended, workers, cluster, look).run()
    if failed:
        raise _failure(tasks, failed, is_kept=journal is not None)
    return [found[number] for number in range(len(tasks))]


def compile_here(task: Task) -> None:
    """Compile what every worker would have to compile, by living a task of the same kind that takes no time."""
    small = replace(task, agents=min(task.agents, 4_000), scenarios=task.scenarios[:1], until=task.start, people=None)
    live(small, lambda: None)


def _found(tasks: list[Task], journal: Journal | None) -> dict[int, list[Lived]]:
    """What stands in the journal, by the task's number."""
    if journal is None:
        return {}
    results = ((number, journal.result(journal_key(task))) for number, task in enumerate(tasks))
    return {number: unpacked(result) for number, result in results if result is not None}


def _here(jobs: list[Job[Ticked]], ended: Ended, before: int, on_month: Callable[[int], None]) -> None:
    months = before

    def tick() -> None:
        nonlocal months
        months += 1
        on_month(months)

    for job in jobs:
        try:
            lived = live(job.payload[0], tick)
        except Exception as error:  # one that fails is not the end of the others
            ended(job, None, error)
        else:
            ended(job, lived, None)


def _told(error: BaseException) -> str:
    return str(error) if isinstance(error, RunError | InputError) else f"{type(error).__name__}: {error}"


def _failure(tasks: list[Task], failed: dict[int, BaseException], *, is_kept: bool) -> BaseException:
    """What is to be raised where all have ended and some have failed."""
    number, error = min(failed.items(), key=lambda item: item[0])
    if isinstance(error, InputError):
        return error
    kept = "; the others are kept, and the same command tries again what failed" if is_kept else ""
    failure = RunError(
        f"{len(failed)} of {len(tasks)} runs failed, the first with seed {tasks[number].seed}: {_told(error)}{kept}"
    )
    failure.__cause__ = error
    return failure


def _ticking(given: Ticked) -> list[Lived]:
    """Live a task in a worker; every month is a byte in a file that the parent looks at."""
    task, file = given
    try:
        with Path(file).open("wb", buffering=0) as ticks:
            return live(task, lambda: _written(ticks.write(b".")))
    except FileNotFoundError:  # a worker on another machine, which does not see the parent's folder
        return live(task, lambda: None)


def _written(_: int | None) -> None:
    """A tick has nothing to tell."""
