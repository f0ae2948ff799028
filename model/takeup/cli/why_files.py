"""What `why` leaves in its folder and says in the terminal. Every file appears whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from takeup.answers import Interval
from takeup.answers.why import CAUSES, Answer, Decomposition
from takeup.console.manifest import command_line, interventions, told, versions
from takeup.months import month_name
from takeup.report.figures import funnel, obstacles
from takeup.report.files import results, write_figure, write_json, write_tables
from takeup.report.reasons import causes_table, headline, removal, residents
from takeup.report.reasons_shown import render_causes, render_obstacles, render_remaining, render_steps


@results
def write_answer(folder: Path, answer: Answer) -> None:
    """Write tables, figures, summary.json and manifest.json."""
    decomposition, tables = answer.decomposition, {"funnel": answer.funnel}
    figures = {"funnel": funnel(answer)}
    if decomposition is not None:
        tables["funnel"] = pd.concat([answer.funnel, decomposition.funnel], ignore_index=True)
        tables |= {
            "obstacles": decomposition.parts,
            "obstacles_by_run": decomposition.table_by_run(),
            "combinations": decomposition.combinations,
        }
        figures["obstacles"] = obstacles(answer, decomposition)
    write_tables(tables, folder)
    for name, figure in figures.items():
        write_figure(figure, folder / f"{name}.png")
    write_json(_summary(answer), folder / "summary.json")
    write_json(_manifest(answer), folder / "manifest.json")


def show_answer(answer: Answer, folder: Path) -> None:
    """Say it in the terminal."""
    console, decomposition = Console(), answer.decomposition
    console.print(headline(answer), markup=False, highlight=False)
    console.print(render_causes(answer))
    console.print(render_steps(answer))
    if decomposition is not None:
        console.print(render_obstacles(answer, decomposition))
        console.print(render_remaining(answer, decomposition))
        console.print(removal(answer, decomposition), markup=False, highlight=False)
    console.print(f"Written: {folder}", soft_wrap=True, markup=False, highlight=False)


def _summary(answer: Answer) -> dict[str, Any]:
    """The answer in figures: percent and points over runs, persons of the district."""
    question, decomposition = answer.question, answer.decomposition
    summary: dict[str, Any] = {
        "said": [headline(answer)],
        "district": question.district.population.name,
        "scenario": question.scenario.name,
        "month": question.lives[0].month,
        "runs": answer.runs,
        "runs_are": "draws of the posterior" if question.drawn else "replicates",
        "interval": "90 % of draws" if question.drawn else "95 % t interval of the mean over replicates",
        "persons": residents(answer),
        "persons_per_agent": question.persons_per_agent,
        "causes": _causes(answer, answer.funnel),
    }
    if decomposition is not None:
        summary["said"].append(removal(answer, decomposition))
        summary |= {
            "until": question.lives[0].until,
            "take_up_now": _numbers(decomposition.now),
            "gap": _numbers(decomposition.gap),
            "not_removable": _numbers(decomposition.remaining),
            "obstacles": decomposition.parts.set_index("obstacle").to_dict("index"),
            "not_removable_causes": _causes(answer, decomposition.funnel),
        }
    return summary


def _causes(answer: Answer, table: pd.DataFrame) -> dict[str, Any]:
    causes = causes_table(answer, table)
    rows = causes[["persons", "percent", "low", "high"]].to_dict("records")
    return {CAUSES[cause]: row for cause, row in zip(causes["cause"], rows, strict=True)}


def _numbers(found: Interval) -> dict[str, float]:
    return {"mean": float(found.mean), "low": float(found.low), "high": float(found.high)}


def _manifest(answer: Answer) -> dict[str, Any]:
    """All that is needed to repeat it, and nothing of when and where it was made."""
    question, life = answer.question, answer.question.lives[0]
    return {
        "command": command_line(),
        "key": question.key,
        "versions": versions(),
        "district": {"name": question.district.name, "sha256": question.district.digest},
        "scenario": told(question.scenario),
        "obstacles": _removals(answer.decomposition),
        "removed_from": None if question.obstacles is None else month_name(question.obstacles.removed_from),
        "runs": [{"seed": each.seed, "parameters": each.parameters} for each in question.lives],
        "agents": life.agents,
        "engine": life.engine,
        "month": life.month,
        "until": None if question.obstacles is None else life.until,
    }


def _removals(decomposition: Decomposition | None) -> list[dict[str, Any]] | None:
    if decomposition is None:
        return None
    return [
        {
            "name": each.name,
            "title": each.title,
            "source": each.source,
            "status": each.status,
            "reasoning": each.reasoning,
            "interventions": interventions(each.removal),
        }
        for each in decomposition.obstacles.each
    ]
