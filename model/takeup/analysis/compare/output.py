"""Result files of comparisons: tables, figures, HTML page, manifest."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

import takeup
from takeup.analysis.compare.charts import CHARTS
from takeup.analysis.compare.dot_plots import plot_by_group, plot_differences, plot_effects
from takeup.analysis.compare.gains import ALL
from takeup.analysis.compare.heatmaps import plot_by_street, plot_gains
from takeup.analysis.compare.places import street_differences, target_rows, target_sentences
from takeup.analysis.compare.result import Comparison, stack_runs
from takeup.analysis.compare.run_output import Overview, RunRecord, drawn_overviews, run_manifest, write_run_files
from takeup.analysis.compare.text import (
    cost_range,
    findings,
    group_caveat,
    interval_note,
    median_error_note,
    method_note,
    runs,
)
from takeup.analysis.compare.time_series_plots import plot_take_up
from takeup.analysis.uncertainty import interval_contents, point_hint, point_label
from takeup.district.attributes import STREET
from takeup.io import write_whole
from takeup.report import formatting
from takeup.report.charts.base import chart_script
from takeup.report.html import page_environment, page_figure
from takeup.report.i18n import ENGLISH, Language
from takeup.report.inputs import Draws, assumptions, summarise_scenario
from takeup.report.office import FurtherFiles, write_nothing
from takeup.report.results_folder import (
    results_writer,
    write_figure,
    write_tables,
)
from takeup.report.typography import embed_font
from takeup.runs import RunResult
from takeup.scenario import measures_of


@results_writer
def write_comparison(
    folder: Path,
    record: RunRecord,
    comparison: Comparison,
    results: list[list[RunResult]],
    translate: Language = ENGLISH,
    workers: int = 1,
    write_further: FurtherFiles[Comparison] = write_nothing,
) -> dict[str, Any]:
    """Write the files of a comparison.

    Unless draws were compared, each scenario has a subfolder with the files of its runs.

    Args:
        folder: folder of the results.
        record: inputs of the runs, for the manifests.
        comparison: the comparison.
        results: results of each replicate, one per scenario; empty if draws were compared.
        translate: language of page and figures, see `Language.file_name`; other files are the same in all languages.
        workers: number of processes that may draw; the files do not depend on it.
        write_further: function that writes further files, see `office_writer`.
    """
    scenarios = comparison.scenarios if comparison.drawn is None else ()
    by_scenario = [[[runs[number]] for runs in results] for number in range(len(scenarios))]
    inputs = [
        Overview(stack_runs(own, "monthly"), scenario.title, translate)
        for scenario, own in zip(scenarios, by_scenario, strict=True)
    ]
    with drawn_overviews(inputs, workers) as overviews:
        tables = _tables(comparison)
        write_tables(tables, folder)
        figures = {name: plot(comparison, translate) for name, plot in plots_of(comparison).items()}
        for name, figure in figures.items():
            write_figure(figure, folder / translate.file_name(f"{name}.png"))
        page = comparison_html(
            comparison, figures, settings=record.task.settings.parameters, draws=record.draws, translate=translate
        )
        write_whole(folder / translate.file_name("report.html"), page)
        write_further(folder, comparison, tables, figures)
        for scenario, own, overview in zip(scenarios, by_scenario, overviews, strict=True):
            write_run_files(folder / scenario.name, record, scenario, own, overview, translate)
    return run_manifest(record, comparison.scenarios) | _outcome(record, comparison)


def plots_of(comparison: Comparison) -> dict[str, Callable[[Comparison, Language], Figure]]:
    """Return the plot functions of a comparison by the name of the figure.

    The baseline alone has no effects to plot. Streets are plotted only if they differ by more than Monte Carlo error.
    """
    if len(comparison.scenarios) == 1:
        return {"take_up": plot_take_up}
    by_street = {"by_street": plot_by_street} if street_differences(comparison).any else {}
    first = (
        {"take_up": plot_take_up, "differences": plot_differences}
        if comparison.drawn is None
        else {"effects": plot_effects, "take_up": plot_take_up}
    )
    return {
        **first,
        "by_group": plot_by_group,
        **by_street,
        "gains": plot_gains,
    }


def _tables(comparison: Comparison) -> dict[str, pd.DataFrame]:
    tables = {"comparison": comparison.comparison, "groups": comparison.groups, "gains": comparison.gains}
    if not comparison.targets.empty:
        tables["targets"] = comparison.targets
    if comparison.drawn is not None:
        tables |= {"draws": comparison.drawn.runs, "ensemble": comparison.drawn.scenarios}
    return tables


def _outcome(record: RunRecord, comparison: Comparison) -> dict[str, Any]:
    """Return the entries of the manifest that are known only after the runs."""
    outcome: dict[str, Any] = {}
    if comparison.precision is not None:
        outcome["precision"] = asdict(comparison.precision) | {"reached": comparison.precision.is_reached}
    if comparison.drawn is not None:
        outcome["posterior"] = {"sha256": record.posterior, "draws": len(record.draws)}
        outcome["draws_with_result"] = comparison.replicates
        outcome["failed"] = comparison.drawn.failed.to_dict("records")
    return outcome


@dataclass(frozen=True)
class EffectCell:
    """A formatted effect with its interval, in the table by group."""

    difference: str
    interval: str


@dataclass(frozen=True)
class GroupRow:
    """A row of the table by group, with formatted values and one cell per scenario."""

    attribute: str
    level: str
    baseline: str
    cells: Sequence[EffectCell]


def comparison_html(
    comparison: Comparison,
    figures: Mapping[str, Figure],
    *,
    settings: Mapping[str, float] | None = None,
    draws: Draws = (),
    translate: Language = ENGLISH,
) -> str:
    """Render the HTML page of a comparison.

    Args:
        comparison: the comparison.
        figures: figures by name, in the order of the page; for a figure without a title, the name is the title.
        settings: parameter values that were set for these runs, by dotted name.
        draws: parameters of each draw of the posterior, by dotted name.
        translate: language of the page and of the figures.
    """
    charts = {name: CHARTS[name](comparison, translate) for name in figures if name in CHARTS}
    summary = comparison.summary
    groups = comparison.by_group
    is_street = groups["attribute"] == STREET
    by_street = street_differences(comparison, translate)
    is_listed = is_street & groups["scenario"].isin(by_street.scenarios)
    titles = {scenario.name: translate.phrase(scenario.title) for scenario in comparison.scenarios}
    population = comparison.district.population
    template = page_environment(Path(__file__).parent).get_template("report.html.j2")
    page = template.render(
        comparison=comparison,
        population=population,
        version=takeup.__version__,
        runs=runs(comparison, translate),
        titles=list(titles.values()),
        findings=[*target_sentences(comparison, translate), *findings(comparison, summary, translate)],
        targets=target_rows(comparison, translate),
        contents=""
        if comparison.replicates == 1
        else interval_contents(drawn=comparison.drawn is not None, translate=translate),
        cost_range=partial(cost_range, translate=translate),
        median_error=median_error_note(comparison, translate) if comparison.drawn is not None else "",
        certainty=interval_note(comparison, translate),
        summary=summary.to_dict("records"),
        label="" if comparison.drawn is not None else point_label(translate),
        hint=point_hint(comparison.district, translate),
        drawn=[] if comparison.drawn is None else comparison.drawn.scenarios.to_dict("records"),
        gains=_gains(comparison).to_dict("records"),
        group_caveat_text=group_caveat(comparison, translate),
        method=method_note(comparison, translate),
        figures=[
            page_figure(number, name, figure, charts.get(name), translate)
            for number, (name, figure) in enumerate(figures.items(), 1)
        ],
        script=Markup(chart_script()) if charts else "",
        groups=_group_rows(groups[~is_street], comparison, translate),
        streets=_group_rows(groups[is_listed], comparison, translate, shows_baseline=by_street.baseline),
        street_titles=[titles[name] for name in by_street.scenarios],
        street_note=by_street.note,
        policies=[summarise_scenario(scenario, comparison.district, translate) for scenario in comparison.scenarios],
        assumptions=assumptions(
            comparison.district.parameters,
            comparison.scenarios,
            settings or {},
            draws,
            translate,
            measures_of(
                (each for scenario in comparison.scenarios for each in scenario.purchases), comparison.district
            ),
        ),
        format=formatting,
        translate=translate,
    )
    return embed_font(page)


def _gains(comparison: Comparison) -> pd.DataFrame:
    """Return the gains and losses of all persons, one row per scenario."""
    overall = comparison.gains[comparison.gains["attribute"] == ALL]
    titles = {scenario.name: scenario.title for scenario in comparison.scenarios[1:]}
    return overall.assign(title=overall["scenario"].map(titles)).dropna(subset="title")


def _group_rows(
    groups: pd.DataFrame, comparison: Comparison, translate: Language, *, shows_baseline: bool = True
) -> list[GroupRow]:
    rows = []
    for (attribute, level), members in groups.groupby(["attribute", "level"], sort=False):
        numbers = members[["difference_points", "low", "high"]].itertuples(index=False)
        cells = [
            EffectCell(formatting.signed(points), _interval(points, low, high, comparison, translate))
            for points, low, high in numbers
        ]
        percent = float(members["baseline_percent"].iloc[0])
        baseline = formatting.decimal(percent) if shows_baseline else formatting.NOTHING
        named = translate.level(comparison.district.population, str(attribute), str(level))
        rows.append(GroupRow(translate.words(str(attribute)), named, baseline, cells))
    return rows


def _interval(points: float, low: float, high: float, comparison: Comparison, translate: Language) -> str:
    """Format an interval: half its width over replicates, or its ends over draws."""
    if not math.isfinite(high):
        return ""
    if comparison.drawn is None:
        return formatting.plus_minus(high - points)
    return translate.interval(low, high, formatting.signed)
