"""Output of a value-of-information analysis: tables, figure, files and text."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from takeup.report.formatting import NOTHING, PERCENT, count, decimal, money, plain_table, plus_minus, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    INK,
    PALE_INK,
    SMALL_SIZE,
    Margins,
    finalise,
    page,
    row_panels,
)
from takeup.report.results_folder import (
    district_record,
    key_of_results,
    library_versions,
    results_writer,
    write_figure,
    write_json,
    write_tables,
)
from takeup.runs.journal import code_digest
from takeup_calibration.voi.estimators import PairChoice, ValueEstimate, VOIResult
from takeup_calibration.voi.evidence import POINTS, VOIDesign

_THOUSAND: Final = 1000.0
_ROW_INCHES: Final = 0.26
_MARGINS: Final = Margins(left=1.9, right=0.25, top=0.55, bottom=0.55)
_GAP_INCHES: Final = 0.35
_BAR: Final = "#b5b5b5"


@results_writer
def write_results(
    folder: Path,
    design: VOIDesign,
    result: VOIResult,
    pair: PairChoice,
    candidates: Path,
    command: str,
    translate: Language = ENGLISH,
) -> dict[str, Any]:
    """Write the tables voi and pairs, voi.png, summary.json and manifest.json.

    Args:
        folder: results folder.
        design: design that was evaluated.
        result: value of information.
        pair: pair of scenarios in the figure and the summary.
        candidates: file of the candidates.
        command: command line that repeats the analysis.
        translate: language of the figure.

    Raises:
        OutputError: a file cannot be written.
    """
    write_tables({"voi": candidates_table(result), "pairs": pairs_table(result)}, folder)
    place = translate.place(design.district.population)
    write_figure(values_figure(result, pair, place, translate), folder / translate.file_name("voi.png"))
    summary = _summarise(result, pair)
    write_json(summary, folder / "summary.json")
    return {
        "command": command,
        "key": key_of_results(summary),
        "versions": library_versions("scikit-learn"),
        "code": code_digest(),
        "district": district_record(design.district),
        "posterior": {"sha256": design.posterior, "draws": len(design.draws)},
        "candidates": {"sha256": hashlib.sha256(candidates.read_bytes()).hexdigest()},
        "scenarios": {
            each.name: [stated.intervention.model_dump(mode="json", by_alias=True) for stated in each.stated]
            for each in design.scenarios
        },
        "seed": design.seed,
        "agents": design.agents,
    }


def print_results(result: VOIResult, pair: PairChoice, folder: Path, translate: Language = ENGLISH) -> None:
    """Print the table of candidates, the main sentences, and the results folder."""
    console = Console()
    console.print(render_table(result, pair, translate))
    for sentence in sentences(result, pair, translate):
        console.print(sentence, highlight=False)
    written = translate("Written: {folder}", folder=folder)
    console.print(written, soft_wrap=True, highlight=False)


def print_failures(design: VOIDesign, result: VOIResult, translate: Language = ENGLISH) -> bool:
    """Print the number of excluded draws, and return whether there are any."""
    evidence = result.evidence
    if evidence.failed:
        Console(stderr=True).print(
            translate(
                "{failed} of {all} draws are excluded, the first because of the error {error}",
                failed=evidence.failed,
                all=len(design.draws),
                error=evidence.error,
            ),
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    return evidence.failed > 0


def candidates_table(result: VOIResult) -> pd.DataFrame:
    """Tabulate the candidates, one row per candidate, the most valuable first.

    Columns: candidate, title, unit; evsi_points, low, high, error (value of the candidate alone, in `unit`),
    usual_points (estimate without cross-fitting, biased upwards), share_of_evpi; order, gain_given_earlier, gain_low,
    gain_high (empty if the gain does not exceed its standard error); cost_cny, status.
    """
    steps = {step.candidate: (number, step) for number, step in enumerate(result.steps, 1)}
    rows = []
    for value in result.candidates:
        number, step = steps.get(value.candidate.name, (None, None))
        rows.append(
            {
                "candidate": value.candidate.name,
                "title": value.candidate.title,
                "unit": result.evidence.unit,
                "evsi_points": value.evsi.value,
                "low": value.evsi.low,
                "high": value.evsi.high,
                "error": value.evsi.error,
                "usual_points": value.in_sample,
                "share_of_evpi": _share(value.evsi, result.evpi),
                "order": number,
                "gain_given_earlier": None if step is None else step.gain.value,
                "gain_low": None if step is None else step.gain.low,
                "gain_high": None if step is None else step.gain.high,
                "cost_cny": value.candidate.cost_cny,
                "status": value.candidate.status,
            }
        )
    numeric = dict.fromkeys(("gain_given_earlier", "gain_low", "gain_high", "cost_cny"), "float64")
    return pd.DataFrame(rows).astype({"order": "Int64", **numeric})


def pairs_table(result: VOIResult) -> pd.DataFrame:
    """Tabulate the pairs of scenarios, one row per pair and candidate.

    Columns: one, other, unit; mean, sd (of the benefit of `one` minus that of `other`), chance_sd (standard deviation
    of the Monte Carlo noise in this difference), one_better (share of the draws); evpi_points, evpi_error; candidate,
    evsi_points, evsi_error, share_of_evpi; variance_removed, low, high.
    """
    return pd.DataFrame(
        [
            {
                "one": pair.one,
                "other": pair.other,
                "unit": result.evidence.unit,
                "mean": pair.mean,
                "sd": pair.sd,
                "chance_sd": pair.noise_sd,
                "one_better": pair.better,
                "evpi_points": pair.evpi.value,
                "evpi_error": pair.evpi.error,
                "candidate": contribution.candidate,
                "evsi_points": contribution.evsi.value,
                "evsi_error": contribution.evsi.error,
                "share_of_evpi": _share(contribution.evsi, pair.evpi),
                "variance_removed": contribution.removed.value,
                "low": contribution.removed.low,
                "high": contribution.removed.high,
            }
            for pair in result.pairs
            for contribution in pair.contributions
        ]
    )


def render_table(result: VOIResult, pair: PairChoice, translate: Language = ENGLISH) -> Table:
    """Render the candidates' values as a table of at most 80 characters per line."""
    removed = {contribution.candidate: contribution.removed for contribution in pair.contributions}
    steps = {step.candidate: (number, step) for number, step in enumerate(result.steps, 1)}
    unit = result.evidence.unit
    title = translate("Value of information: {unit}, ± half the 95 % interval", unit=translate.words(unit))
    table = plain_table(title, gap=1)
    table.show_edge = False
    table.add_column(translate("Candidate"), no_wrap=True)
    headers = (
        translate("Alone"),
        translate("% of\nEVPI"),
        translate("In order"),
        translate("And then\nadds"),
        translate("% re-\nmoved"),
        translate("1,000\nyuan"),
    )
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True)
    for value in result.candidates:
        name, cost = value.candidate.name, value.candidate.cost_cny
        number, step = steps.get(name, (None, None))
        table.add_row(
            name,
            _format_value(value.evsi, unit),
            _percent(_share(value.evsi, result.evpi)),
            NOTHING if number is None else str(number),
            NOTHING if step is None else _format_value(step.gain, unit),
            _format_half_width(removed[name], PERCENT, 0),
            NOTHING if cost is None else money(cost / _THOUSAND),
        )
    table.caption = translate(
        "±: Monte Carlo error of the values, over draws and errors of the data. "
        "% removed: of the variance of {one} minus {other}. Sizes and sources: see the candidates' file.",
        one=pair.one,
        other=pair.other,
    )
    return table


