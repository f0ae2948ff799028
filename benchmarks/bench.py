"""How fast and how large: medians of interleaved runs, as JSON on standard output and in benchmarks/latest.json.

Ratios come from one run in which what is compared takes turns, so that a machine that slows down slows both.
"""

from __future__ import annotations

import json
import platform
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from takeup import PermitModel
from takeup.simulation.state import MIGRANT

DISTRICT, FULL, SMALL = "template", 360_000, 20_000
ROUNDS, MONTHS, OBJECT_MONTHS, SETTLED = 7, 6, 1, "2013-12"
NANOSECONDS, MEBIBYTE_IN_KIBIBYTES = 1e9, 1024


def main() -> None:
    """Measure, print, and write."""
    set_ups = [_seconds(lambda: PermitModel(DISTRICT, agents=FULL, rng=1)) for _ in range(ROUNDS)]
    compiled = _settled(FULL, "compiled")
    small, objects = _settled(SMALL, "compiled"), _objects(SMALL)
    months: dict[str, list[float]] = {"compiled": [], "compiled_small": [], "objects": []}
    for _ in range(ROUNDS):
        months["compiled"].append(_month(compiled, MONTHS))
        months["objects"].append(_month(objects, OBJECT_MONTHS))
        months["compiled_small"].append(_month(small, MONTHS))
    figures = {
        "python": platform.python_version(),
        "migrants": FULL,
        "set_up_seconds": round(median(set_ups), 3),
        "compiled_ns_a_migrant_month": round(median(months["compiled"]), 1),
        "compiled_ns_a_migrant_month_at_20000": round(median(months["compiled_small"]), 1),
        "objects_ns_a_migrant_month": round(median(months["objects"]), 1),
        "objects_to_compiled": round(median(map(_ratio, months["objects"], months["compiled"])), 1),
        "bytes_a_migrant": _bytes_a_migrant(compiled),
        "bytes_a_migrant_in_contact_tables": _contact_bytes(compiled),
        "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE_IN_KIBIBYTES),
        "command_cpu_seconds": {name: _command(*arguments) for name, arguments in COMMANDS.items()},
        "rounds": ROUNDS,
    }
    written = json.dumps(figures, indent=2)
    Path(__file__).with_name("latest.json").write_text(written + "\n", encoding="utf-8")
    print(written)


COMMANDS = {"help": ("--help",), "check": ("check", "scenarios/all_five.toml")}


def _settled(agents: int, engine: str) -> PermitModel:
    """A model some years into its history, where the month costs what it usually does."""
    model = PermitModel(DISTRICT, agents=agents, rng=1, engine=engine)  # type: ignore[arg-type]
    model.run_until(SETTLED)
    return model


def _objects(agents: int) -> PermitModel:
    """The same district some years in, to be lived on by objects."""
    started = _settled(agents, "compiled")
    model = PermitModel(DISTRICT, agents=agents, rng=1, engine="objects", moment=started.moment())
    model.step()
    return model


def _month(model: PermitModel, months: int) -> float:
    """Nanoseconds a migrant-month."""
    return _seconds(lambda: [model.step() for _ in range(months)]) / months / model.agents_at_most * NANOSECONDS


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _ratio(one: float, other: float) -> float:
    return one / other


def _bytes_a_migrant(model: PermitModel) -> float:
    """All arrays with a row a migrant, without the contact tables."""
    arrays = (model.state.migrants, model.state.line, model.world.rank, model.census.voice, model.census.heard,
              model.census.speakers, model.census.changes)  # fmt: skip
    assert model.state.migrants.dtype == MIGRANT
    return round(sum(array.nbytes for array in arrays) / model.agents_at_most, 1)


def _contact_bytes(model: PermitModel) -> float:
    tables = (model.world.contacts, model.world.begins, model.world.listeners)
    return round(sum(table.nbytes for table in tables) / model.agents_at_most, 1)


def _command(*arguments: str) -> float:
    """CPU seconds of the command, the median of five."""
    import subprocess  # noqa: PLC0415

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([Path(sys.executable).with_name("takeup"), *arguments], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    once()
    return round(median(once() for _ in range(5)), 2)


if __name__ == "__main__":
    main()
