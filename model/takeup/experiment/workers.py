"""Running tasks: here, in processes beside this one, or on a cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from pathlib import Path

from takeup.experiment.executors import executor_of, stop
from takeup.experiment.tasks import Lived, Task, live

_LOOK_SECONDS = 0.2


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
    """
    if workers == 1 and cluster is None:
        return list(_here(tasks, on_month))
    # The parent compiles what is not compiled yet, or every worker would.
    live(_smallest(tasks[0]), lambda: None)
    with tempfile.TemporaryDirectory(prefix="takeup-") as folder:
        executor = executor_of(workers, cluster)
        try:
            ticks = [Path(folder) / str(number) for number in range(len(tasks))]
            futures = [executor.submit(_ticking, task, str(file)) for task, file in zip(tasks, ticks, strict=True)]
            _watch(futures, ticks, on_month)
            return [future.result() for future in futures]
        except BaseException:
            stop(executor)
            raise
        finally:
            executor.shutdown(wait=False)


def _here(tasks: list[Task], on_month: Callable[[int], None]) -> Iterator[list[Lived]]:
    months = 0

    def tick() -> None:
        nonlocal months
        months += 1
        on_month(months)

    for task in tasks:
        yield live(task, tick)


def _ticking(task: Task, file: str) -> list[Lived]:
    """Live a task in a worker; every month is a byte in a file that the parent looks at."""
    try:
        with Path(file).open("ab", buffering=0) as ticks:
            return live(task, lambda: _written(ticks.write(b".")))
    except FileNotFoundError:  # a worker on another machine, which does not see the parent's folder
        return live(task, lambda: None)


def _written(_: int | None) -> None:
    """A tick has nothing to tell."""


def _watch(futures: list[Future[list[Lived]]], ticks: list[Path], on_month: Callable[[int], None]) -> None:
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
        on_month(sum(file.stat().st_size for file in ticks if file.exists()))
        for future in done:
            future.result()


def _smallest(task: Task) -> Task:
    """A task of the same kind that takes no time."""
    return replace(task, agents=min(task.agents, 4_000), scenarios=task.scenarios[:1], until=task.start, people=None)