def sentences(result: VOIResult, pair: PairChoice, translate: Language = ENGLISH) -> list[str]:
    """Describe perfect information, the best candidate and a pair of scenarios."""
    evidence = result.evidence
    unit, places = evidence.unit, _places(evidence.unit)
    wins = float((evidence.benefits.argmax(axis=1) == evidence.scenarios.index(result.best)).mean())
    deviation = decimal(pair.sd)
    if not math.isnan(pair.noise_sd):
        alone = decimal(pair.noise_sd)
        deviation = translate("{deviation} ({noise} from Monte Carlo noise alone)", deviation=deviation, noise=alone)
    largest = max(pair.contributions, key=lambda contribution: contribution.removed.value)
    removes = translate("no candidate is shown to remove any of the variance of that difference")
    if largest.removed.low > 0:
        low, high = max(largest.removed.low, 0.0), min(largest.removed.high, 1.0)
        removes = translate(
            "{candidate} removes most of the variance of that difference, {percent} % ({low} to {high}, {contents})",
            candidate=largest.candidate,
            percent=_percent(max(largest.removed.value, 0.0)),
            low=_percent(low),
            high=_percent(high),
            contents=_contents(translate),
        )
    return [
        translate(
            "Of {number} scenarios, {best} is best on average, and under {percent} % of {draws} draws. With perfect "
            "information, the best scenario under each draw is chosen; the gain is {gain}.",
            number=len(evidence.scenarios),
            best=result.best,
            percent=_percent(wins),
            draws=count(len(evidence.benefits)),
            gain=_format_interval(result.evpi, unit, translate),
        ),
        _best_candidate_sentence(result, translate),
        translate(
            "The difference {one} minus {other} is {mean} {unit} on average, with a standard deviation of "
            "{deviation}. {one} is better under {percent} % of the draws; {removes}.",
            one=pair.one,
            other=pair.other,
            mean=signed(pair.mean, places),
            unit=translate.words(unit),
            deviation=deviation,
            percent=_percent(pair.better),
            removes=removes,
        ),
    ]


