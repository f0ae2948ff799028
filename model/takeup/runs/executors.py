"""Executors of jobs: threads, local processes, or the workers of a Dask cluster."""

from __future__ import annotations

import gc
import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor as FuturesExecutor
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, Protocol

from takeup.errors import InputError, RunError, install_hint
from takeup.message import Message

_ADDRESS = re.compile(r"(tcp|tls)://([^\s/:\[\]]+|\[[^\s/\[\]]+\]):\d{1,5}")
_CONNECT_SECONDS = 5
_COUNT_SECONDS = 5.0
"""Time for which the number of a cluster's processors is cached."""
_POLL_SECONDS = 1.0
"""Interval at which a worker checks that its parent still runs."""


class Executor(Protocol):
    """A pool of workers that run jobs."""

    def submit(self, work: Callable[[Any], Any], payload: Any) -> Future[Any]:
        """Queue a call of `work` with the payload as its argument."""

    @property
    def size(self) -> int:
        """Number of jobs that can run at a time; on a cluster it may change."""

    def stop(self) -> None:
        """Stop the workers without waiting for jobs in progress."""


def make_executor(workers: int, cluster: str | None, *, in_threads: bool = False) -> Executor:
    """Make an executor with processes or threads, or one on a cluster.

    Args:
        workers: number of processes or threads; ignored with a cluster.
        cluster: the address of a Dask scheduler, tcp://HOST:PORT.
        in_threads: whether to use threads. They start at once and share memory, where a process first imports
            everything; but a job that kills its worker ends this process.

    Raises:
        InputError: no scheduler responds at the address, or Dask is not installed.
    """
    if cluster is not None:
        return _Cluster(cluster)
    return _Threads(workers) if in_threads else _Processes(workers)


def check_cluster(address: str | None) -> None:
    """Check that a Dask scheduler responds at the address, before any work starts.

    Raises:
        InputError: no scheduler responds.
    """
    if address is not None:
        _Cluster(address).stop()


class _Threads:
    """Threads of this process, for jobs that mostly run compiled code."""

    def __init__(self, workers: int) -> None:
        self.size = workers
        self._executor = ThreadPoolExecutor(workers)

    def submit(self, work: Callable[[Any], Any], payload: Any) -> Future[Any]:
        return self._executor.submit(_run, work, payload)

    def stop(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)


class _Processes:
    """Processes of this machine; they end with their parent, even if it is killed."""

    def __init__(self, workers: int) -> None:
        from loky import ProcessPoolExecutor  # noqa: PLC0415  (not needed with one worker)

        self.size = workers
        self._executor: Any = ProcessPoolExecutor(
            workers, initializer=_prepare_worker(os.getpid(), gc.get_threshold())
        )

    def submit(self, work: Callable[[Any], Any], payload: Any) -> Future[Any]:
        with _sigint_blocked():  # loky starts workers here, and a thread that may start more workers later
            future: Future[Any] = self._executor.submit(_run, work, payload)
        return future

    def stop(self) -> None:
        self._executor.shutdown(wait=False, kill_workers=True)


class _Cluster:
    """The workers of a Dask scheduler."""

    def __init__(self, address: str) -> None:
        try:
            import distributed  # noqa: PLC0415  (an extra)
        except ImportError:
            raise InputError(
                Message(
                    "the packages for a cluster are not installed; to install them: {installation}",
                    installation=install_hint("cluster"),
                ),
                key="--cluster",
                given=address,
            ) from None
        if not _ADDRESS.fullmatch(address):  # Dask would retry a wrong address for a long time
            raise InputError(
                "the value is not the address of a scheduler",
                key="--cluster",
                given=address,
                allowed="tcp://HOST:PORT",
            )
        # Connection failures are reported as InputError and RunError, so messages of Dask, and of Tornado, on which
        # Dask runs its callbacks, would repeat them.
        for name in ("distributed.client", "tornado.application"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            client: Any = distributed.Client  # untyped
            self._client = client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(
                Message("no Dask scheduler responds ({error})", error=error),
                key="--cluster",
                given=address,
                allowed="the address of a running scheduler",
            ) from None
        # Dask would return the stored failure of a "pure" job that is submitted again.
        self._executor: FuturesExecutor = self._client.get_executor(pure=False)
        self._counted, self._count = -_COUNT_SECONDS, 1

    @property
    def size(self) -> int:
        now = time.monotonic()
        if now - self._counted > _COUNT_SECONDS:
            try:
                self._counted, self._count = now, max(sum(self._client.nthreads().values()), 1)
            except (OSError, ValueError, TimeoutError, RuntimeError) as error:
                raise RunError(
                    Message(
                        "the scheduler has stopped ({error}); finished runs are kept, so run the command again to "
                        "resume",
                        error=error,
                    )
                ) from None
        return self._count

    def submit(self, work: Callable[[Any], Any], payload: Any) -> Future[Any]:
        return self._executor.submit(work, payload)

    def stop(self) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()


def _run(work: Callable[[Any], Any], payload: Any) -> Any:
    """Run a job after freeing the models of the jobs before it.

    Mesa models have reference cycles, so without this, a worker's memory grows from job to job. Objects that survived
    earlier collections, such as imported modules, are not searched, because that takes a tenth of the time.
    """
    gc.collect(1)
    return work(payload)


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block SIGINT, so that processes started in this context ignore Ctrl-C.

    The parent receives the signal and ends the processes. A signal within the context is delivered after it.
    """
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    # If the tracker started later, within the block, Python 3.11 would unblock the signal.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare_worker(parent: int, collection: tuple[int, int, int]) -> Callable[[], None]:
    """Make a function that ends a worker soon after its parent has ended, and sets its garbage collection.

    The nested function is sent to the worker by value, so the worker need not import anything for it.
    """

    def prepare() -> None:
        def poll() -> None:
            while os.getppid() == parent:
                time.sleep(_POLL_SECONDS)
            os._exit(1)

        gc.set_threshold(*collection)
        threading.Thread(target=poll, daemon=True).start()

    return prepare
