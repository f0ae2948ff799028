"""The stored figures, one JSON file per run in `docs/results/`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from takeup.io import write_whole
from tools.results.extraction import Figures
from tools.results.fingerprint import REPOSITORY, data_digest, outcome_digest
from tools.results.runs import RUNS, Run

FOLDER: Final = REPOSITORY / "docs" / "results"


@dataclass(frozen=True)
class StoredResult:
    """The figures of one run, and what they depend on.

    Attributes:
        command: command line that computes them; empty if they are read from the data files.
        version: version of the program.
        date: date on which they were stored, YYYY-MM-DD.
        data: digest of the data files.
        outcome: digest of the outcome of a small run, which depends on the rules; empty if nothing is simulated.
        documents: SHA-256 of the files that the command wrote and that were copied to documents, by path.
        figures: figures by name, nested, with full precision.
    """

    command: str
    version: str
    date: str
    data: str
    outcome: str
    documents: dict[str, str]
    figures: Figures


def read_stored(folder: Path = FOLDER) -> dict[str, StoredResult]:
    """Read the stored results, by name of the run; runs that were never stored are omitted."""
    files = {name: folder / f"{name}.json" for name in RUNS}
    return {
        name: StoredResult(**json.loads(file.read_text(encoding="utf-8")))
        for name, file in files.items()
        if file.exists()
    }


def store(run: Run, results: Path, *, version: str, date: str) -> None:
    """Extract the figures of a finished run, store them, and copy its documents.

    Args:
        run: run to store.
        results: folder with the results folders of all runs.
        version: version of the program.
        date: today's date, YYYY-MM-DD.
    """
    folder = results / run.name
    copied = {}
    for document, file in run.documents.items():
        content = (folder / file).read_bytes()
        write_whole(REPOSITORY / document, content)
        copied[document] = hashlib.sha256(content).hexdigest()
    stored = StoredResult(
        run.command, version, date, data_digest(run.reads), _outcome(run), copied, run.extract(folder)
    )
    text = json.dumps(asdict(stored), indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(FOLDER / f"{run.name}.json", f"{text}\n")


def outdated(stored: dict[str, StoredResult]) -> list[str]:
    """Return a message for each stored result that no longer belongs to the present data, rules or command."""
    messages = []
    for name, result in stored.items():
        run = RUNS[name]
        reasons = [
            reason
            for reason, differs in {
                "its data files have changed": result.data != data_digest(run.reads),
                "the rules have changed": result.outcome != _outcome(run),
                "its command has changed": result.command != run.command,
            }.items()
            if differs
        ]
        reasons += [
            f"{document} is not the file that was stored"
            for document, digest in result.documents.items()
            if hashlib.sha256((REPOSITORY / document).read_bytes()).hexdigest() != digest
        ]
        messages += [f"the result {name} is out of date: {reason}" for reason in reasons]
    return messages


def _outcome(run: Run) -> str:
    return outcome_digest() if run.command else ""
