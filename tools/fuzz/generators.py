"""`python -m tools.fuzz.generators KIND INPUTS FIGURES.json FAULTY/`: files thought up by hypothesis."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

from tools.fuzz.binary_mutators import inputs
from tools.fuzz.corpus import Trial

_EACH = 1_000
"""Inputs of one seed."""


def invent(kind: str, count: int, faulty: Path, begin: int = 1) -> Trial:
    """Try so many files of a kind; faults are kept, and do not end the search."""
    strategy = inputs(kind)
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(kind, Path(folder), faulty)
        while trial.inputs < count:
            before = trial.inputs

            @seed(begin)
            @settings(
                max_examples=min(_EACH, count - trial.inputs), database=None, deadline=None, derandomize=False,
                phases=[Phase.generate], suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet,
            )  # fmt: skip
            @given(strategy)
            def search(content: bytes) -> None:
                trial.try_out(content)

            search()
            begin += 1
            if trial.inputs == before:
                break
    return trial


if __name__ == "__main__":
    kind_name, number, figures, kept = sys.argv[1:]
    invent(kind_name, int(number), Path(kept)).write(Path(figures))
