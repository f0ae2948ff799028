"""Fill the tables of the documentation that are made from the code: `python docs/tables.py`; `--check` only looks.

A table stands between `<!-- NAME -->` and `<!-- end of NAME -->`; what is written between the two is replaced.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from takeup.district import levers, load_district
from takeup.simulation import COLUMNS

FOLDER = Path(__file__).resolve().parent


def levers_table() -> str:
    """Every lever with its meaning, grain, countermeasure, and Liwan's value and range."""
    parameters = load_district("liwan").parameters
    lines = ["| lever | meaning | unit | Liwan | range | set by | countermeasure |", "|---|---|---|---|---|---|---|"]
    for lever in levers().values():
        entries = [parameters[name] for name in lever.names]
        values = "<br>".join(
            f"{entry.value:g}" if entry.name == lever.name else f"{entry.name.split('.', 1)[1]} {entry.value:g}"
            for entry in entries
        )
        bounds = f"{entries[0].low:g} to {entries[0].high:g}"
        cells = (f"`{lever.name}`", lever.meaning, lever.unit, values, bounds, lever.grain, lever.countermeasure)
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines)


def columns_table() -> str:
    """Every column of the monthly table."""
    lines = ["| column | meaning |", "|---|---|"]
    return "\n".join(lines + [f"| `{name}` | {meaning} |" for name, meaning in COLUMNS.items()])


TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "levers": ("scenarios.md", levers_table),
    "columns": ("outputs.md", columns_table),
}


def main(*, check: bool) -> int:
    """Fill the tables; with `check`, write nothing and end with 1 if one is out of date."""
    stale = 0
    for name, (file, table) in TABLES.items():
        path = FOLDER / file
        now = path.read_text(encoding="utf-8")
        between = re.compile(f"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        then, found = between.subn(lambda marks, table=table: f"{marks[1]}{table()}\n{marks[2]}", now)
        if found != 1:
            raise SystemExit(f"{path}: the marks of the table {name} stand {found} times, not once")
        if then == now:
            continue
        stale += 1
        print(f"{path}: the table {name} {'is out of date' if check else 'was filled'}")
        if not check:
            path.write_text(then, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
