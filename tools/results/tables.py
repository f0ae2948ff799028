"""Tables and lists of the documents that are written from stored figures.

The name of a block begins with the name of the run whose figures it shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from takeup.report.formatting import MINUS, count, decimal, interval, rough
from tools.results.extraction import Figures

_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_POLICIES: Final = {
    "publicity": "publicity × 3",
    "documents": "half the documents, half of them shared",
    "feedback": "feedback",
    "reminders": "reminders",
    "schooling": "school places × 3",
    "together": "all together",
}
_CALIBRATIONS: Final = {
    "shipped": "shipped (seed 1)",
    "seed_2": "seed 2",
    "seed_3": "seed 3",
    "interval": "take-up from 24.2 to 32 % (seed 2)",
}
_COVERAGE: Final = "coverage of the 90 % intervals"
_CHECKS: Final = {
    "effective sample": "effective sample",
    "two halves of the points": "two halves",
    "every fitted target is predicted": "every fitted target is predicted",
    "the dummy parameter stays at its prior": "the dummy parameter",
    "a smaller size gives the same results": "24,000 and 360,000 migrants",
    _COVERAGE: "coverage",
}
"""Names of the checks of a calibration in `calibration.json`, and in the documents."""
_OBSTACLES: Final = {
    "process": "process",
    "publicity": "publicity and understanding",
    "willingness": "willingness",
    "services": "services",
    "coordination": "coordination",
}
_TRIAL_ROWS: Final = {
    "itt": "effect of assignment",
    "naive_points": "difference between the arms",
    "true_effect_points": "true effect",
    "spillover_points": "spill-over on the controls",
    "bias_points": "bias of the naive estimate",
}
_STAYS: Final = ("under_1", "1_to_3", "3_to_5", "5_to_10", "over_10")
_SHOWN_PARAMETERS: Final = 4


def calibration_checks(figures: Figures) -> str:
    """Return the table of the checks of the calibration."""
    measured = {check["name"]: check["measured"].replace(" -", f" {MINUS}") for check in figures["diagnostics"]}
    measured[_COVERAGE] = _coverage_text(figures["coverage"])
    rows = [(_CHECKS.get(name, name), text) for name, text in measured.items()]
    return _table(("check", "measured"), rows)


def _coverage_text(coverage: Figures) -> str:
    """Return the coverage of the calibration's intervals: its range, and the number of test points."""
    return (
        f"{coverage['lowest']:.3f} to {coverage['highest']:.3f} over {count(coverage['test_points'])} test points; "
        f"{count(coverage['excluded'])} excluded"
    )


def calibration_effects(figures: Figures) -> str:
    """Return the table of the policies' effects under prior and posterior."""
    rows = []
    for name, effect in figures["effects"].items():
        rows.append(
            (
                _POLICIES.get(name, name),
                _median(effect["prior"]),
                _median(effect["posterior"]),
                decimal(effect["median_error"], 2),
                f"{effect['coverage']:.3f} ({effect['coverage_error']:.3f})",
            )
        )
    header = ("policy", "prior", "posterior", "Monte Carlo error of the median", "coverage (Monte Carlo error)")
    return _table(header, rows)


def calibrations_effects(figures: Figures) -> str:
    """Return the table of the policies' effects under the shipped calibration, other seeds and other targets."""
    calibrations = figures["calibrations"]
    rows = [
        (
            _POLICIES.get(policy, policy),
            *(_median(each["effects"][policy]) for each in calibrations.values()),
            decimal(difference, 1),
        )
        for policy, difference in figures["largest_difference"].items()
    ]
    titles = (_CALIBRATIONS.get(name, name) for name in calibrations)
    return _table(("policy", *titles, "largest standardised difference of seeds"), rows)


def calibration_parameters(figures: Figures) -> str:
    """Return the table of the parameters that the targets constrain, the most constrained first."""
    constrained = sorted(figures["constrained"].items(), key=lambda item: float(item[1]["sd_ratio"]))
    rows = [
        (f"`{name}`", decimal(each["sd_ratio"], 2), f"{each['coverage']:.3f} ({each['coverage_error']:.3f})")
        for name, each in constrained
    ]
    return _table(
        ("parameter", "posterior relative to prior standard deviation", "coverage (Monte Carlo error)"), rows
    )


