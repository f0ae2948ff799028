"""What `trial` leaves in its folder and says in the terminal. Every file appears whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from takeup.answers.trial.answer import Trials
from takeup.console.manifest import command_line, told, versions
from takeup.months import month_name
from takeup.report.figures import trial
from takeup.report.files import results, write_figure, write_json, write_tables
from takeup.report.trial import finding, meant_by_interval, points_of, render_arms, render_findings, who


@results
def write_trials(folder: Path, trials: Trials) -> None:
    """Write the tables, the figure, summary.json and manifest.json."""
    write_tables({"trial": trials.table, "summary": trials.summary}, folder)
    write_figure(trial(trials), folder / "trial.png")
    write_json(_summary(trials), folder / "summary.json")
    write_json(_manifest(trials), folder / "manifest.json")


def show_trials(trials: Trials, folder: Path) -> None:
    """Say it in the terminal."""
    console = Console()
    console.print(render_arms(trials))
    console.print(render_findings(trials))
    console.print(finding(trials), highlight=False, markup=False)
    console.print(f"Written: {folder}", soft_wrap=True, highlight=False)


def _summary(trials: Trials) -> dict[str, Any]:
    """What was found, month by month, over trials; persons are simulated persons."""
    plan, design = trials.plan, trials.plan.design
    return {
        "said": finding(trials),
        "scenario": plan.scenario.name,
        "title": plan.scenario.title,
        "district": plan.district.population.name,
        "in_the_trial": who(trials),
        "unit": design.unit,
        "share": design.share,
        "eligible": design.eligible,
        "groups": {name: list(levels) for name, levels in design.groups},
        "begin": month_name(design.begin),
        "runs": trials.runs,
        "runs_are": "draws of the posterior" if plan.drawn else "replicates",
        "intervals": meant_by_interval(trials),
        "persons_per_agent": plan.persons_per_agent,
        "months": {when: _month(trials, when) for when in trials.months},
    }


def _month(trials: Trials, when: str) -> dict[str, Any]:
    covered = trials.covered[trials.covered["month"] == when]
    found = {
        name: {"points": points, "low": low, "high": high}
        for name, (points, low, high) in points_of(trials, when).items()
    }
    return {
        "arms": {arm: trials.arm(when, arm).to_dict() for arm in ("treated", "control")},
        **found,
        "trials_whose_interval_holds_the_true_effect": {
            name: int(covered[name].iloc[0]) for name in ("itt", "naive_points")
        },
    }


def _manifest(trials: Trials) -> dict[str, Any]:
    """All that is needed to repeat it, and nothing of when and where it was made."""
    plan, design, life = trials.plan, trials.plan.design, trials.plan.lives[0]
    return {
        "command": command_line(),
        "key": plan.key,
        "versions": versions(),
        "district": {"name": plan.district.name, "sha256": plan.district.digest},
        "scenario": told(plan.scenario),
        "design": {
            "unit": design.unit,
            "share": design.share,
            "eligible": design.eligible,
            "groups": {name: list(levels) for name, levels in design.groups},
            "begin": month_name(design.begin),
            "months": list(trials.months),
        },
        "runs": [{"seed": each.seed, "parameters": each.parameters} for each in plan.lives],
        "agents": life.agents,
        "from": life.start,
    }
