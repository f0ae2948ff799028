"""Running tasks: here, in processes beside this one, or on a cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from pathlib import Path

from takeup.errors import InputError
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
        executor = _cluster(cluster) if cluster is not None else _processes(workers)
        try:
            ticks = [Path(folder) / str(number) for number in range(len(tasks))]
            futures = [executor.submit(_ticking, task, str(file)) for task, file in zip(tasks, ticks, strict=True)]
            _watch(futures, ticks, on_month)
            return [future.result() for future in futures]
        except BaseException:
            _stop(executor)
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
    from dataclasses import replace  # noqa: PLC0415

    return replace(task, agents=min(task.agents, 4_000), scenarios=task.scenarios[:1], until=task.start, people=None)


def _processes(workers: int) -> Executor:
    from loky import ProcessPoolExecutor  # noqa: PLC0415  (not needed with one worker)

    executor: Executor = ProcessPoolExecutor(max_workers=workers)
    return executor


def _cluster(address: str) -> Executor:
    try:
        from distributed import Client  # noqa: PLC0415  (an extra)
    except ImportError:
        raise InputError(
            "a cluster needs the extra packages",
            key="--cluster",
            given=address,
            allowed='pip install "takeup[cluster]"',
        ) from None
    try:
        executor: Executor = Client(address, timeout=5).get_executor()
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"no Dask scheduler answers ({error})", key="--cluster", given=address, allowed="tcp://HOST:PORT"
        ) from None
    return executor


def _stop(executor: Executor) -> None:
    """Do not wait for what is still being run."""
    kill = getattr(executor, "_flags", None)
    if kill is not None:
        executor.shutdown(kill_workers=True)  # type: ignore[call-arg]  # loky's own
    else:
        executor.shutdown(wait=False, cancel_futures=True)
