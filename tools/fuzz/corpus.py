"""Trying one file, and keeping what goes wrong."""

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
"""Of a processor. A file that takes longer is a fault too: it would keep whoever opens it waiting."""
_DIGITS: Final = 12


@dataclass
class Trial:
    """What trying files of one kind has brought.

    Attributes:
        kind: of READERS.
        folder: where the file under trial is written, and nothing else.
        faulty: where files that went wrong are kept.
    """

    kind: str
    folder: Path
    faulty: Path
    inputs: int = 0
    accepted: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)

    def try_out(self, content: bytes) -> str | None:
        """Read a file of this content; what goes wrong, but for being refused."""
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
                wrong = f"told in more than one line: {type(refusal).__name__}"
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
        """The figures, as JSON can hold them."""
        return {
            "kind": self.kind,
            "inputs": self.inputs,
            "accepted": self.accepted,
            "seconds": round(time.monotonic() - self.begun, 1),
            "crashes": self.faults,
        }

    def write(self, file: Path) -> None:
        """The figures, as a file."""
        file.write_text(json.dumps(self.report(), indent=1), encoding="utf-8")


def try_all(kind: str, contents: list[bytes], folder: Path) -> tuple[list[str | None], int]:
    """What goes wrong with each of some files of a kind, and how many were accepted."""
    for name in ("tried", "faulty"):
        (folder / name).mkdir()
    trial = Trial(kind, folder / "tried", folder / "faulty")
    return [trial.try_out(content) for content in contents], trial.accepted


def _describe(error: BaseException) -> str:
    """The error's type and the last line of the model's own code, which tell one fault from another."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "takeup" in Path(frame.filename).parts]
    where = f"{Path(own[-1].filename).name}, {own[-1].name}" if own else "?"
    return f"{type(error).__name__} in {where}"
