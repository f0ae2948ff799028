"""What a run of several districts leaves in its folder. Every file appears whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from takeup.answers import t_interval
from takeup.answers.province import Answer, Province
from takeup.console.manifest import told, versions
from takeup.report.figures import by_district, monthly_overview
from takeup.report.files import results, write_figure, write_json, write_tables


@results
def write_province(folder: Path, province: Province, answer: Answer, command: str) -> None:
    """Write tables, figures, summary and manifest.

    Args:
        folder: where to.
        province: what was lived.
        answer: what was found.
        command: what repeats it.
    """
    scenario = province.task.scenarios[0]
    write_tables({"monthly": answer.monthly, "districts": answer.districts}, folder)
    write_figure(monthly_overview(answer.monthly, scenario.title), folder / "overview.png")
    write_figure(by_district(answer.districts, scenario.title), folder / "districts.png")
    write_json(_summary(province, answer), folder / "summary.json")
    write_json(_manifest(province, command), folder / "manifest.json")


def _summary(province: Province, answer: Answer) -> dict[str, Any]:
    """How the scenario stands in its last month: over all districts, and how far they lie apart."""
    scenario, until = province.task.scenarios[0], province.task.until
    last = answer.monthly[answer.monthly["month"] == until]
    share = t_interval((last["valid"] / last["population"]).to_numpy())
    by_district = answer.districts[answer.districts["month"] == until].groupby("district", sort=False)["valid_share"]
    shares = by_district.mean()
    means = last.drop(columns=["scenario", "replicate", "month"]).mean()
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "districts": len(province.places),
        "month": until,
        "replicates": province.replicates,
        "valid_share": float(share.mean),
        "valid_share_95": [float(share.low), float(share.high)],
        "persons_per_agent": province.persons / province.agents,
        "by_district": {
            "lowest": {"district": str(shares.idxmin()), "valid_share": float(shares.min())},
            "median": {"valid_share": float(np.median(shares))},
            "highest": {"district": str(shares.idxmax()), "valid_share": float(shares.max())},
        },
        "means": {str(name): float(value) for name, value in means.items()},
    }


def _manifest(province: Province, command: str) -> dict[str, Any]:
    """All that is needed to repeat the run, and nothing of when and where it was made."""
    task = province.task
    return {
        "command": command,
        "key": province.key,
        "versions": versions(),
        "districts": [
            {
                "name": place.name,
                "sha256": place.task.digest,
                "agents": place.task.agents,
                "seeds": [province.job(place, replicate).payload.seed for replicate in range(province.replicates)],
            }
            for place in province.places
        ],
        "scenarios": [told(scenario) for scenario in task.scenarios],
        "parameters": dict(task.parameters),
        "seeds": [province.seed + replicate for replicate in range(province.replicates)],
        "agents": province.agents,
        "engine": task.engine,
        "from": task.start,
        "until": task.until,
    }
