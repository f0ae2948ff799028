"""A sweep: any number of jobs, each done once and written down as it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from takeup.experiment.journal import Entry, Journal
from takeup.experiment.pool import Job, Payload, Pool, WorkerDiedError

__all__ = ["Job", "sweep"]


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
    Pool(work, waiting, ended, workers, cluster).run()


def _tried(work: Callable[[Payload], Any], job: Job[Payload]) -> tuple[Any, Exception | None]:
    """A failed job is an entry with its error, not the end of the sweep."""
    try:
        return work(job.payload), None
    except Exception as error:
        return None, error


def _told(error: BaseException) -> str:
    return str(error) if isinstance(error, WorkerDiedError) else f"{type(error).__name__}: {error}"
