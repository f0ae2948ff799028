"""What an interval is, in the words of captions: chance between replicates, or draws of a posterior."""

from __future__ import annotations

from takeup.answers.comparison import Comparison
from takeup.report.wording import count, replicates


def runs(comparison: Comparison) -> str:
    """What means are taken over: 4 replicates, 200 draws."""
    if comparison.drawn is None:
        return replicates(comparison.replicates)
    return f"{count(comparison.replicates)} draws of the posterior"


def level(comparison: Comparison) -> str:
    """How much the intervals hold."""
    return "95\u00a0%" if comparison.drawn is None else "90\u00a0%"


def intervals(comparison: Comparison, pairing: str = "") -> str:
    """What a bar or a band is: which interval, how it is made, and what it reflects.

    Args:
        comparison: of more than one run.
        pairing: how differences are made, "paired"; empty where none are.
    """
    if comparison.drawn is None:
        how = f", {pairing} by replicate" if pairing else ""
        return (
            f"95 % interval of that mean (t distribution{how}), which is chance between replicates, not doubt "
            "about parameters"
        )
    how = f", {pairing} by draw" if pairing else ""
    return (
        f"interval that holds 90 % of the draws{how}, which is what the district's figures leave open of the "
        "parameters, and chance, not doubt about the rules"
    )


def groups_told(comparison: Comparison) -> str:
    """What stands beside the differences by group."""
    if comparison.drawn is not None:
        return (
            f"mean over {runs(comparison)}, and the interval that holds {level(comparison)} of them, paired by draw"
        )
    if comparison.replicates == 1:
        return "one replicate, no interval"
    return f"± half the {level(comparison)} interval of its mean over {runs(comparison)}, paired by replicate"


def method_told(comparison: Comparison) -> list[str]:
    """How the runs differ from each other, and how intervals are made of them."""
    if comparison.drawn is not None:
        return [
            f"The {runs(comparison)} are sets of parameters that agree with the district's figures, each lived with "
            "a seed of its own: its own history first, then every scenario branched from it. A scenario is compared "
            "with the baseline draw by draw. A draw lived with several seeds counts by their mean.",
            f"Intervals hold {level(comparison)} of the draws, with as many below as above. Probability of being the "
            "best, and regret, are means over draws. The second seeds part the spread into what is not known of the "
            "parameters, and chance (analysis of variance, one way, random effects).",
        ]
    if comparison.replicates == 1:
        return []
    return [
        f"Each of the {runs(comparison)} has a seed of its own. Intervals are {level(comparison)} intervals of the "
        f"mean of the differences, replicate by replicate (Student’s t over {runs(comparison)})."
    ]