def calibration_directions(figures: Figures) -> str:
    """Return the list of the constrained combinations of parameters, with their relative standard deviations."""
    return "\n".join(f"- {each['words']}: {decimal(each['spread'], 2)}" for each in figures["directions"])


def people_stay(figures: Figures) -> str:
    """Return the table of the lengths of stay: the Delta's, and the model's."""
    header = ("completed years", "under 1", "1 to 3", "3 to 5", "5 to 10", "over 10")
    delta = ("Delta, Xia et al. 2018", "38.4", "25.3", "13.5", "14.9", "7.9")
    model = ("model", *(decimal(figures["stay"][name]) for name in _STAYS))
    return _table(header, [delta, model], numbers_from=1)


def why_funnel(figures: Figures) -> str:
    """Return the table of the reasons for having no valid permit."""
    reasons = figures["reasons"]

    def center(name: str) -> str:
        return decimal(reasons[name]["center"])

    rows = [
        ("a valid permit", "valid"),
        ("queueing", "queueing"),
        (
            f"lapsed: forgot {center('forgot')}, not worth keeping {center('disappointed')}, "
            f"registration broke {center('moved')}",
            "lapsed",
        ),
        (
            f"not eligible: not here long enough {center('not_long_here')}, registration broken or too young "
            f"{center('registration_broken')}, never registered {center('never_registered')}",
            "not_eligible",
        ),
        (f"unaware {center('unaware')}, does not understand its use {center('not_understood')}", "knowledge"),
        ("benefits too small", "benefits_too_small"),
        (
            f"burden: documents {center('documents')}, stigma {center('stigma')}, trips {center('trips')}, waiting "
            f"{center('waiting')}, fee {center('fee')}",
            "burden",
        ),
        ("application returned", "returned"),
        ("willing, has not got round to it", "not_yet"),
    ]
    return _table(
        ("at the end of December 2018", "% of all migrants"),
        [(label, _center(reasons[name])) for label, name in rows],
        numbers_from=1,
    )


def why_obstacles(figures: Figures) -> str:
    """Return the table of the contributions of the obstacles."""
    ranked = sorted(figures["obstacles"].items(), key=lambda item: -float(item[1]["center"]))
    rows = [
        (_OBSTACLES.get(name, name), _center(each), decimal(each["alone"]), decimal(each["last"]))
        for name, each in ranked
    ]
    whole = f"all five: from {decimal(figures['take_up_now'])} to {decimal(figures['take_up_without'])} %"
    rows += [(whole, _center(figures["gap"]), "", ""), ("not removable", _center(figures["not_removable"]), "", "")]
    header = (
        "obstacle, removed from 2019-01",
        "its contribution to take-up at the end of 2023, points",
        "removed alone",
        "removed last",
    )
    return _table(header, rows, numbers_from=1)


def trial_estimates(figures: Figures) -> str:
    """Return the table of the estimates of the trials, after one year and at the end."""
    months = [figures["months"][month] for month in ("2020-03", "2023-12")]
    rows = [(label, *(_center(month[name]) for month in months)) for name, label in _TRIAL_ROWS.items()]
    return _table(("", "March 2020", "December 2023"), rows, numbers_from=1)


def plan_frontier(figures: Figures) -> str:
    """Return the table of the packages on the frontier; the recommended one is bold."""
    rows = []
    for name in figures["frontier"]:
        package = figures["packages"][name]
        cells = (
            package["options"].replace(" + ", ", "),
            decimal(package["cost_million"], 2),
            count(rough(package["additional_permits"])),
            _with_interval(package["points"], package),
            f"{count(package['near_best'])} %",
        )
        bold = name == figures["recommended"]["name"]
        rows.append(tuple(f"**{cell}**" if bold else cell for cell in cells))
    header = (
        "package",
        "million yuan",
        "additional permits",
        "points (90 % of draws)",
        "within 1 point of the best",
    )
    return _table(header, rows, numbers_from=1)


