"""Output of `trial`: sentences, tables for the terminal, a dot plot, and files.

Tables fit into 80 columns. Every file is written atomically.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from rich.cells import cell_len
from rich.table import Table

from takeup.analysis.statistics import mean_error
from takeup.analysis.trial.run import ARMS, QUANTITIES, TrialResult
from takeup.analysis.uncertainty import mean_error_note, point_label, point_note, replicates_phrase
from takeup.months import format_month
from takeup.report.formatting import (
    CREDIBLE,
    PERCENT,
    count,
    decimal,
    plain_table,
    print_results,
    printable,
    signed,
)
from takeup.report.i18n import ENGLISH, Language
from takeup.report.inputs import describe_groups
from takeup.report.office import FurtherFiles, write_nothing
from takeup.report.plotting import (
    INK,
    Margins,
    draw_interval,
    finalise,
    fit_horizontally,
    head_values,
    page,
    row_header,
    series_styles,
    style_axes,
    write_value,
)
from takeup.report.results_folder import (
    results_writer,
    run_record,
    scenario_record,
    write_figure,
    write_json,
    write_tables,
)


def quantity_label(quantity: str, translate: Language = ENGLISH) -> str:
    """Return the description of a quantity of the summary."""
    return {
        "itt": translate("effect of being assigned (itt)"),
        "naive_points": translate("difference of the arms (naive)"),
        "true_effect_points": translate("true effect: all treated minus none"),
        "spillover_points": translate("spill-over on the controls"),
        "bias_points": translate("bias of the naive estimate"),
        "imbalance_points": translate("  of which due to randomisation"),
    }[quantity]


def arm_label(arm: str, translate: Language = ENGLISH) -> str:
    """Return the name of an arm in words."""
    return {"treated": translate("treated"), "control": translate("control")}[arm]


def estimates_of(trials: TrialResult, when: str) -> dict[str, tuple[float, float, float]]:
    """Return estimate, low and high per quantity in a month, in percentage points."""
    rows = trials.summary[trials.summary["month"] == when]
    columns = rows[["quantity", "points", "low", "high"]].itertuples(index=False)
    return {str(name): (float(points), float(low), float(high)) for name, points, low, high in columns}


def render_arms(trials: TrialResult, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of the arms: persons followed up and their take-up.

    The numbers are means over trials.
    """
    title = translate(
        "Trial of {title}: {eligible}",
        title=title_phrase(trials, translate),
        eligible=eligibility_note(trials, translate),
    )
    table = plain_table(title, gap=1)
    width = cell_len(quantity_label("naive_points", translate))
    table.add_column(translate("Arm"), min_width=width, overflow="fold")
    for header in (translate("Assigned"), translate("Left %"), translate("Followed"), translate("Valid %")):
        table.add_column(header, justify="right", no_wrap=True)
    for when in trials.months:
        table.add_row(translate.month(when), style="bold")
        for arm in ARMS:
            mean = trials.arm(when, arm)
            left = 1.0 - mean["persons"] / mean["assigned"] if mean["assigned"] else math.nan
            table.add_row(
                f"  {arm_label(arm, translate)}",
                count(mean["assigned"]),
                decimal(PERCENT * left),
                count(mean["persons"]),
                decimal(PERCENT * mean["share"]),
            )
    each = trials.spec.persons_per_agent
    if each != 1.0:
        table.caption = translate(
            "Simulated persons; each represents {number} persons of the district. A trial of more persons has a "
            "smaller error from random assignment.",
            number=decimal(each),
        )
    return table


