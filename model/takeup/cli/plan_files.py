"""What `plan` leaves in its folder and says in the terminal. Every file appears whole or not at all."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from takeup.answers.plan import Result
from takeup.answers.plan.race import NEAR_POINTS
from takeup.answers.plan.written import scenario_text
from takeup.console.manifest import command_line, versions
from takeup.district import SHIPPED
from takeup.report.figures import plan
from takeup.report.files import results, write_figure, write_json, write_tables, write_whole
from takeup.report.plan import cheaper, finding, how, meant, render_frontier

PACKAGE: Final = "package.toml"


@results
def write_result(folder: Path, result: Result) -> None:
    """Write the packages, the figure, the recommended package as a scenario file, summary.json and manifest.json."""
    write_tables({"packages": result.table}, folder)
    write_figure(plan(result), folder / "frontier.png")
    write_whole(folder / PACKAGE, scenario_text(result.question.space, result.best, finding(result)))
    write_json(_summary(result), folder / "summary.json")
    write_json(_manifest(result), folder / "manifest.json")


def show_result(result: Result, folder: Path) -> None:
    """Say it in the terminal."""
    console = Console()
    console.print(render_frontier(result))
    for said in (finding(result), cheaper(result)):
        if said:
            console.print(said, markup=False, highlight=False)
    console.print(f"Written: {folder}", soft_wrap=True, markup=False, highlight=False)
    console.print(f"Try: {again(result, folder)}", soft_wrap=True, markup=False, highlight=False)


def again(result: Result, folder: Path) -> str:
    """The command that compares the recommended package with the baseline under the same draws and seeds."""
    question = result.question
    task, place = question.ensemble.task, question.district
    options = {
        "--district": place.name if place.folder.parent == SHIPPED else str(place.folder),
        "--agents": str(task.agents),
        "--seed": str(task.seed),
        "--draws" if question.drawn else "--replicates": str(len(question.ensemble.draws)),
        **({"--posterior": str(question.posterior)} if question.drawn else {}),
        "--until": task.until,
    }
    settings = [word for name, value in task.parameters for word in ("--set", f"{name}={value!r}")]
    words = [str(folder / PACKAGE), *(word for option in options.items() for word in option), *settings]
    return f"takeup compare {shlex.join(words)}"


def _summary(result: Result) -> dict[str, Any]:
    """What was found: points of take-up, permits of the district, yuan."""
    question, planned, row = result.question, result.planned, result.recommended
    return {
        "said": finding(result),
        "cheaper": cheaper(result),
        "meant": meant(result),
        "how": how(result),
        "district": question.district.population.name,
        "month": question.ensemble.task.until,
        "budget_cny": question.space.budget,
        "target": {
            "attribute": planned.target.attribute or None,
            "level": planned.target.level or None,
            "valid_share_if_nothing_is_bought": planned.target.share,
        },
        "recommended": {
            "options": [
                {"name": option.name, "size": size.name, "title": option.title, "status": option.status}
                for option, size in question.space.chosen(result.best)
            ],
            **row.drop(["options", "on_frontier", "within_budget", "recommended"]).to_dict(),
        },
        "near_best_points": NEAR_POINTS,
        "frontier": result.frontier.to_dict("records"),
        "packages_judged": len(planned.packages),
        "all_packages": planned.is_all,
        "search_ended": planned.ended,
        "rounds": [{"draws": draws, "packages": packages} for draws, packages in planned.rounds],
        "runs_are": "draws of the posterior" if question.drawn else "replicates",
        "runs": result.draws,
        "persons_per_agent": question.persons_per_agent,
    }


def _manifest(result: Result) -> dict[str, Any]:
    """All that is needed to repeat it, and nothing of when and where it was made."""
    question = result.question
    ensemble, options = question.ensemble, question.options
    return {
        "command": command_line(),
        "key": question.key,
        "versions": versions(),
        "district": {"name": question.district.name, "sha256": question.district.digest},
        "posterior": ensemble.posterior or None,
        "budget_cny": question.space.budget,
        "by": question.by,
        "most": question.most,
        "options": [
            {
                "name": option.name,
                "title": option.title,
                "source": option.source,
                "status": option.status,
                "excludes": sorted(option.excludes),
                "needs": sorted(option.needs),
                "sizes": {
                    size.name: [
                        each.intervention.model_dump(by_alias=True, exclude_none=True) for each in size.stated
                    ]
                    for size in option.sizes
                },
            }
            for option in options.each
        ],
        "runs": [
            {"seed": ensemble.runs[draw].seed, "parameters": parameters}
            for draw, parameters in enumerate(ensemble.draws)
        ],
        "failed": [{"draw": draw, "error": error} for draw, error in result.failed.items()],
        "agents": ensemble.task.agents,
        "from": ensemble.task.start,
        "until": ensemble.task.until,
    }
