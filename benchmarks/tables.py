"""Tables of the stored results, which replace the text between two marks in docs/performance.md."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.results import RESULTS
from benchmarks.trees import REPOSITORY

PAGE: Final = REPOSITORY / "docs" / "performance.md"
_UNMEASURED: Final = "Not measured yet."
Result = dict[str, Any]


def fill_tables(text: str, folder: Path = RESULTS) -> str:
    """Return a document with the tables of the stored results.

    A table is between the lines `<!-- NAME -->` and `<!-- end of NAME -->`, where NAME is that of a benchmark.

    Args:
        text: text of the document.
        folder: folder of the results.

    Raises:
        SystemExit: the document has no place for a table.
    """
    for name, table in _TABLES.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{begin}\n.*?{end}", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"the document has no line {begin}")
        file = folder / f"{name}.json"
        content = _UNMEASURED
        if file.is_file():
            result = json.loads(file.read_text(encoding="utf-8"))
            content = f"{_conditions(result)}\n\n{table(result)}"
        text = pattern.sub(f"{begin}\n{content}\n{end}".replace("\\", r"\\"), text)
    return text


def _conditions(result: Result) -> str:
    """Return a sentence on the revision, the machine and its load."""
    machine = result["machine"]
    other = f", compared with `{result['other']}`" if "other" in result else ""
    return (
        f"Revision `{result['revision']}`{other}, {machine['date']}: {machine['processor']}, {machine['cores']} "
        f"cores, {machine['vector_bits']}-bit vectors, {machine['memory_gib']} GiB; Python {machine['python']}, "
        f"numba {machine['numba']}; load {machine['load_at_start']} at the start and "
        f"{machine['load_at_end']} at the end."
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    lines += [f"| {' | '.join(map(_format_value, row))} |" for row in rows]
    return "\n".join(lines)


def _format_value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(_format_value, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _months(result: Result) -> str:
    sizes, objects, yardsticks = result["sizes"], result["objects"], result["yardsticks"]
    usual, full = f"{result['usual']:,}", f"{result['full']:,}"
    curve = _table(
        ("migrants", "ms per month", "ns per migrant-month", "set-up, ms"),
        [(size["migrants"], size["ms_per_month"], size["ns_per_migrant_month"], size["set_up_ms"]) for size in sizes],
    )
    figures = _table(
        ("figure", "measured"),
        [
            ("ms per month before the first migrant, extrapolated", result["fixed_ms_per_month"]),
            (f"ns per migrant-month at {usual} over those at {full}", result["usual_to_full"]),
            (
                f"objects engine, {objects['migrants']:,} migrants: ns per migrant-month",
                objects["ns_per_migrant_month"],
            ),
            (f"objects engine over compiled engine at {full}", objects["to_compiled"]),
            ("bytes per migrant, without contact tables", yardsticks["bytes_per_migrant"]),
            ("bytes per migrant in contact tables", yardsticks["bytes_per_migrant_in_contact_tables"]),
            ("memory bandwidth, GB per second", yardsticks["bandwidth_gb_per_second"]),
            ("bytes read and written per migrant-month", yardsticks["bytes_touched_per_migrant_month"]),
            ("ns for these bytes at that bandwidth", yardsticks["bound_ns_per_migrant_month"]),
            (f"month at {full} over that bound", yardsticks["times_the_bound"]),
            ("plain loop that draws three random numbers: ns per migrant", yardsticks["plain_loop_ns_per_migrant"]),
            (f"month at {full} over the plain loop", yardsticks["times_the_plain_loop"]),
        ],
    )
    return f"{curve}\n\n{figures}"


def _commands(result: Result) -> str:
    rows = [(each["title"], each["cpu_seconds"], each["wall_seconds"]) for each in result["commands"]]
    table = _table(("command", "processor seconds", "wall-clock seconds"), rows)
    rate = result.get("calibrate_rows_per_second")
    return table if rate is None else f"{table}\n\n`takeup calibrate` evaluates {rate} rows per second."


def _compare(result: Result) -> str:
    return _table(
        ("figure", f"`{result['other']}`", "now", "ratio"),
        [(each["title"], each["other"], each["here"], each["ratio"]) for each in result["figures"]],
    )


_PARTS: Final = {
    "population_pass": "the rules for all migrants: random numbers, probabilities, registration, knowledge, trust",
    "decision_pass": "migrants who may decide something, or arrive or leave",
    "census": "the profile and state of every migrant, compared with the last count, and listeners of changed ones",
    "conditions": "the tables of the month",
    "service_centres": "the centres",
    "month": "all, with the record",
}


def _breakdown(result: Result) -> str:
    parts, loops = result["ns_per_migrant"], result["loops_ns_per_migrant"]
    table = _table(
        ("part of a month", "ns per migrant", "contents"), [(f"`{n}`", parts[n], _PARTS[n]) for n in _PARTS]
    )
    percent = [f"{100 * result[name]:.1f} %" for name in ("may_decide", "arrive_or_depart")]
    draws, table_value, empty = (
        loops[name] for name in ("one_word_of_three_draws", "one_look_up", "one_loop_that_does_nothing")
    )
    return (
        f"{table}\n\n{percent[0]} of the migrants may decide something, {percent[1]} arrive or leave. For "
        f"comparison: a word of three random numbers takes {draws} ns, a look-up in a table by profile {table_value} "
        f"ns, and the call of a compiled function {empty} ns per migrant of a block."
    )


def _scale(result: Result) -> str:
    return _table(
        ("migrants", "set-up, seconds", "ns per migrant-month", f"over {result['usual']:,}", "peak memory, GiB"),
        [tuple(size.values()) for size in result["sizes"]],
    )


def _ensemble(result: Result) -> str:
    return _table(
        ("figure", "measured"),
        [
            ("migrants", result["migrants"]),
            ("runs per round, each with the baseline and eight scenarios", result["runs_per_round"]),
            ("two independent processes, seconds", result["two_processes_seconds"]),
            ("two workers, seconds", result["two_workers_seconds"]),
            ("one worker, seconds", result["one_worker_seconds"]),
            ("speed of two workers over that of two processes", result["two_workers_to_two_processes"]),
            ("speed of two workers over that of one", result["two_workers_to_one"]),
        ],
    )


def _province(result: Result) -> str:
    cpu, peaks = result["cpu_seconds_per_round"], result["peak_mib"]
    rows: list[tuple[object, ...]] = [
        (
            "two independent processes",
            result["two_processes_seconds"],
            cpu["processes"],
            peaks["process"],
        ),
        (
            f"two Dask workers (scheduler and parent: {cpu['scheduler_and_parent']} processor seconds)",
            result["two_dask_workers_seconds"],
            cpu["workers"],
            peaks["worker"],
        ),
    ]
    if "one_process_seconds" in result:
        rows.append(("one process, the parent", result["one_process_seconds"], None, peaks["parent"]))
    table = _table(("", "seconds", "processor seconds", "peak memory, MiB"), rows)
    ratio, cost = result["two_dask_workers_to_two_processes"], result["worker_ns_per_migrant_month"]
    return (
        f"{result['districts']} districts, {result['migrants']:,} migrants, {result['months']} months. Two Dask "
        f"workers reach {ratio} of the speed of two independent processes. A worker takes {cost} ns per "
        f"migrant-month.\n\n{table}"
    )


_TABLES: Final[dict[str, Callable[[Result], str]]] = {
    "months": _months,
    "commands": _commands,
    "compare": _compare,
    "breakdown": _breakdown,
    "scale": _scale,
    "ensemble": _ensemble,
    "province": _province,
}