def render_estimates(trials: TrialResult, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of the estimates by month."""
    title = translate("Estimates: share of persons followed up with a valid permit, in points")
    table = plain_table(title, interval_note(trials, translate), gap=1)
    table.add_column("", overflow="fold")
    for header in (translate("Points"), translate("{level} interval", level=CREDIBLE)):
        table.add_column(header, justify="right", no_wrap=True)
    for when in trials.months:
        table.add_row(translate.month(when), style="bold")
        for name, (points, low, high) in estimates_of(trials, when).items():
            label = quantity_label(name, translate)
            table.add_row(f"  {label}", signed(points), translate.interval(low, high, signed))
    return table


def headline_sentence(trials: TrialResult, translate: Language = ENGLISH) -> str:
    """Write the sentence on the estimates in the last month."""
    when = trials.months[-1]
    estimates = estimates_of(trials, when)
    itt, low, high = estimates["itt"]
    true_effect = estimates["true_effect_points"][0]
    values = {
        "month": translate.month(when),
        "title": title_phrase(trials, translate),
        "naive": signed(estimates["naive_points"][0]),
    }
    if not math.isfinite(itt):
        return translate("By {month} one of the arms is empty: no result.", month=values["month"])
    if itt == true_effect == estimates["spillover_points"][0] == 0.0:
        return translate(
            "By {month}, {title} has an effect of zero on the persons in the trial; the arms differ by {naive} "
            "points, which is due to randomisation.",
            **values,
        )
    return translate(
        "By {month}, assignment to {title} changes take-up by {itt} points{interval}; the arms differ by {naive}, "
        "and treating everyone instead of nobody gives {effect}: the bias is {bias}, of which {imbalance} is due to "
        "randomisation.",
        **values,
        itt=signed(itt),
        interval=_interval_of_effect(trials, low, high, translate),
        effect=signed(true_effect),
        bias=_bias_phrase(trials, *estimates["bias_points"], translate),
        imbalance=signed(estimates["imbalance_points"][0]),
    )


def _interval_of_effect(trials: TrialResult, low: float, high: float, translate: Language) -> str:
    """Format the interval of the effect of assignment in brackets; nothing without one."""
    if not math.isfinite(low):
        return ""
    return translate(
        " ({range}, {contents})",
        range=translate.interval(low, high, signed),
        contents=interval_contents(trials, translate),
    )


def _bias_phrase(trials: TrialResult, bias: float, low: float, high: float, translate: Language) -> str:
    """Format the bias, and with several draws its range over the trials."""
    if not trials.spec.drawn or trials.runs == 1:
        return signed(bias)
    return translate(
        "{bias} on average and {range} in 90\u00a0% of the trials",
        bias=signed(bias),
        range=translate.interval(low, high, signed),
    )


def title_phrase(trials: TrialResult, translate: Language) -> str:
    """Return the title of the scenario in quotation marks."""
    return f"“{printable(translate.phrase(trials.spec.scenario.title))}”"


def interval_contents(trials: TrialResult, translate: Language = ENGLISH) -> str:
    """State in a few words what the intervals of the results contain."""
    if trials.spec.drawn:
        return translate("90\u00a0% of the draws: parameters, random assignment and Monte Carlo error")
    if trials.runs == 1:
        return translate("90\u00a0% interval: random assignment only")
    return translate("90\u00a0% interval of the mean: random assignment and Monte Carlo error, not the parameters")


def interval_note(trials: TrialResult, translate: Language = ENGLISH) -> str:
    """Describe the estimates and intervals in the results of trials."""
    if trials.spec.drawn:
        contents = translate(
            "Means over {draws} draws of the posterior, one trial each, and the intervals that contain 90\u00a0% of "
            "the draws: parameter uncertainty, random assignment and Monte Carlo error.",
            draws=count(trials.runs),
        )
        error = mean_error_note(trials.runs, _largest_error(trials), translate)
        return translate.join([contents, error, *_empty_arm_note(trials, translate)])
    label = point_label(translate)
    if trials.runs == 1:
        assignment = (
            translate(
                "One trial. Its 90\u00a0% intervals reflect the random assignment of persons; quantities without an "
                "interval are exact in the model."
            )
            if trials.spec.design.unit == "person"
            else translate(
                "One trial. Its 90\u00a0% intervals reflect the random assignment of streets; quantities without an "
                "interval are exact in the model."
            )
        )
        return translate.join([label, assignment])
    last = trials.coverage.iloc[-1]
    contents = translate(
        "Means over {replicates} and 90\u00a0% intervals of these means (t distribution): random assignment and "
        "Monte Carlo error, because the trials differ in persons, random numbers and arms. By {month}, {itt} "
        "intervals of the effect of assignment and {naive} intervals of the comparison of the arms, of {trials} "
        "trials, contain the true effect.",
        replicates=replicates_phrase(trials.runs, translate),
        month=translate.month(str(last["month"])),
        itt=last["itt"],
        naive=last["naive_points"],
        trials=trials.runs,
    )
    return translate.join([label, contents, *_empty_arm_note(trials, translate)])


def _largest_error(trials: TrialResult) -> float:
    """Return the largest standard error of the means over draws, in percentage points."""
    treated = trials.table[trials.table["arm"] == ARMS[0]]
    errors = [
        mean_error(rows[list(QUANTITIES)].to_numpy(np.float64)) for _, rows in treated.groupby("month", sort=False)
    ]
    return float(np.nanmax(errors)) if np.isfinite(errors).any() else math.nan


def _empty_arm_note(trials: TrialResult, translate: Language) -> list[str]:
    """Write the sentence on trials with an empty arm, excluded from all means, if there are any."""
    excluded = trials.runs - int(trials.summary["trials"].min())
    return [translate("Trials with an empty arm ({number}) are excluded.", number=excluded)] if excluded else []


def eligibility_note(trials: TrialResult, translate: Language = ENGLISH) -> str:
    """Describe the eligible persons and the treated share of units."""
    design = trials.spec.design
    eligible = {
        "all": translate("all migrants"),
        "holders": translate("migrants with a valid permit"),
        "nonholders": translate("migrants without a valid permit"),
        "qualified": translate("migrants who are eligible for the permit"),
        "qualified-nonholders": translate("migrants who are eligible for the permit and have no valid one"),
    }[design.eligible]
    if design.groups:
        groups = describe_groups(dict(design.groups), trials.spec.district.population, translate)
        eligible = translate("{people} ({groups})", people=eligible, groups=groups)
    share = f"{PERCENT * design.share:.3g}"
    if design.unit == "person":
        return translate("{people}, {share} % of the persons treated", people=eligible, share=share)
    return translate("{people}, {share} % of the streets treated", people=eligible, share=share)


_ROW: Final = 0.26
_MARGINS: Final = Margins(left=2.75, right=1.85, top=0.4)
_VALUES: Final = 1.04
"""Horizontal position of the numbers, in widths of the axes."""
_SHOWN: Final = ("itt", "naive_points", "true_effect_points", "spillover_points")


def plot_trial(trials: TrialResult, translate: Language = ENGLISH) -> Figure:
    """Make the dot plot of the estimates and the true effect by month."""
    rows = len(trials.months) * (len(_SHOWN) + 1)
    title = translate(
        "A trial of {title} in {place}",
        title=title_phrase(trials, translate),
        place=translate.place(trials.spec.district.population),
    )
    sheet = page(title, _caption(trials, translate), _ROW * rows, _MARGINS)
    axes, styles, labels = sheet.axes(), series_styles(len(_SHOWN) + 1), list[str]()
    axes.axvline(0.0, color=INK, linewidth=1.1, zorder=2)
    for when in trials.months:
        labels.append(translate.month(when))
        estimates = estimates_of(trials, when)
        for number, name in enumerate(_SHOWN, 1):
            style, row, (points, low, high) = styles[number], len(labels), estimates[name]
            draw_interval(axes, row, low, high, colour=style.colour)
            axes.plot([points], [row], color=style.colour, marker=style.marker, markersize=6.0, zorder=4)
            write_value(axes, row, _VALUES, translate.with_interval(signed(points), low, high, signed))
            labels.append(quantity_label(name, translate))
    axes.set_yticks(range(rows), labels)
    for tick in axes.get_yticklabels()[:: len(_SHOWN) + 1]:
        tick.set_fontweight("bold")
    axes.set_ylim(rows - 0.4, -0.6)
    marks = trials.summary.loc[trials.summary["quantity"].isin(_SHOWN), ["points", "low", "high"]]
    fit_horizontally(axes, np.append(marks.to_numpy(dtype=np.float64), 0.0))
    axes.set_xlabel(translate("Share of persons with a valid permit, difference in percentage points"))
    style_axes(axes, grid="x")
    row_header(axes, translate("Month and quantity"), sheet.height)
    head_values(axes, translate("points ({level} interval)", level=CREDIBLE), sheet.height, _VALUES)
    return finalise(sheet)


def _caption(trials: TrialResult, translate: Language) -> str:
    return translate.join(
        [
            translate("In the trial: {eligible}; persons followed up.", eligible=eligibility_note(trials, translate)),
            translate(
                "Effect of being assigned: the change of the treated minus the change of the controls, each relative "
                "to the same persons in the run without the trial."
            ),
            translate("True effect: everyone treated minus nobody treated, the same persons."),
            interval_note(trials, translate),
        ]
    )


@results_writer
def write_trials(
    folder: Path,
    trials: TrialResult,
    translate: Language = ENGLISH,
    write_further: FurtherFiles[TrialResult] = write_nothing,
) -> dict[str, Any]:
    """Write the results of trials: tables, figure, summary.json and manifest.json.

    Args:
        folder: folder of the results.
        trials: result of the trials.
        translate: language of the figure.
        write_further: function that writes further files, see `office_writer`.
    """
    tables, figure = {"trial": trials.table, "summary": trials.summary}, plot_trial(trials, translate)
    write_tables(tables, folder)
    write_figure(figure, folder / translate.file_name("trial.png"))
    write_further(folder, trials, tables, {"trial": figure})
    write_json(_summary(trials), folder / "summary.json")
    return _manifest(trials)


def print_trials(trials: TrialResult, translate: Language = ENGLISH) -> None:
    """Print the results of trials: tables of arms and estimates, and a sentence."""
    parts: list[Table | str] = []
    if not trials.spec.drawn:
        parts.append(point_note(trials.spec.district, translate))
    parts += [
        render_arms(trials, translate),
        render_estimates(trials, translate),
        headline_sentence(trials, translate),
    ]
    print_results(*parts)


def _summary(trials: TrialResult) -> dict[str, Any]:
    """Return the content of summary.json; numbers of persons are simulated persons."""
    spec, design = trials.spec, trials.spec.design
    return {
        "said": headline_sentence(trials),
        "scenario": spec.scenario.name,
        "title": spec.scenario.title,
        "district": spec.district.population.name,
        "in_the_trial": eligibility_note(trials),
        "unit": design.unit,
        "share": design.share,
        "eligible": design.eligible,
        "groups": {name: list(levels) for name, levels in design.groups},
        "begin": format_month(design.begin),
        "runs": trials.runs,
        "runs_are": "draws of the posterior" if spec.drawn else "replicates",
        "intervals": interval_note(trials),
        "parameter_uncertainty": spec.drawn,
        "persons_per_agent": spec.persons_per_agent,
        "months": {when: _month(trials, when) for when in trials.months},
    }


def _month(trials: TrialResult, when: str) -> dict[str, Any]:
    coverage = trials.coverage[trials.coverage["month"] == when]
    estimates = {
        name: {"points": points, "low": low, "high": high}
        for name, (points, low, high) in estimates_of(trials, when).items()
    }
    return {
        "arms": {arm: trials.arm(when, arm).to_dict() for arm in ARMS},
        **estimates,
        "trials_whose_interval_holds_the_true_effect": {
            name: int(coverage[name].iloc[0]) for name in ("itt", "naive_points")
        },
    }


def _manifest(trials: TrialResult) -> dict[str, Any]:
    """Return the content of manifest.json: all inputs needed to repeat the command."""
    spec, design = trials.spec, trials.spec.design
    return {
        **run_record(spec.district, spec.key),
        "scenario": scenario_record(spec.scenario),
        "design": {
            "unit": design.unit,
            "share": design.share,
            "eligible": design.eligible,
            "groups": {name: list(levels) for name, levels in design.groups},
            "begin": format_month(design.begin),
            "months": list(trials.months),
        },
        "runs": spec.records,
        "agents": spec.settings.agents,
        "from": spec.settings.start,
    }
