"""`takeup demo`: one small comparison, in a few seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rich import box
from rich.table import Table

from takeup.analysis import Comparison, Ensemble, comparison_tasks, ensemble_comparison
from takeup.analysis.compare.time_series_plots import plot_take_up
from takeup.analysis.uncertainty import interval_contents
from takeup.console import options
from takeup.console.progress import print_table, progress
from takeup.district import POSTERIOR, load_district, read_posterior
from takeup.io import check_writable, write_whole
from takeup.limits import AGENTS_PER_DRAW
from takeup.months import END_OF_HISTORY, parse_month
from takeup.report.formatting import PERCENT, count, decimal, interval, month, rough, signed
from takeup.report.results_folder import write_figure
from takeup.runs import Runner, RunSettings
from takeup.scenario import load_scenario

POLICY: Final = Path(__file__).with_name("demo.toml")
DRAWS: Final = 30
_SHOWN_FROM = END_OF_HISTORY
_NEXT: Final = (
    ("takeup compare {policy}", "after changing a number in that file"),
    ("takeup why", "why the other migrants have no permit"),
    ("takeup scenario new mine", "a new scenario file"),
    ("takeup list", "levers, streets and groups"),
)


def demo(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Write the figure and the policy's file to this folder.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = Path("results/demo"),
    quiet: options.Quiet = False,
) -> None:
    """Show the effect of one policy on 10,000 migrants in a figure, in a few seconds.

    Example:
        takeup demo
    """
    check_writable(out)
    liwan = load_district("liwan")
    if not quiet:
        typer.echo(
            f"Liwan with {AGENTS_PER_DRAW:,} simulated migrants for {count(liwan.population.most)} real ones, "
            f"without and with a policy from 2019-03 on.\nBoth are run under {DRAWS} sets of parameters that agree "
            "with the known data, each with its own random seed."
        )
        typer.echo("The first run compiles the model, which takes some seconds.\n")
    (task,) = comparison_tasks(liwan, [load_scenario(POLICY)], RunSettings(agents=AGENTS_PER_DRAW), replicates=1)
    ensemble = Ensemble.of(liwan, task, read_posterior(liwan.folder / POSTERIOR, liwan.parameters), DRAWS)
    number = len(ensemble.runs)
    with (
        Runner.open(None, options.worker_count(None, number)) as runner,
        progress(f"Simulating {number} runs", number, quiet=quiet) as show_progress,
    ):
        ensemble.run(runner, show_progress, in_threads=True)
        comparison = ensemble_comparison(ensemble, runner.journal, "takeup demo")
    write_whole(out / "demo.toml", POLICY.read_text(encoding="utf-8"))
    write_figure(plot_take_up(comparison), out / "take_up.png")
    if not quiet:
        _show(comparison, out)


def _show(comparison: Comparison, out: Path) -> None:
    policy = comparison.comparison.iloc[-1]
    print_table(_by_year(comparison))
    typer.echo(
        f"By {month(comparison.until)} the policy adds {decimal(policy['difference_points'])} points "
        f"({interval(policy['low'], policy['high'])}, {interval_contents(drawn=True)}),\n"
        f"about {count(rough(policy['difference_persons']))} valid permits in a district of "
        f"{count(comparison.district.population.most)} migrants. The strength of the policy is assumed."
    )
    typer.echo(f"\nFigure: {out / 'take_up.png'}\nPolicy: {out / 'demo.toml'}\n\nTry next:")
    commands = [command.format(policy=out / "demo.toml") for command, _ in _NEXT]
    width = max(len(command) for command in commands)
    for command, (_, what) in zip(commands, _NEXT, strict=True):
        typer.echo(f"  {command:{width}}   {what}")
    typer.echo("\nREADME.md lists the documentation.")


def _by_year(comparison: Comparison) -> Table:
    """Tabulate take-up at the end of each year, with a bar for each scenario."""
    table = Table(
        title="Migrants with a valid permit, %: medians",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        caption=interval_contents(drawn=True),
        caption_justify="left",
    )
    for header in ("", "No policy", "Added", "90 % of draws"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("█ no policy  ░ added", no_wrap=True)
    baseline, policy = (
        comparison.comparison[comparison.comparison["scenario"] == each.name].set_index("month")
        for each in comparison.scenarios
    )
    for when, row in policy.iterrows():
        if parse_month(str(when)) >= parse_month(_SHOWN_FROM):
            before, added = PERCENT * float(baseline["valid_share"].loc[str(when)]), row["difference_points"]
            bar = "█" * round(before) + "░" * max(round(added), 0)
            range_text = interval(row["low"], row["high"], signed)
            table.add_row(str(when), decimal(before), signed(added), range_text, bar)
    return table
