"""Command line of the benchmarks: `python -m benchmarks COMMAND`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from benchmarks import breakdown, commands, comparison, ensemble, months, province, scale
from benchmarks.commands import COMMANDS
from benchmarks.results import RESULTS, record
from benchmarks.same_results.check import add_arguments, check_same_results
from benchmarks.tables import PAGE, fill_tables
from benchmarks.trees import REPOSITORY, find_commit

_ALL: Final = ("months", "breakdown", "commands", "scale", "ensemble", "province")
_REVISION: Final = "Commit, branch or tag of git."
Action = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure speed and memory, and compare revisions."
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, action: Action, summary: str) -> argparse.ArgumentParser:
        added = subparsers.add_parser(name, help=summary, description=summary)
        added.set_defaults(action=action, parser=added)
        return added

    def measured(name: str, action: Action, summary: str) -> argparse.ArgumentParser:
        added = add(name, action, summary)
        added.add_argument("--quick", action="store_true", help="Measure the smallest form.")
        added.add_argument(
            "--out",
            type=Path,
            metavar="DIR",
            help="Store the results in this folder (default: docs/performance; none with --quick or --only).",
        )
        added.add_argument("--rounds", type=int, help="Set the number of rounds.")
        return added

    measured("months", _months, "Measure the cost of a month by number of migrants, with yardsticks.")
    measured("breakdown", _breakdown, "Measure the parts of a month.")
    timed = measured("commands", _commands, "Measure the commands that users wait for.")
    _add_only(timed, "Measure only these commands.")
    compared = measured("compare", _compare, "Compare this tree with another revision, in alternation.")
    compared.add_argument("revision", help=_REVISION)
    _add_only(compared, "Measure only these groups of figures.")
    sizes = measured("scale", _scale, "Measure time and memory up to 36 million migrants.")
    sizes.add_argument("--largest", type=int, help="Omit larger models.")
    measured("ensemble", _ensemble, "Measure the use of two workers by draws of a posterior.")
    districts = measured("province", _province, "Measure many districts on two Dask workers.")
    districts.add_argument("--districts", type=int, help="Set the number of districts.")
    districts.add_argument("--population", type=int, help="Set the number of residents of all districts.")
    districts.add_argument("--until", help="Set the last month.")
    districts.add_argument("--no-single", action="store_true", help="Omit the run of all districts in one process.")
    add("all", _all, "Run all benchmarks except compare, each in its own process, and fill the tables.")
    tables = add("table", _table, "Fill the tables in docs/performance.md from the stored results.")
    tables.add_argument("--check", action="store_true", help="Only report whether the tables are up to date.")
    add_arguments(add("same-results", check_same_results, "Check that another revision gives the same results."))
    given = parser.parse_args(arguments)
    action: Action = given.action
    return action(given)


def _add_only(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--only", nargs="+", metavar="NAME", help=f"{text} Names or patterns ('compare*').")


def _selected(given: argparse.Namespace, names: Sequence[str], usual: Sequence[str]) -> list[str]:
    """Return the names that match `--only`, or the usual ones."""
    if given.only is None:
        return list(usual)
    for pattern in given.only:
        if not any(fnmatchcase(name, pattern) for name in names):
            given.parser.error(f"--only {pattern}: unknown; known: {', '.join(names)}")
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in given.only)]


def _record(name: str, given: argparse.Namespace, measure: Callable[[], dict[str, Any]]) -> int:
    """Measure; a part of a benchmark does not replace the stored results of the whole."""
    is_part = given.quick or getattr(given, "only", None) is not None
    record(name, measure, given.out or (None if is_part else RESULTS))
    return 0


def _months(given: argparse.Namespace) -> int:
    plan = months.plan_of(quick=given.quick, rounds=given.rounds)
    return _record("months", given, lambda: months.run(plan))


def _breakdown(given: argparse.Namespace) -> int:
    return _record("breakdown", given, lambda: breakdown.run(quick=given.quick, rounds=given.rounds))


def _commands(given: argparse.Namespace) -> int:
    usual = [command.name for command in COMMANDS if not command.on_request]
    names = _selected(given, [command.name for command in COMMANDS], usual)
    selected = [command for command in COMMANDS if command.name in names]
    return _record("commands", given, lambda: commands.run(selected, quick=given.quick, rounds=given.rounds))


def _compare(given: argparse.Namespace) -> int:
    groups = _selected(given, list(comparison.GROUPS), list(comparison.GROUPS))
    commit: str = find_commit(given.revision) or given.parser.error(f"{given.revision}: no such revision")
    return _record("compare", given, lambda: comparison.run(commit, groups, quick=given.quick, rounds=given.rounds))


def _scale(given: argparse.Namespace) -> int:
    plan = scale.plan_of(quick=given.quick, rounds=given.rounds)
    if given.largest is not None:
        plan = plan._replace(sizes=tuple(size for size in plan.sizes if size <= given.largest))
    return _record("scale", given, lambda: scale.run(plan))


def _ensemble(given: argparse.Namespace) -> int:
    plan = ensemble.plan_of(quick=given.quick, rounds=given.rounds)
    return _record("ensemble", given, lambda: ensemble.run(plan))


def _province(given: argparse.Namespace) -> int:
    plan = province.plan_of(quick=given.quick, rounds=given.rounds)
    changed = {name: value for name in ("districts", "population", "until") if (value := getattr(given, name))}
    plan = plan._replace(**changed, has_single=not given.no_single)
    return _record("province", given, lambda: province.run(plan))


def _all(_: argparse.Namespace) -> int:
    for name in _ALL:
        subprocess.run([sys.executable, "-m", "benchmarks", name], cwd=REPOSITORY, check=True)
    return main(["table"])


def _table(given: argparse.Namespace) -> int:
    before = PAGE.read_text(encoding="utf-8")
    after = fill_tables(before)
    if given.check:
        if before != after:
            print(f"{PAGE} is not up to date: run python -m benchmarks table")
        return int(before != after)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
