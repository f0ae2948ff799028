"""Where work is done: in processes beside this one, or on a Dask cluster that is running already."""

from __future__ import annotations

import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor as FuturesExecutor
from concurrent.futures import Future
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, Protocol

from takeup.errors import InputError, RunError, install_hint

_ADDRESS = re.compile(r"(tcp|tls)://([^\s/:\[\]]+|\[[^\s/\[\]]+\]):\d{1,5}")
_ANSWER_SECONDS = 5
_COUNT_SECONDS = 5.0
"""How long the number of a cluster's processors is believed."""
_LOOK_SECONDS = 1.0
"""How often a worker looks whether its parent is still there."""


class Executor(Protocol):
    """Workers, and how many things they can do at a time."""

    def submit(self, work: Callable[[Any], Any], payload: Any) -> Future[Any]:
        """Have it done some time."""

    @property
    def size(self) -> int:
        """How many at a time; a cluster may grow."""

    def stop(self) -> None:
        """Do not wait for what is still being done."""


def make_executor(workers: int, cluster: str | None) -> Executor:
    """So many processes, or a cluster.

    Args:
        workers: processes; ignored with a cluster.
        cluster: a Dask scheduler's address, tcp://HOST:PORT.

    Raises:
        InputError: no scheduler answers there, or Dask is not installed.
    """
    return _Processes(workers) if cluster is None else _Cluster(cluster)


def check_cluster(address: str | None) -> None:
    """Find out before anything is done whether a scheduler answers.

    Raises:
        InputError: none does.
    """
    if address is not None:
        _Cluster(address).stop()


class _Processes:
    """Processes of this machine, which end with their parent, however that ends."""

    def __init__(self, workers: int) -> None:
        from loky import ProcessPoolExecutor  # noqa: PLC0415  (not needed with one worker)

        self.size = workers
        self._executor: Any = ProcessPoolExecutor(workers, initializer=_ending_with(os.getpid()))

    def submit(self, work: Callable[[Any], Any], payload: Any) -> Future[Any]:
        with _out_of_hearing():  # loky begins workers here, and a thread that may begin others
            future: Future[Any] = self._executor.submit(work, payload)
        return future

    def stop(self) -> None:
        self._executor.shutdown(wait=False, kill_workers=True)


class _Cluster:
    """Whatever workers a Dask scheduler has."""

    def __init__(self, address: str) -> None:
        try:
            import distributed  # noqa: PLC0415  (an extra)
        except ImportError:
            raise InputError(
                "a cluster needs the extra packages",
                key="--cluster",
                given=address,
                allowed=install_hint("cluster"),
            ) from None
        if not _ADDRESS.fullmatch(address):  # Dask would try for long, and complain once more when it is let go of
            raise InputError("not a scheduler's address", key="--cluster", given=address, allowed="tcp://HOST:PORT")
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what matters of it is told by errors
        try:
            client: Any = distributed.Client  # it has no types
            self._client = client(address, timeout=_ANSWER_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(
                f"no Dask scheduler answers ({error})", key="--cluster", given=address, allowed="tcp://HOST:PORT"
            ) from None
        # Not "pure": what failed once and is submitted again is to be done again.
        self._executor: FuturesExecutor = self._client.get_executor(pure=False)
        self._counted, self._count = -_COUNT_SECONDS, 1

    @property
    def size(self) -> int:
        now = time.monotonic()
        if now - self._counted > _COUNT_SECONDS:
            try:
                self._counted, self._count = now, max(sum(self._client.nthreads().values()), 1)
            except (OSError, ValueError, TimeoutError, RuntimeError) as error:
                raise RunError(f"the scheduler is gone ({error}); what is done is kept") from None
        return self._count

    def submit(self, work: Callable[[Any], Any], payload: Any) -> Future[Any]:
        return self._executor.submit(work, payload)

    def stop(self) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()


@contextmanager
def _out_of_hearing() -> Iterator[None]:
    """Processes begun in here do not hear Ctrl-C, which the terminal sends to all: their parent does, and ends them.

    What is sent meanwhile reaches the parent afterwards.
    """
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    resource_tracker.ensure_running()  # or it would begin in here, and Python 3.11 lift the mask when it does
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ending_with(parent: int) -> Callable[[], None]:
    """Have a worker end soon after its parent, which cannot tell it to if it is killed.

    A function within a function goes to the worker as it is, so that nothing has to be imported there for it.
    """

    def watch() -> None:
        def look() -> None:
            while os.getppid() == parent:
                time.sleep(_LOOK_SECONDS)
            os._exit(1)

        threading.Thread(target=look, daemon=True).start()

    return watch