def voi_candidates(figures: Figures) -> str:
    """Return the table of the candidates, the most valuable first."""
    two = partial(decimal, places=2)
    rows = []
    for each in figures["candidates"].values():
        order = ""
        if each["order"] is not None:
            order = _ORDINALS[int(each["order"]) - 1]
            if int(each["order"]) > 1:
                gain = interval(each["gain_low"], each["gain_high"], two)
                order += f", adds {two(each['gain_given_earlier'])} ({gain})"
        removed = each["removed"]
        rows.append(
            (
                each["title"],
                two(each["evsi_points"]),
                interval(each["low"], each["high"], two),
                two(each["usual_points"]),
                "" if each["share_of_evpi"] is None else count(each["share_of_evpi"]),
                order,
                f"{count(removed['value'])} ({interval(removed['low'], removed['high'], count)})",
            )
        )
    pair = figures["pair"]
    header = (
        "candidate",
        "value alone, points",
        "95 %",
        "estimate without cross-fitting",
        "% of EVPI",
        "order",
        f"% of the variance of {pair['one']} against {pair['other']} removed",
    )
    return _table(header, rows, left=(0, 2, 5))


def sensitivity_effects(figures: Figures) -> str:
    """Return the table of the parameters with the largest effect on each output."""
    rows = []
    for name, output in figures["outputs"].items():
        cells = [f"`{each['parameter']}` {_with_interval(each['value'], each)}" for each in output["largest"]]
        cells += [""] * (_SHOWN_PARAMETERS - len(cells))
        label = _POLICIES.get(name, "valid share, 2018-12")
        noise = "n.r." if output["chance"] is None else decimal(output["chance"], 2)
        rows.append((label, *cells, noise, str(output["not_resolved"])))
    return _table(("output", "", "", "", "", "chance", "not resolved"), rows)


def screening_verdicts(figures: Figures) -> str:
    """Return the table of the verdicts of a screening; numbers with an effect are only counted."""
    rows = []
    for verdict, names in figures["numbers"].items():
        shown = _by_parameter(names) if verdict != "effect" else "all others"
        rows.append((verdict, str(len(names)), shown if names else "none"))
    return _table(("verdict", "numbers", "which"), rows, left=(0, 2))


def _by_parameter(names: Iterable[str]) -> str:
    """List numbers by their parameter: those that are alone by name, the others as a count of members."""
    members: dict[str, list[str]] = {}
    for name in sorted(names):
        members.setdefault(name.partition(".")[0], []).append(name)
    return ", ".join(
        f"`{each[0]}`" if len(each) == 1 else f"{len(each)} members of `{parameter}`"
        for parameter, each in members.items()
    )


BLOCKS: Final[dict[str, Callable[[Figures], str]]] = {
    "calibration checks": calibration_checks,
    "calibration effects": calibration_effects,
    "calibration parameters": calibration_parameters,
    "calibration directions": calibration_directions,
    "calibrations effects": calibrations_effects,
    "people stay": people_stay,
    "why funnel": why_funnel,
    "why obstacles": why_obstacles,
    "trial estimates": trial_estimates,
    "plan frontier": plan_frontier,
    "voi candidates": voi_candidates,
    "sensitivity effects": sensitivity_effects,
    "screening verdicts": screening_verdicts,
}
"""The functions that write a block from the figures of its run."""


def _table(
    header: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    *,
    numbers_from: int | None = None,
    left: tuple[int, ...] | None = None,
) -> str:
    """Write a table in Markdown.

    Args:
        header: titles of the columns.
        rows: cells by row.
        numbers_from: first of the columns that are aligned to the right.
        left: columns that are aligned to the left, instead of `numbers_from`; all others are aligned to the right.
    """
    columns = range(len(header))
    aligned_left = columns[:numbers_from] if left is None else left
    alignment = "|".join("---" if column in aligned_left else "---:" for column in columns)
    lines = [_line(header), f"|{alignment}|", *map(_line, rows)]
    return "\n".join(lines)


def _line(cells: tuple[str, ...]) -> str:
    """Write a line of a table; an empty cell is one blank."""
    return re.sub(" +", " ", f"| {' | '.join(cells)} |")


def _with_interval(value: float, ends: Figures) -> str:
    return f"{decimal(value)} ({interval(ends['low'], ends['high'])})"


def _center(estimate: Figures) -> str:
    return _with_interval(estimate["center"], estimate)


def _median(estimate: Figures) -> str:
    return _with_interval(estimate["median"], estimate)
