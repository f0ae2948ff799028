"""What the value of information leaves in its folder, and what is printed of it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rich.console import Console

from takeup.digest import code_digest
from takeup.report.manifest import library_versions
from takeup.report.results_folder import write_figure, write_json, write_tables
from takeup_calibration.value.figure import bars
from takeup_calibration.value.plan import Plan
from takeup_calibration.value.sentences import sentences
from takeup_calibration.value.tables import pairs_frame, render, summary_of, voi_frame
from takeup_calibration.value.valuing import Pair, Valuation


def write_results(folder: Path, plan: Plan, found: Valuation, pair: Pair, candidates: Path, command: str) -> None:
    """Write voi and pairs as .csv and .parquet, voi.png, summary.json and manifest.json.

    Args:
        folder: where to.
        plan: what was lived.
        found: the value of information.
        pair: of scenarios, for the figure and the summary.
        candidates: the file they are from.
        command: what repeats it.

    Raises:
        OutputError: a file cannot be written.
    """
    write_tables({"voi": voi_frame(found), "pairs": pairs_frame(found)}, folder)
    write_figure(bars(found, pair, plan.district.population.name), folder / "voi.png")
    write_json(summary_of(found, pair, sentences(found, pair)), folder / "summary.json")
    write_json(_manifest(plan, candidates, command), folder / "manifest.json")


def show(found: Valuation, pair: Pair, folder: Path) -> None:
    """Print the table, what it comes to, and where the rest was written."""
    console = Console()
    console.print(render(found, pair))
    for sentence in sentences(found, pair):
        console.print(sentence, highlight=False)
    console.print(f"Written: {folder}", soft_wrap=True, highlight=False)


def tell_failures(plan: Plan, found: Valuation) -> bool:
    """Say on standard error how many draws are left out; whether any are."""
    evidence = found.evidence
    if evidence.failed:
        Console(stderr=True).print(
            f"{evidence.failed} of {len(plan.draws)} draws are left out, the first: {evidence.error}",
            highlight=False,
            markup=False,
        )
    return evidence.failed > 0


def _manifest(plan: Plan, candidates: Path, command: str) -> dict[str, Any]:
    """All that is needed to repeat it, and nothing of when and where it was made."""
    return {
        "command": command,
        "versions": library_versions("scikit-learn"),
        "code": code_digest(),
        "district": {"name": plan.district.name, "sha256": plan.district.digest},
        "posterior": {"sha256": plan.posterior, "draws": len(plan.draws)},
        "candidates": {"sha256": hashlib.sha256(candidates.read_bytes()).hexdigest()},
        "scenarios": {
            each.name: [stated.intervention.model_dump(mode="json", by_alias=True) for stated in each.stated]
            for each in plan.scenarios
        },
        "seed": plan.seed,
        "agents": plan.agents,
    }
