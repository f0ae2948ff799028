"""Entry point of `make results`: run the commands, store their figures, fill the documents."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from takeup.io import write_whole
from tools.results.documents import documents, filled
from tools.results.fingerprint import REPOSITORY
from tools.results.runs import RUNS, execute
from tools.results.storage import StoredResult, outdated, read_stored, store
from tools.verification.page import PAGE, page


def main() -> int:
    """Run what the options ask for; return 1 if something is out of date or a mark is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.results", description=__doc__)
    step = parser.add_mutually_exclusive_group()
    step.add_argument("--fill", action="store_true", help="Only fill the documents from the stored figures.")
    step.add_argument("--check", action="store_true", help="Only report what is out of date; write nothing.")
    parser.add_argument("--only", nargs="+", choices=list(RUNS), metavar="RUN", help="Execute and store only these.")
    parser.add_argument(
        "--folder",
        type=Path,
        default=REPOSITORY / "results" / "documents",
        help="Folder of the results of the commands, which are resumed there.",
    )
    options = parser.parse_args()
    if not (options.fill or options.check):
        usual = [name for name, run in RUNS.items() if not run.is_long]
        run_and_store(options.only or usual, options.folder.resolve())
    stored = read_stored()
    messages = fill(stored, write=not options.check) + (outdated(stored) if options.check else [])
    for message in messages:
        print(message)
    for name in sorted(RUNS.keys() - stored.keys()):
        print(f"not stored yet: {name}, whose places in the documents keep their text")
    return 1 if messages else 0


def run_and_store(names: list[str], results: Path) -> None:
    """Execute runs and store their figures, one after the other.

    Args:
        names: names of the runs.
        results: folder with the results folders of all runs.
    """
    for name in names:
        began = time.monotonic()
        execute(RUNS[name], results)
        store(RUNS[name], results, version=version("takeup"), date=f"{datetime.now(UTC):%Y-%m-%d}")
        print(f"{name}: stored after {time.monotonic() - began:.0f} seconds", flush=True)


def fill(stored: dict[str, StoredResult], *, write: bool) -> list[str]:
    """Fill all documents and return messages on wrong marks.

    Args:
        stored: stored results by run.
        write: whether to write; otherwise documents that would change are reported too.
    """
    messages = []
    for document in documents():
        text = document.read_text(encoding="utf-8")
        name = document.relative_to(REPOSITORY).as_posix()
        new, wrong = filled(text, stored)
        messages += [f"{name}: {each}" for each in wrong]
        if write and new != text:
            write_whole(document, new)
            print(f"{name} was filled")
        elif new != text:
            messages.append(f"{name} does not show the stored results; run: python -m tools.results --fill")
    if write:
        write_whole(PAGE, page())
    return messages


if __name__ == "__main__":
    raise SystemExit(main())
