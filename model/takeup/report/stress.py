"""What a district was put through and what held, as a table on 80 columns."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from takeup.answers.stress import Stress
from takeup.report.wording import count, printable


def render_stress(stress: Stress) -> Table:
    """One line a thing that was tried."""
    table = Table(
        title=Text(printable(f"{stress.district.population.name} under stress")), title_justify="left",
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=_meant(stress), caption_justify="left",
    )  # fmt: skip
    table.pad_edge = False
    table.add_column("Tried", overflow="fold", ratio=3)
    table.add_column("Months", justify="right", no_wrap=True)
    table.add_column("Held", overflow="fold", ratio=2)
    for each in stress.all:
        said = Text("yes") if each.fault is None else Text(printable(f"no: {each.fault}"), style="bold")
        table.add_row(each.ordeal.name, count(each.months), said)
    return table


def headline(stress: Stress) -> str:
    """How many held, in one sentence."""
    return f"{len(stress.all) - len(stress.broken)} of {len(stress.all)} things that were tried held."


def _meant(stress: Stress) -> str:
    return (
        f"{count(stress.agents)} simulated migrants, seed {stress.seed}. Every month: nobody is lost or counted "
        "twice, permits change by the recorded ways alone, shares lie between 0 and 1, everything is a number."
    )
