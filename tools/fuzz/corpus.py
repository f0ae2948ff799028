"""Trials of files of one kind: each file is read, and files that cause a fault are kept."""

from __future__ import annotations

import hashlib
import json
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from takeup.errors import InputError, RunError
from tools.fuzz.readers import READERS

SLOW_SECONDS: Final = 20.0
"""Processor time after which reading a file counts as a fault."""
_DIGITS: Final = 12


@dataclass
class Trial:
    """Trials of files of one kind, and their results.

    Attributes:
        kind: kind of file, a key of READERS.
        folder: folder for the file to read; it contains nothing else.
        faulty: folder for files that caused a fault.
        inputs: number of files read so far.
        accepted: number of files read without an error.
        faults: name of the first file that caused each fault, by the fault's description.
        begun: time of the first trial, in seconds.
    """

    kind: str
    folder: Path
    faulty: Path
    inputs: int = 0
    accepted: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)

    def try_out(self, content: bytes) -> str | None:
        """Read a file with this content.

        Returns:
            A description of the fault; None if the file was accepted or refused with a message of one line.
        """
        reader = READERS[self.kind]
        file = self.folder / f"tried{reader.ending}"
        file.write_bytes(content)
        self.inputs += 1
        begun = time.process_time()
        wrong = None
        try:
            reader.read(file)
            self.accepted += 1
        except (InputError, RunError) as refusal:
            if "\n" in str(refusal):
                wrong = f"the message has more than one line: {type(refusal).__name__}"
        except (Exception, RecursionError) as error:
            wrong = _describe(error)
        if wrong is None and time.process_time() - begun > SLOW_SECONDS:
            wrong = f"took more than {SLOW_SECONDS:g} seconds"
        extra = {each.name for each in self.folder.iterdir()} - {file.name, f"{file.name}.lock"}
        if extra:
            wrong = wrong or f"left behind: {sorted(extra)}"
            for name in extra:
                (self.folder / name).unlink()
        if wrong is not None and wrong not in self.faults:
            digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
            self.faults[wrong] = f"{self.kind}-{digest}{reader.ending}"
            (self.faulty / self.faults[wrong]).write_bytes(content)
        return wrong

    def report(self) -> dict[str, Any]:
        """Return the results as JSON values."""
        return {
            "kind": self.kind,
            "inputs": self.inputs,
            "accepted": self.accepted,
            "seconds": round(time.monotonic() - self.begun, 1),
            "crashes": self.faults,
        }

    def write(self, file: Path) -> None:
        """Write the results to a JSON file."""
        file.write_text(json.dumps(self.report(), indent=1), encoding="utf-8")


def try_all(kind: str, contents: list[bytes], folder: Path) -> tuple[list[str | None], int]:
    """Read files of one kind, and return the fault of each (or None) and the number of accepted files."""
    for name in ("tried", "faulty"):
        (folder / name).mkdir()
    trial = Trial(kind, folder / "tried", folder / "faulty")
    return [trial.try_out(content) for content in contents], trial.accepted


def _describe(error: BaseException) -> str:
    """Describe a fault by its error's type and the last function of the model in the traceback."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "takeup" in Path(frame.filename).parts]
    where = f"{Path(own[-1].filename).name}, {own[-1].name}" if own else "?"
    return f"{type(error).__name__} in {where}"