def values_figure(result: VOIResult, pair: PairChoice, place: str, translate: Language = ENGLISH) -> Figure:
    """Draw each candidate's value, and the variance it removes for a scenario pair.

    Args:
        result: value of information.
        pair: pair of scenarios in the right panel.
        place: name of the district, in the language.
        translate: the language.
    """
    names = [value.candidate.name for value in result.candidates]
    title = translate("Value of information before the choice: {place}", place=place)
    sheet = page(title, _caption(result, pair, translate), _ROW_INCHES * len(names), _MARGINS)
    removed = {contribution.candidate: contribution.removed for contribution in pair.contributions}
    headings = (
        translate("Value of the candidate alone"),
        translate("Uncertainty removed: {one} against {other}", one=pair.one, other=pair.other),
    )
    left, right = row_panels(sheet, headings, names, translate("Candidate"), _GAP_INCHES, title_pad=14)
    _draw_estimates(left, [value.evsi for value in result.candidates], 1.0)
    _draw_evpi(left, result.evpi, translate)
    left.set_xlabel(translate.words(result.evidence.unit))
    _draw_estimates(right, [removed[name] for name in names], PERCENT)
    right.set_xlabel(translate("% of the variance"))
    return finalise(sheet)


def _draw_estimates(axes: Axes, estimates: list[ValueEstimate], scale: float) -> None:
    values, lows, highs = np.array([(each.value, each.low, each.high) for each in estimates]).T * scale
    rows = np.arange(len(estimates))
    axes.barh(rows, values, height=0.66, color=_BAR, zorder=2)
    axes.hlines(rows, lows, highs, color=INK, linewidth=1.4, zorder=4)
    axes.axvline(0.0, color=PALE_INK, linewidth=0.8)


def _draw_evpi(axes: Axes, evpi: ValueEstimate, translate: Language) -> None:
    axes.axvline(evpi.value, color=INK, linewidth=1.1, linestyle=(0, (4.0, 2.0)), zorder=3)
    axes.annotate(
        translate("perfect information"),
        (evpi.value, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-3, 3),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=SMALL_SIZE,
        color=PALE_INK,
    )


def _caption(result: VOIResult, pair: PairChoice, translate: Language) -> str:
    evidence = result.evidence
    return translate(
        "Left: improvement of the choice among {scenarios} with the candidate, on average over {draws} draws of the "
        "posterior; benefit: {unit} by December 2023. Dashed: with perfect information. Right: the share of the "
        "variance of the difference between {one} and {other} that the candidate removes. Lines: 95 % intervals over "
        "draws (bootstrap) and over errors of the data, which contain the Monte Carlo error of the values. "
        "Regressions are evaluated on draws that they were not fitted to; the "
        "estimate for an uninformative candidate may therefore be slightly below 0.",
        scenarios=", ".join(evidence.scenarios),
        draws=count(len(evidence.benefits)),
        unit=translate.words(evidence.unit),
        one=pair.one,
        other=pair.other,
    )


