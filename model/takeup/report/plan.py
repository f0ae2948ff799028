"""The best package under a budget, in plain words and as a table for the terminal."""

from __future__ import annotations

from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from takeup.answers.plan import Result
from takeup.answers.plan.packages import counted
from takeup.answers.plan.race import NEAR_POINTS
from takeup.report.wording import (
    count,
    decimal,
    interval,
    millions,
    month,
    printable,
    replicates,
    rough,
    signed,
    signed_count,
    words,
    yuan,
)

PERCENT: Final = 100.0


def level(result: Result) -> str:
    """How much the intervals hold."""
    return "90\u00a0%" if result.question.drawn else "95\u00a0%"


def whose(result: Result) -> str:
    """Whose take-up counts: everyone's; or "of those with housing dormitory, the worst off"."""
    target = result.planned.target
    if target.group is None:
        return "everyone"
    return f"{words(target.attribute)} {words(target.level)}"


def runs(result: Result) -> str:
    """What means are taken over."""
    if result.question.drawn:
        return f"{count(result.draws)} draws of the posterior"
    return f"{replicates(result.draws)} under the district's own values"


def render_frontier(result: Result) -> Table:
    """The packages that none is better than at no more cost; the recommended one is marked."""
    title = f"What money buys in {result.question.district.population.name}: {whose(result)}, by {_until(result)}"
    table = Table(title=Text(printable(title)), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.pad_edge, table.caption_justify = False, "left"
    table.add_column("", no_wrap=True)
    table.add_column("Package", overflow="fold")
    for header in ("CNY m", "Permits", "Points", f"{level(result)} interval", "Near best"):
        table.add_column(header, justify="right", no_wrap=header != "Near best")
    for number, (_, row) in enumerate(result.frontier.iterrows()):
        table.add_row(
            "→" if row["recommended"] else str(number) if number else "",
            printable(str(row["options"])),
            millions(row["cost_cny"]),
            signed_count(row["additional_permits"]),
            signed(row["points"]),
            interval(row["low"], row["high"], signed),
            f"{decimal(PERCENT * row['probability_near_best'], 0)} %",
            style="bold" if row["recommended"] else "",
        )
    table.caption = f"{meant(result)} {how(result)}"
    return table


def finding(result: Result) -> str:
    """One sentence: what to buy, what it costs and adds, and how sure that is."""
    row, space = result.recommended, result.question.space
    budget = f"{yuan(space.budget)} yuan"
    if not any(result.best):
        return f"Within {budget}, no package judged adds to take-up by {_until(result)}: buy nothing."
    within = interval(row["low"], row["high"], signed)
    among = "" if result.planned.target.group is None else f" among {whose(result)}"
    chance = decimal(PERCENT * row["probability_near_best"], 0)
    sure = f"in {chance} % of {runs(result)} it is within {decimal(NEAR_POINTS, 0)} point of the best package known"
    said = f" ({level(result)} interval {within})" if result.draws > 1 else ""
    return (
        f"Within {budget}, {row['options']} is best: for {yuan(row['cost_cny'])} yuan it adds about "
        f"{count(rough(row['additional_permits']))} valid permits{among} by {_until(result)}, "
        f"{signed(row['points'])} points{said}; {sure}."
    )


def cheaper(result: Result) -> str:
    """A cheaper package that does nearly as well, if there is one; empty if not."""
    front, best = result.frontier, result.recommended
    near = front[(front["points"] >= best["points"] - NEAR_POINTS) & (front["cost_cny"] < best["cost_cny"])]
    if near.empty:
        return ""
    row = near.iloc[0]
    return (
        f"Within {decimal(NEAR_POINTS, 0)} point of it, and cheaper: {row['options']}, {yuan(row['cost_cny'])} yuan, "
        f"{signed(row['points'])} points."
    )


def meant(result: Result) -> str:
    """What numbers and intervals are."""
    if result.question.drawn:
        spread = (
            f"Means over {runs(result)}, and the intervals that hold 90\u00a0% of them: what the district's figures "
            "leave open of the parameters, and chance, not doubt about the rules."
        )
    elif result.draws == 1:
        spread = "One run under the district's own values: neither chance nor doubt about parameters is shown."
    else:
        spread = (
            f"Means over {runs(result)}, and 95\u00a0% intervals of these means (t distribution): chance alone, not "
            "doubt about parameters."
        )
    each = result.question.persons_per_agent
    persons = "" if each == 1.0 else f" Each simulated person stands for {decimal(each)} of the district."
    return f"{spread}{persons} Near best: share of them within {decimal(NEAR_POINTS, 0)} point of the best."


def how(result: Result) -> str:
    """How the packages were gone through."""
    planned = result.planned
    number = counted(len(planned.packages))
    if planned.is_all:
        found = f"All {number} within the budget were judged"
    elif planned.ended:
        found = f"{number} were judged in a search, until none gave hope of more"
    else:
        found = f"{number} were judged in a search, which --most ended"
    race = ", ".join(f"{packages:,} in {draws:,}" for draws, packages in planned.rounds)
    return f"{found}; lived to the end of the race (packages in draws): {race}."


def _until(result: Result) -> str:
    return month(result.question.ensemble.task.until)
