"""What an interval is, in the words of captions: chance between replicates, or draws of a posterior."""

from __future__ import annotations

from takeup.answers.comparison import Comparison
from takeup.report.i18n import ENGLISH, Language
from takeup.report.wording import count


def replicates(number: int, translate: Language = ENGLISH) -> str:
    """So many replicates: 1 replicate, 4 replicates."""
    return translate("1 replicate") if number == 1 else translate("{number} replicates", number=number)


def runs(comparison: Comparison, translate: Language = ENGLISH) -> str:
    """What means are taken over: 4 replicates, 200 draws."""
    if comparison.drawn is None:
        return replicates(comparison.replicates, translate)
    return translate("{number} draws of the posterior", number=count(comparison.replicates))


def level(comparison: Comparison) -> str:
    """How much the intervals hold."""
    return "95\u00a0%" if comparison.drawn is None else "90\u00a0%"


def intervals(comparison: Comparison, translate: Language = ENGLISH, *, paired: bool = False) -> str:
    """What a bar or a band is: which interval, how it is made, and what it reflects.

    Args:
        comparison: of more than one run.
        translate: the language.
        paired: whether of differences, each run's from its own baseline.
    """
    if comparison.drawn is None:
        if paired:
            return translate(
                "95 % interval of that mean (t distribution, paired by replicate), which is chance between "
                "replicates, not doubt about parameters"
            )
        return translate(
            "95 % interval of that mean (t distribution), which is chance between replicates, not doubt about "
            "parameters"
        )
    if paired:
        return translate(
            "interval that holds 90 % of the draws, paired by draw, which is what the district's figures leave open "
            "of the parameters, and chance, not doubt about the rules"
        )
    return translate(
        "interval that holds 90 % of the draws, which is what the district's figures leave open of the parameters, "
        "and chance, not doubt about the rules"
    )


def groups_told(comparison: Comparison, translate: Language = ENGLISH) -> str:
    """What stands beside the differences by group."""
    if comparison.drawn is not None:
        return translate(
            "mean over {runs}, and the interval that holds {level} of them, paired by draw",
            runs=runs(comparison, translate),
            level=level(comparison),
        )
    if comparison.replicates == 1:
        return translate("one replicate, no interval")
    return translate(
        "± half the {level} interval of its mean over {runs}, paired by replicate",
        runs=runs(comparison, translate),
        level=level(comparison),
    )


def method_told(comparison: Comparison, translate: Language = ENGLISH) -> list[str]:
    """How the runs differ from each other, and how intervals are made of them."""
    named = {"runs": runs(comparison, translate), "level": level(comparison)}
    if comparison.drawn is not None:
        return [
            translate(
                "The {runs} are sets of parameters that agree with the district's figures, each lived with a seed of "
                "its own: its own history first, then every scenario branched from it. A scenario is compared with "
                "the baseline draw by draw. A draw lived with several seeds counts by their mean.",
                **named,
            ),
            translate(
                "Intervals hold {level} of the draws, with as many below as above. Probability of being the best, "
                "and regret, are means over draws. The second seeds part the spread into what is not known of the "
                "parameters, and chance (analysis of variance, one way, random effects).",
                **named,
            ),
        ]
    if comparison.replicates == 1:
        return []
    return [
        translate(
            "Each of the {runs} has a seed of its own. Intervals are {level} intervals of the mean of the "
            "differences, replicate by replicate (Student’s t over {runs}).",
            **named,
        )
    ]
