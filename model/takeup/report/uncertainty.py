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
