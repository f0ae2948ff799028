"""Where work is done: in processes beside this one, or on a Dask cluster that is running already."""

from __future__ import annotations

from concurrent.futures import Executor

from takeup.errors import InputError

_ANSWER_SECONDS = 5


def executor_of(workers: int, cluster: str | None) -> Executor:
    """An executor of so many processes, or of a cluster.

    Args:
        workers: processes; ignored with a cluster.
        cluster: a Dask scheduler's address, tcp://HOST:PORT.

    Raises:
        InputError: no scheduler answers there, or Dask is not installed.
    """
    return _processes(workers) if cluster is None else _cluster(cluster)


def stop(executor: Executor) -> None:
    """Do not wait for what is still being done."""
    try:
        executor.shutdown(wait=False, kill_workers=True)  # type: ignore[call-arg]  # loky's own
    except TypeError:
        executor.shutdown(wait=False, cancel_futures=True)


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
        executor: Executor = Client(address, timeout=_ANSWER_SECONDS).get_executor()
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"no Dask scheduler answers ({error})", key="--cluster", given=address, allowed="tcp://HOST:PORT"
        ) from None
    return executor
