"""Fingerprint of the data and the rules from which results follow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

from takeup import PermitModel
from takeup.analysis.why import count_reasons
from takeup.district import SUMMARY

REPOSITORY: Final = Path(__file__).resolve().parents[2]
DISTRICT: Final = "liwan"
MEASURES: Final = f"model/takeup/districts/{DISTRICT}/measures.toml"
"""File of the measures, on which only results of a scenario that buys measures depend."""
CALIBRATION: Final = f"model/takeup/districts/{DISTRICT}/{SUMMARY}"
"""File of the calibration's summary, on which only results that quote it depend."""
_IF_NAMED: Final = (MEASURES, CALIBRATION)
"""Files on which only those results depend that name them as a pattern."""
_ALWAYS: Final = (f"model/takeup/districts/{DISTRICT}/*", "model/takeup/district/definitions.toml")
"""Patterns of the data files that every result depends on, except those in `_IF_NAMED`."""
_AGENTS: Final = 4_000
_SEED: Final = 1
_BRANCHED: Final = "2018-12"
_UNTIL: Final = "2023-12"
_POLICY: Final = "all_five"
_PLACES: Final = 6
"""Decimal places of the numbers in the trace: processors may differ in the last bits."""


def data_digest(patterns: Iterable[str]) -> str:
    """Return the SHA-256 of the names and contents of data files.

    Args:
        patterns: glob patterns of files in the repository, in addition to those of the district.

    Raises:
        FileNotFoundError: no file matches a pattern.
    """
    digest = hashlib.sha256()
    for pattern in (*_ALWAYS, *patterns):
        files = sorted(file for file in REPOSITORY.glob(pattern) if file.is_file())
        if pattern in _ALWAYS:
            files = [file for file in files if file.relative_to(REPOSITORY).as_posix() not in _IF_NAMED]
        if not files:
            raise FileNotFoundError(f"no file matches {pattern}")
        for file in files:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(REPOSITORY).as_posix()} {content}\n".encode())
    return digest.hexdigest()


@cache
def outcome_digest() -> str:
    """Return the SHA-256 of the outcome of a small run.

    The run simulates the whole history of the district, then the baseline and a policy with all countermeasures. The
    digest covers every column of every month, and the reasons for having no valid permit.
    """
    history = PermitModel(DISTRICT, agents=_AGENTS, rng=_SEED)
    history.run_until(_BRANCHED)
    outcome: dict[str, Any] = {"history": _rounded(history), "reasons": count_reasons(history).tolist()}
    for scenario in ("baseline", _POLICY):
        model = history.branch(scenario)
        model.run_until(_UNTIL)
        outcome[scenario] = _rounded(model)
    return hashlib.sha256(json.dumps(outcome, sort_keys=True).encode()).hexdigest()


def _rounded(model: PermitModel) -> list[dict[str, Any]]:
    return [
        {name: round(value, _PLACES) if isinstance(value, float) else value for name, value in row.items()}
        for row in model.rows
    ]
