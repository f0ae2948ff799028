"""What `stress` leaves in its folder. Every file appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

from takeup.answers.stress import Stress
from takeup.console.manifest import command_line, versions
from takeup.report.files import results, write_json, write_tables


@results
def write_stress(folder: Path, stress: Stress) -> None:
    """Write the table of what was tried, and manifest.json."""
    write_tables({"stress": stress.table}, folder)
    manifest = {
        "command": command_line(),
        "versions": versions(),
        "district": {"name": stress.district.name, "sha256": stress.district.digest},
        "agents": stress.agents,
        "seed": stress.seed,
        "tried": len(stress.all),
        "held": len(stress.all) - len(stress.broken),
    }
    write_json(manifest, folder / "manifest.json")
