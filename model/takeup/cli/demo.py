"""`takeup demo`: one small comparison, in a few seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rich import box
from rich.table import Table

from takeup.analysis import Comparison, comparison_tasks, summarise_comparison
from takeup.analysis.compare.result import summary_table
from takeup.analysis.compare.time_series_plots import plot_take_up
from takeup.console import options
from takeup.console.progress import print_table, progress
from takeup.district import load_district
from takeup.io import check_writable, write_whole
from takeup.months import END_OF_HISTORY, parse_month
from takeup.report.formatting import PERCENT, count, decimal, interval, month, rough
from takeup.report.results_folder import write_figure
from takeup.runs import RunSettings, run_tasks
from takeup.scenario import load_scenario

POLICY: Final = Path(__file__).with_name("demo.toml")
AGENTS: Final = 20_000
_SHOWN_FROM = END_OF_HISTORY
_NEXT: Final = (
    ("takeup compare {policy} --agents {agents}", "after changing a number in that file"),
    ("takeup why --agents {agents}", "why the other migrants have no permit"),
    ("takeup scenario new mine", "a new scenario file"),
    ("takeup list", "levers, streets and groups"),
)


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Write the figure and the policy's file to this folder.")
    ] = Path("results/demo"),
    quiet: options.Quiet = False,
) -> None:
    """Show the effect of one policy on 20,000 migrants in a figure, in a few seconds."""
    check_writable(out)
    if not quiet:
        typer.echo(
            "Liwan with 20,000 simulated migrants for 360,000 real ones, without and with a policy from 2019-03 on.\n"
            "Each is run with four random seeds, to show the Monte Carlo error."
        )
        typer.echo("The first run compiles the model, which takes some seconds.\n")
    liwan = load_district("liwan")
    tasks = comparison_tasks(liwan, [load_scenario(POLICY)], RunSettings(agents=AGENTS))
    months = sum(task.months for task in tasks)
    with progress(f"Simulating {months:,} months", months, quiet=quiet) as show_progress:
        comparison = summarise_comparison(liwan, tasks, run_tasks(tasks, on_progress=show_progress), "takeup demo")
    write_whole(out / "demo.toml", POLICY.read_text(encoding="utf-8"))
    write_figure(plot_take_up(comparison), out / "take_up.png")
    if not quiet:
        _show(comparison, out)


def _show(comparison: Comparison, out: Path) -> None:
    policy, migrants = summary_table(comparison).iloc[1], count(comparison.district.population.most)
    print_table(_by_year(comparison))
    typer.echo(
        f"By {month(comparison.until)} the policy adds {decimal(policy['difference_points'])} points "
        f"({interval(policy['low'], policy['high'])}: 95 % interval, Monte Carlo error only),\n"
        f"about {count(rough(policy['difference_persons']))} valid permits in a district of {migrants} migrants. "
        "The strength of the policy is assumed."
    )
    typer.echo(f"\nFigure: {out / 'take_up.png'}\nPolicy: {out / 'demo.toml'}\n\nTry next:")
    commands = [command.format(policy=out / "demo.toml", agents=AGENTS) for command, _ in _NEXT]
    width = max(len(command) for command in commands)
    for command, (_, what) in zip(commands, _NEXT, strict=True):
        typer.echo(f"  {command:{width}}   {what}")
    typer.echo(f"\nWithout --agents all {migrants} are simulated, one by one. README.md lists the documentation.")


def _by_year(comparison: Comparison) -> Table:
    """Tabulate take-up at the end of each year, with a bar for each scenario."""
    wide = comparison.comparison.pivot_table(index="month", columns="scenario", values="valid_share") * PERCENT
    table = Table(title="Migrants with a valid permit, %", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for header in ("", "No policy", "Policy"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("█ no policy  ░ added by the policy", no_wrap=True)
    for when, (before, after) in wide[[each.name for each in comparison.scenarios]].iterrows():
        if str(when).endswith("-12") and parse_month(str(when)) >= parse_month(_SHOWN_FROM):
            first, more = (max(round(share), 0) for share in (before, after - before))
            table.add_row(str(when), decimal(before), decimal(after), "█" * first + "░" * more)
    return table
