"""`takeup demo`: one small comparison, in a few seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from takeup.analysis import Comparison, Ensemble, comparison_tasks, ensemble_comparison
from takeup.analysis.compare.time_series_plots import plot_take_up
from takeup.analysis.uncertainty import interval_contents
from takeup.console import options
from takeup.console.language import choose_language
from takeup.console.progress import print_table, progress
from takeup.district import POSTERIOR, load_district, read_posterior
from takeup.io import check_writable, write_whole
from takeup.limits import AGENTS_PER_DRAW
from takeup.months import END_OF_HISTORY, parse_month
from takeup.report.formatting import PERCENT, count, decimal, print_results, rough, signed
from takeup.report.i18n import Language
from takeup.report.results_folder import write_figure
from takeup.runs import Runner, RunSettings
from takeup.scenario import load_scenario

POLICY: Final = Path(__file__).with_name("demo.toml")
DRAWS: Final = 30
_SHOWN_FROM = END_OF_HISTORY


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
    language: options.LanguageCode = None,
    quiet: options.Quiet = False,
) -> None:
    """Show the effect of one policy on 10,000 migrants in a figure, in a few seconds.

    Example:
        takeup demo
    """
    translate = choose_language(language)
    check_writable(out)
    liwan = load_district("liwan")
    (task,) = comparison_tasks(liwan, [load_scenario(POLICY)], RunSettings(agents=AGENTS_PER_DRAW), replicates=1)
    ensemble = Ensemble.of(liwan, task, read_posterior(liwan.folder / POSTERIOR, liwan.parameters), DRAWS)
    number = len(ensemble.runs)
    if not quiet:
        introduction = translate(
            "Liwan with {agents} simulated migrants for {persons} real ones, without and with a policy from 2019-03 "
            "on: landlords and employers inform those whom they house, and fewer papers are required. Both are run "
            "under {draws} sets of parameters that agree with the known data, each with its own random seed. "
            "{twice} of these sets are run with a second seed, to estimate the Monte Carlo error: {number} runs in "
            "all. The first command compiles the model, which takes some seconds.",
            agents=count(AGENTS_PER_DRAW),
            persons=count(liwan.population.most),
            draws=DRAWS,
            twice=number - DRAWS,
            number=number,
        )
        print_results(introduction, Text())
    with (
        Runner.open(None, options.worker_count(None, number)) as runner,
        progress(
            translate("Simulating {number} runs", number=number), number, quiet=quiet, translate=translate
        ) as show_progress,
    ):
        ensemble.run(runner, show_progress, in_threads=True)
        comparison = ensemble_comparison(ensemble, runner.journal, "takeup demo")
    write_whole(out / "demo.toml", POLICY.read_text(encoding="utf-8"))
    figure = out / translate.file_name("take_up.png")
    write_figure(plot_take_up(comparison, translate), figure)
    if not quiet:
        _show(comparison, out, figure, translate)


def _show(comparison: Comparison, out: Path, figure: Path, translate: Language) -> None:
    row, policy = comparison.comparison.iloc[-1], out / "demo.toml"
    print_table(_by_year(comparison, translate))
    effect = translate(
        "By {month} the policy adds {points} points ({interval}, {contents}), about {persons} valid permits in a "
        "district of {residents} migrants. The strength of the policy is assumed.",
        month=translate.month(comparison.until),
        points=decimal(row["difference_points"]),
        interval=translate.interval(row["low"], row["high"]),
        contents=interval_contents(drawn=True, translate=translate),
        persons=count(rough(row["difference_persons"])),
        residents=count(comparison.district.population.most),
    )
    files = translate("Figure: {figure}\nPolicy: {policy}", figure=figure, policy=policy)
    print_results(effect)
    typer.echo(f"\n{files}\n")
    typer.echo(translate("Try next:"))
    further = {
        f"takeup compare {policy}": translate("after changing a number in that file"),
        "takeup why": translate("why the other migrants have no permit"),
        "takeup scenario new mine": translate("a new scenario file"),
        "takeup list": translate("levers, streets and groups"),
    }
    width = max(map(len, further))
    for command, what in further.items():
        typer.echo(f"  {command:{width}}   {what}")
    typer.echo()
    typer.echo(translate("README.md lists the documentation."))


def _by_year(comparison: Comparison, translate: Language) -> Table:
    """Tabulate take-up at the end of each year, with a bar for each scenario."""
    title = translate("Migrants with a valid permit, %: medians")
    table = Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        caption=interval_contents(drawn=True, translate=translate),
        caption_justify="left",
    )
    for header in ("", translate("No policy"), translate("Added"), translate("90 % of draws")):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column(translate("█ no policy  ░ added"), no_wrap=True)
    baseline, policy = (
        comparison.comparison[comparison.comparison["scenario"] == each.name].set_index("month")
        for each in comparison.scenarios
    )
    for when, row in policy.iterrows():
        if parse_month(str(when)) >= parse_month(_SHOWN_FROM):
            before, added = PERCENT * float(baseline["valid_share"].loc[str(when)]), row["difference_points"]
            bar = "█" * round(before) + "░" * max(round(added), 0)
            range_text = translate.interval(row["low"], row["high"], signed)
            table.add_row(str(when), decimal(before), signed(added), range_text, bar)
    return table
