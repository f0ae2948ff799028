"""A calibration in the terminal."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table


def show(summary: dict[str, Any]) -> None:
    """Print figures, levers, what is learnt of, and the verdicts."""
    console = Console()
    figures = _table(
        "Figures: median (90 % interval); in brackets, not fitted", "Figure", "Wanted", "Before", "After"
    )
    for name, figure in summary["figures"].items():
        label = name if figure["fitted"] else f"({name})"
        figures.add_row(label, wanted(*figure["wanted"]), _spread(figure["prior"]), _spread(figure["posterior"]))
    levers = _table("Levers: points of take-up by 2023-12, median (90 % interval)", "Lever", "Before", "After")
    for name, effect in summary["effects"].items():
        levers.add_row(name, _spread(effect["prior"]), _spread(effect["posterior"]))
    known = _table("Combinations that the figures tell of", "Spread beside the prior's", "Of")
    for direction in summary["directions"]:
        known.add_row(f"{direction['spread']:.2f}", direction["words"])
    checks = _table("May it be trusted?", "Check", "", "Measured", "Wanted")
    for check in summary["diagnostics"]:
        checks.add_row(check["name"], "holds" if check["passed"] else "FAILS", check["measured"], check["wanted"])
    for table in (figures, levers, known, checks):
        console.print(table)
    console.print(f"{summary['rows']:,} rows, effective sample {summary['effective_sample']:.0f}")


def wanted(low: float, high: float) -> str:
    """What a figure asks for: a number or an interval."""
    return f"{low:.3g}" if low == high else f"{low:.3g}–{high:.3g}"


def _table(title: str, *headers: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for number, header in enumerate(headers):
        table.add_column(header, no_wrap=number == 0)
    return table


def _spread(quantiles: list[float]) -> str:
    low, middle, high = (f"{number:.2f}" for number in quantiles)
    return f"{middle} ({low}–{high})"
