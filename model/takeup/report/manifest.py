"""Parts that all manifests share: command, library versions, scenarios."""

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
    """Return the command line of this process."""
    return f"takeup {shlex.join(sys.argv[1:])}"


def library_versions(*others: str) -> dict[str, str]:
    """Return the versions of this package, of Python and of the libraries that results depend on, and of `others`."""
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
    """Return a scenario as a record, with the SHA-256 of its interventions."""
    stated = intervention_records(scenario.stated)
    digest = hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()
    return {"name": scenario.name, "title": scenario.title, "sha256": digest, "interventions": stated}


def intervention_records(stated: Iterable[SourcedIntervention]) -> list[dict[str, Any]]:
    """Return interventions as records, with the keys of scenario files."""
    return [each.intervention.model_dump(by_alias=True, exclude_none=True) for each in stated]
