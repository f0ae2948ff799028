"""What every manifest says alike: the command, what it was made with, and what a scenario states."""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
import sys
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final

import takeup
from takeup.district import District
from takeup.scenario import Scenario, SourcedIntervention

_LIBRARIES: Final = ("numpy", "numba", "pandas", "scipy", "mesa")


def command_line() -> str:
    """The command as it was typed."""
    return f"takeup {shlex.join(sys.argv[1:])}"


def library_versions(*others: str) -> dict[str, str]:
    """What results were made with: this package, Python, the libraries every result depends on, and others."""
    return {
        "takeup": takeup.__version__,
        "python": platform.python_version(),
        **{library: version(library) for library in (*_LIBRARIES, *others)},
    }


def run_record(district: District, key: str) -> dict[str, Any]:
    """The part that the manifests of all analyses of one district share: command, key, versions and district."""
    return {
        "command": command_line(),
        "key": key,
        "versions": library_versions(),
        "district": {"name": district.name, "sha256": district.digest},
    }


def scenario_record(scenario: Scenario) -> dict[str, Any]:
    """A scenario, with the SHA-256 of what it states."""
    stated = intervention_records(scenario.stated)
    digest = hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()
    return {"name": scenario.name, "title": scenario.title, "sha256": digest, "interventions": stated}


def intervention_records(stated: Iterable[SourcedIntervention]) -> list[dict[str, Any]]:
    """Interventions as their files say them."""
    return [each.intervention.model_dump(by_alias=True, exclude_none=True) for each in stated]
