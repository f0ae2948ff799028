"""Tables of the measured results, which replace the text between two marks in a document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write_table(document: Path, figures: Mapping[str, Any]) -> None:
    """Replace the text between the marks in a document."""
    text = document.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    document.write_text(f"{before}{BEGIN}\n{tables(figures)}\n{END}{after}", encoding="utf-8")


def tables(figures: Mapping[str, Any]) -> str:
    """Format the results as Markdown: a table of single numbers and a table of the scale curve."""
    scale, ensemble, commands = figures["scale"], figures["ensemble"], figures["command_cpu_seconds"]
    plain = {name: value for name, value in figures.items() if not isinstance(value, list | dict)}
    plain |= {f"ensemble: {name}": value for name, value in ensemble.items()}
    plain |= {f"warm_start: {name}": value for name, value in figures["warm_start"].items()}
    plain |= {f"command_cpu_seconds: {name}": value for name, value in commands.items()}
    rows = [f"| `{name}` | {_format_value(value)} |" for name, value in plain.items()]
    curve = [f"| {' | '.join(_format_value(value) for value in size.values())} |" for size in scale]
    return "\n".join(
        [
            "| figure | measured |", "|---|---:|", *rows, "",
            f"| {' | '.join(scale[0])} |", f"|{'---:|' * len(scale[0])}", *curve,
        ]
    )  # fmt: skip


def _format_value(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
