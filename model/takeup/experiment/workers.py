"""Running tasks: here, in processes beside this one, or on a cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from takeup.errors import RunError
from takeup.experiment.pool import Job, Pool, WorkerDiedError
from takeup.experiment.tasks import Lived, Task, live


def run_tasks(
    tasks: list[Task], workers: int = 1, cluster: str | None = None, on_month: Callable[[int], None] = lambda _: None
) -> list[list[Lived]]:
    """Live every task.

    Args:
        tasks: in whatever order the results are wanted.
        workers: processes; 1: in this one.
        cluster: the address of a Dask scheduler to use instead.
        on_month: called now and then with the number of months lived so far, over all tasks.

    Returns:
        What each task left behind, in the order of the tasks: it depends neither on workers nor on which was faster.

    Raises:
        RunError: a task kills its worker, or the cluster is gone.
    """
    if workers == 1 and cluster is None:
        return list(_here(tasks, on_month))
    compile_here(tasks[0])
    found: dict[str, list[Lived]] = {}

    def ended(job: Job[tuple[Task, str]], lived: list[Lived], error: BaseException | None) -> None:
        if isinstance(error, WorkerDiedError):
            raise RunError(f"seed {job.payload[0].seed}: {error}") from None
        if error is not None:
            raise error
        found[job.key] = lived

    with tempfile.TemporaryDirectory(prefix="takeup-") as folder:
        ticks = [Path(folder) / str(number) for number in range(len(tasks))]
        jobs = [Job(file.name, (task, str(file))) for task, file in zip(tasks, ticks, strict=True)]

        def look() -> None:
            on_month(sum(file.stat().st_size for file in ticks if file.exists()))

        Pool(_ticking, iter(jobs), ended, workers, cluster, look).run()
    return [found[job.key] for job in jobs]


def compile_here(task: Task) -> None:
    """Compile what every worker would have to compile, by living a task of the same kind that takes no time."""
    small = replace(task, agents=min(task.agents, 4_000), scenarios=task.scenarios[:1], until=task.start, people=None)
    live(small, lambda: None)


def _here(tasks: list[Task], on_month: Callable[[int], None]) -> Iterator[list[Lived]]:
    months = 0

    def tick() -> None:
        nonlocal months
        months += 1
        on_month(months)

    for task in tasks:
        yield live(task, tick)


def _ticking(given: tuple[Task, str]) -> list[Lived]:
    """Live a task in a worker; every month is a byte in a file that the parent looks at."""
    task, file = given
    try:
        with Path(file).open("wb", buffering=0) as ticks:
            return live(task, lambda: _written(ticks.write(b".")))
    except FileNotFoundError:  # a worker on another machine, which does not see the parent's folder
        return live(task, lambda: None)


def _written(_: int | None) -> None:
    """A tick has nothing to tell."""