def _summarise(result: VOIResult, pair: PairChoice) -> dict[str, Any]:
    """Summarise the value of information with the keys of summary.json."""
    evidence = result.evidence
    best = evidence.benefits.argmax(axis=1)
    shares = [float((best == column).mean()) for column in range(len(evidence.scenarios))]
    return {
        "sentences": sentences(result, pair),
        "unit": evidence.unit,
        "draws": len(evidence.benefits),
        "distinct_draws": len(set(evidence.draw_ids.tolist())),
        "draws_left_out": evidence.failed,
        "first_error": evidence.error,
        "mean_benefit": dict(zip(evidence.scenarios, evidence.benefits.mean(axis=0).tolist(), strict=True)),
        "best_on_average": result.best,
        "best_under_share_of_draws": dict(zip(evidence.scenarios, shares, strict=True)),
        "evpi": _numbers(result.evpi),
        "candidates": {
            value.candidate.name: {**_numbers(value.evsi), "usual": value.in_sample} for value in result.candidates
        },
        "order": [
            {"candidate": step.candidate, "gain": _numbers(step.gain), "total": _numbers(step.total)}
            for step in result.steps
        ],
        "between": {
            "one": pair.one,
            "other": pair.other,
            "mean": pair.mean,
            "sd": pair.sd,
            "chance_sd": pair.noise_sd,
            "one_better": pair.better,
            "evpi": _numbers(pair.evpi),
            "variance_removed": {
                contribution.candidate: _numbers(contribution.removed) for contribution in pair.contributions
            },
            "evsi": {contribution.candidate: _numbers(contribution.evsi) for contribution in pair.contributions},
        },
    }


def _best_candidate_sentence(result: VOIResult, translate: Language) -> str:
    if not result.steps:
        return translate(
            "No candidate alone gains more than its standard error; none is shown to improve the choice."
        )
    best, unit = result.candidates[0], result.evidence.unit
    further = ", ".join(f"{step.candidate} ({_format_value(step.gain, unit)})" for step in result.steps[1:])
    after = (
        translate("after it, in this order: {names}", names=further)
        if further
        else translate("no further gain exceeds its standard error")
    )
    percent = _percent(_share(best.evsi, result.evpi))
    value = _format_interval(best.evsi, unit, translate)
    if percent != NOTHING:
        value = translate("{value}, {percent} % of perfect information", value=value, percent=percent)
    return translate(
        "The most valuable candidate is {name}: {value}; {after}.",
        name=best.candidate.name,
        value=value,
        after=after,
    )


def _share(part: ValueEstimate, whole: ValueEstimate) -> float:
    """Return `part` as a share of `whole`; NaN if the interval of `whole` reaches 0."""
    return part.value / whole.value if whole.low > 0 else math.nan


def _numbers(estimate: ValueEstimate) -> dict[str, float]:
    return {"value": estimate.value, "error": estimate.error, "low": estimate.low, "high": estimate.high}


def _places(unit: str) -> int:
    return 2 if unit == POINTS else 3


def _format_value(estimate: ValueEstimate, unit: str) -> str:
    return _format_half_width(estimate, 1.0, _places(unit))


def _format_half_width(estimate: ValueEstimate, scale: float, places: int) -> str:
    """Format a value with the half width of its interval, such as 0.42±0.10."""
    half = (estimate.high - estimate.low) / 2 * scale
    return f"{decimal(estimate.value * scale, places)}{plus_minus(half, places)}"


def _format_interval(estimate: ValueEstimate, unit: str, translate: Language) -> str:
    places = _places(unit)
    return translate(
        "{value} {unit} ({low} to {high}, {contents})",
        value=decimal(estimate.value, places),
        unit=translate.words(unit),
        low=decimal(estimate.low, places),
        high=decimal(estimate.high, places),
        contents=_contents(translate),
    )


def _contents(translate: Language) -> str:
    return translate("95 % interval: Monte Carlo error")


def _percent(number: float) -> str:
    return NOTHING if math.isnan(number) else decimal(number * PERCENT, 0)
