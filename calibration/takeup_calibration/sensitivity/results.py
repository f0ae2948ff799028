"""What a sensitivity analysis leaves in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from takeup.digest import code_digest
from takeup.report.manifest import library_versions
from takeup.report.results_folder import write_figure, write_json, write_tables
from takeup.runs.journal import Journal
from takeup_calibration.sensitivity.design import OTHERS
from takeup_calibration.sensitivity.figure import bars
from takeup_calibration.sensitivity.indices import CONFIDENCE, INDICES
from takeup_calibration.sensitivity.looking import Look, Seen
from takeup_calibration.sensitivity.tables import BLOCKS, NOT_RESOLVED, frame_of, render


def write_results(folder: Path, seen: list[Seen], command: str) -> None:
    """Write sensitivity.csv, .parquet and .json, a figure a method, and manifest.json.

    Args:
        folder: where to.
        seen: by each method.
        command: what repeats it.

    Raises:
        OutputError: a file cannot be written.
    """
    table = frame_of(seen)
    write_tables({"sensitivity": table}, folder)
    for one in seen:
        write_figure(bars(one), folder / f"{one.look.design.method}.png")
    write_json(summary_of(seen), folder / "sensitivity.json")
    write_json(_manifest(seen, command), folder / "manifest.json")


def announce(look: Look, journal: Journal, *, quiet: bool) -> None:
    """Say how much there is to do."""
    if not quiet:
        design, done = look.design, len(look.distinct.keys() & journal.keys())
        before = f", {done:,} of them lived before" if done else ""
        Console().print(
            f"{design.method.capitalize()}: {design.blocks:,} {BLOCKS[design.method]}, {len(design.indexed)} parts, "
            f"{len(look.distinct):,} rows of {look.agents:,} migrants{before}",
            highlight=False,
        )


def show(seen: list[Seen], folder: Path) -> None:
    """Print the indices, and where the rest was written."""
    console = Console()
    for one in seen:
        for index in INDICES[one.look.design.method]:
            console.print(render(one, index))
    console.print(
        "Share: valid permits in December 2018; the others: what a lever adds by December 2023. "
        f"{NOT_RESOLVED}: not resolved, the interval is wider than the index; raise --rows."
    )
    console.print(f"Written: {folder}", soft_wrap=True, highlight=False)


def tell_failures(seen: list[Seen]) -> bool:
    """Say on standard error which rows failed; whether any did."""
    for one in seen:
        if one.failed:
            design = one.look.design
            Console(stderr=True).print(
                f"{one.failed} of {len(one.look.distinct)} rows failed, the first with: {one.error}; "
                f"{design.blocks - one.blocks} of {design.blocks} {BLOCKS[design.method]} are left out",
                highlight=False,
                markup=False,
            )
    return any(one.failed for one in seen)


def summary_of(seen: list[Seen]) -> dict[str, Any]:
    """What is in sensitivity.json: how much was done, and every index; the value of one not resolved is null."""
    return {one.look.design.method: _summary(one) for one in seen}


def _summary(seen: Seen) -> dict[str, Any]:
    design, indices = seen.look.design, dict[str, Any]()
    for each in seen.indices:
        of_output = indices.setdefault(each.output, {})
        of_output.setdefault(each.parameter, {})[each.index] = {
            "value": each.value if each.resolved else None,
            "interval": [each.low, each.high],
            "resolved": each.resolved,
        }
    return {
        "confidence": CONFIDENCE,
        "blocks": design.blocks,
        "blocks_without_failure": seen.blocks,
        "rows": len(seen.look.distinct),
        "failed_rows": seen.failed,
        "others": [name for name, part in zip(design.names, design.parts, strict=True) if part == OTHERS],
        "indices": indices,
    }


def _manifest(seen: list[Seen], command: str) -> dict[str, Any]:
    """All that is needed to repeat it, and nothing of when and where it was made."""
    look = seen[0].look
    return {
        "command": command,
        "versions": library_versions("SALib"),
        "code": code_digest(),
        "district": {"name": look.district.name, "sha256": look.district.digest},
        "methods": {one.look.design.method: one.look.design.blocks for one in seen},
        "seed": look.seed,
        "agents": look.agents,
    }
