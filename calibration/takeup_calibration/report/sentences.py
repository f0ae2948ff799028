"""What a calibration comes to, in plain words."""

from __future__ import annotations

from typing import Any

from takeup_calibration.diagnostics import CONSTRAINED
from takeup_calibration.rows import DUMMY

_WIDE = 3.0
"""Points between the ends of a 90 % interval from which an effect counts as undecided."""
_NARROWED = 0.7
"""Width after, beside before, below which an effect counts as narrowed."""


def findings(summary: dict[str, Any]) -> list[str]:
    """What the figures decide and what they do not: one sentence each."""
    learnt = {name: part for name, part in summary["parameters"].items() if name != DUMMY}
    told = sorted(
        (name for name in learnt if learnt[name]["sd_ratio"] < CONSTRAINED), key=lambda n: learnt[n]["sd_ratio"]
    )
    untold = [name for name in learnt if name not in told]
    said = []
    if told:
        said.append(
            f"The figures tell something of {len(told)} of {len(learnt)} parameters: {_listed(told)} "
            f"(best known first). Of the other {len(untold)} they tell next to nothing."
        )
    else:
        said.append(f"The figures tell next to nothing of any of the {len(learnt)} parameters alone.")
    for direction in summary["directions"]:
        alone = len(direction["parts"]) == 1
        said.append(
            f"{direction['words']} is known to {direction['spread']:.2f} of its spread before."
            if alone
            else f"They fix a combination to {direction['spread']:.2f} of its spread before, and so cannot tell "
            f"{direction['words']} from what they were."
        )
    for name, effect in summary["effects"].items():
        (low, middle, high), (before_low, _, before_high) = effect["posterior"], effect["prior"]
        narrowed = (high - low) < _NARROWED * (before_high - before_low)
        verdict = "" if high - low < _WIDE else ", so the size of this effect is not decided"
        said.append(
            f"{name}: with 90 % probability between {low:+.1f} and {high:+.1f} points by December 2023 "
            f"(median {middle:+.1f}); before the figures {before_low:+.1f} to {before_high:+.1f}, "
            f"{'narrower now' if narrowed else 'hardly narrower now'}{verdict}."
        )
    return said


def trust(summary: dict[str, Any]) -> str:
    """Whether all checks hold, and which do not."""
    failed = [check for check in summary["diagnostics"] if not check["passed"]]
    if not failed:
        return f"All {len(summary['diagnostics'])} checks of the calibration hold."
    names = "; ".join(f"{check['name']}: {check['measured']}, wanted {check['wanted']}" for check in failed)
    checks = len(summary["diagnostics"])
    return f"{len(failed)} of {checks} checks do not hold: {names}. Quote what follows with that in mind."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
