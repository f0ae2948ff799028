"""`takeup demo`: what the model does, in a few seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rich import box
from rich.table import Table

from takeup.analysis import Comparison, comparison_tasks, summarise_comparison
from takeup.analysis.compare.tables import summary_table
from takeup.analysis.compare.time_series_plots import plot_take_up
from takeup.cli.requests import show
from takeup.console import options
from takeup.console.progress import progress
from takeup.constants import PERCENT
from takeup.district import load_district
from takeup.io import check_writable, write_whole
from takeup.months import END_OF_HISTORY, parse_month
from takeup.report.formatting import count, decimal, interval, month, rough
from takeup.report.results_folder import write_figure
from takeup.runs import run_tasks
from takeup.scenario import load_scenario

POLICY: Final = Path(__file__).with_name("demo.toml")
AGENTS: Final = 20_000
_SHOWN_FROM = END_OF_HISTORY
_NEXT: Final = (
    ("takeup compare {policy} --agents {agents}", "after changing a number in that file"),
    ("takeup why --agents {agents}", "why the others have none"),
    ("takeup scenario new mine", "a policy of your own"),
    ("takeup list", "what can be changed, where, for whom"),
)


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the figure and the policy's file are written.")
    ] = Path("results/demo"),
    quiet: options.Quiet = False,
) -> None:
    """Show what the model does: 20,000 migrants, one policy beside doing nothing, one figure. Takes some seconds."""
    check_writable(out)
    if not quiet:
        typer.echo(
            "Liwan with 20,000 migrants for its 360,000: as it was, and under a policy from 2019-03 on;\n"
            "both with four different lots of people and luck, to see how much is chance."
        )
        typer.echo("The first time some seconds go into compiling.\n")
    liwan = load_district("liwan")
    tasks = comparison_tasks(liwan, [load_scenario(POLICY)], agents=AGENTS)
    months = sum(task.months for task in tasks)
    with progress(f"Living {months:,} months", months, quiet=quiet) as done:
        comparison = summarise_comparison(liwan, tasks, run_tasks(tasks, on_progress=done), "takeup demo")
    write_whole(out / "demo.toml", POLICY.read_text(encoding="utf-8"))
    write_figure(plot_take_up(comparison), out / "take_up.png")
    if not quiet:
        _show(comparison, out)


def _show(comparison: Comparison, out: Path) -> None:

    policy, migrants = summary_table(comparison).iloc[1], count(comparison.district.population.most)
    show(_by_year(comparison))
    typer.echo(
        f"By {month(comparison.until)} the policy adds {decimal(policy['difference_points'])} points "
        f"({interval(policy['low'], policy['high'])}: 95 % interval, chance alone),\n"
        f"about {count(rough(policy['difference_persons']))} valid permits in a district of {migrants} migrants. "
        "How large the policy is, is assumed."
    )
    typer.echo(f"\nFigure: {out / 'take_up.png'}\nPolicy: {out / 'demo.toml'}\n\nTry next:")
    commands = [command.format(policy=out / "demo.toml", agents=AGENTS) for command, _ in _NEXT]
    width = max(len(command) for command in commands)
    for command, (_, what) in zip(commands, _NEXT, strict=True):
        typer.echo(f"  {command:{width}}   {what}")
    typer.echo(f"\nWithout --agents all {migrants} are simulated, one by one. README.md says where to read on.")


def _by_year(comparison: Comparison) -> Table:
    """Take-up at the end of each year: a bar for doing nothing, and what the policy adds to it."""
    wide = comparison.comparison.pivot_table(index="month", columns="scenario", values="valid_share") * PERCENT
    table = Table(title="Migrants with a valid permit, %", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for header in ("", "As it was", "Policy"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("█ as it was  ░ added by the policy", no_wrap=True)
    for when, (before, after) in wide[[each.name for each in comparison.scenarios]].iterrows():
        if str(when).endswith("-12") and parse_month(str(when)) >= parse_month(_SHOWN_FROM):
            first, more = (max(round(share), 0) for share in (before, after - before))
            table.add_row(str(when), decimal(before), decimal(after), "█" * first + "░" * more)
    return table
