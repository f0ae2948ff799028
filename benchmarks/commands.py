"""Processor and wall-clock seconds of the commands that users wait for."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from benchmarks.clock import Seconds, measure_processes
from benchmarks.posterior import posterior_file
from benchmarks.trees import Tree, fresh_copy, this_tree

SCENARIOS: Final = (
    "publicity",
    "simpler_process",
    "supporting_services",
    "willingness",
    "supervision_feedback",
    "coordination",
    "all_five",
    "temporary_permit",
)
"""The scenarios of `make compare`."""
_FIRST_MONTH: Final = "from takeup import PermitModel; PermitModel('liwan', agents=20_000, rng=1).step()"
_CALIBRATE: Final = "calibrate liwan --waves 1 --draws 5 --confirm 0 --workers 2 --quiet --out {out} --rows"
_DRAWS: Final = "--draws 200 --posterior {posterior} --workers 2 --quiet --out {out}"
_SMALL_ROWS, _LARGE_ROWS, _QUICK_ROWS = 32, 256, 8


class Command(NamedTuple):
    """A command of `takeup`, or a snippet of Python.

    Attributes:
        name: name in the results.
        title: what users see it do.
        arguments: arguments, separated by blanks; `{out}` is a new folder, `{tree}` the tree, `{posterior}` a file.
        quick: further arguments of the smallest form.
        rounds: number of rounds.
        is_cold: whether it is run without compiled functions, as after an installation.
        is_python: whether the arguments are a snippet of Python.
        on_request: whether it is run only if it is named.
    """

    name: str
    title: str
    arguments: str
    quick: str = ""
    rounds: int = 5
    is_cold: bool = False
    is_python: bool = False
    on_request: bool = False


COMMANDS: Final = (
    Command("help", "`takeup --help`", "--help"),
    Command("check", "`takeup check`", "check {tree}/scenarios/all_five.toml"),
    Command("first_month", "imports, the district and one month of 20,000 in Python", _FIRST_MONTH, is_python=True),
    Command(
        "run_one_month",
        "`takeup run` of one month at full size",
        "run baseline --until 2010-01 --quiet --out {out}",
        "--agents 2000",
    ),
    Command(
        "compare_publicity",
        "`takeup compare publicity --agents 20000 --replicates 4`",
        "compare publicity --agents 20000 --replicates 4 --quiet --out {out}",
        "--agents 2000",
    ),
    Command(
        "first_demo", "first `takeup demo` after installation", "demo --quiet --out {out}", rounds=3, is_cold=True
    ),
    Command(
        "compare_all",
        "`make compare`, with compiled functions and without results",
        f"compare {' '.join(SCENARIOS)} --quiet --out {{out}}",
        "--agents 2000 --draws 2",
        rounds=3,
    ),
    Command(
        "compare_all_replicates",
        "the same with `--replicates 4`",
        f"compare {' '.join(SCENARIOS)} --replicates 4 --quiet --out {{out}}",
        "--agents 2000",
        rounds=3,
    ),
    Command(
        "compare_draws",
        "`takeup compare` of eight scenarios, 200 draws, 36,000 migrants, two workers",
        f"compare {' '.join(SCENARIOS)} --agents 36000 {_DRAWS}",
        "--agents 2000 --draws 2",
        rounds=2,
    ),
    Command(
        "compare_draws_full",
        "`takeup compare` of six scenarios, 200 draws, full size, two workers",
        f"compare {' '.join(SCENARIOS[:6])} --agents 360000 {_DRAWS}",
        "--agents 2000 --draws 2",
        rounds=1,
        on_request=True,
    ),
    Command(
        "calibrate_small",
        f"`takeup calibrate`, {_SMALL_ROWS} rows, two workers",
        f"{_CALIBRATE} {_SMALL_ROWS}",
        f"--rows {_QUICK_ROWS} --agents 1600",
        rounds=3,
    ),
    Command(
        "calibrate_large",
        f"`takeup calibrate`, {_LARGE_ROWS} rows, two workers",
        f"{_CALIBRATE} {_LARGE_ROWS}",
        f"--rows {2 * _QUICK_ROWS} --agents 1600",
        rounds=3,
    ),
)
CommandTimes = dict[str, list[Seconds]]
"""Seconds of each command, one value per round."""


def measure_commands(
    trees: Sequence[Tree], commands: Sequence[Command], *, quick: bool, rounds: int | None = None
) -> list[CommandTimes]:
    """Time commands in one or several trees, which take turns.

    The smallest form of each command is run once before the measurement, except of the cold ones.

    Args:
        trees: the trees.
        commands: the commands.
        quick: measure the smallest form in one round.
        rounds: number of rounds; None: that of each command.

    Returns:
        The times of each tree.

    Raises:
        SystemExit: a command failed.
    """
    times: list[CommandTimes] = [defaultdict(list) for _ in trees]
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="takeup-")))
        posterior = posterior_file("liwan", scratch)
        is_cold = any(command.is_cold for command in commands)
        copies = [stack.enter_context(fresh_copy(tree)) if is_cold else tree for tree in trees]
        for command in commands:
            used = copies if command.is_cold else list(trees)
            smallest = command._replace(arguments=f"{command.arguments} {command.quick}")
            if not (quick or command.is_cold):
                for tree in used:  # compiles the functions and fills the file cache
                    _run_once(tree, smallest, posterior, scratch)
            for _ in range(rounds or (1 if quick else command.rounds)):
                for tree, own in zip(used, times, strict=True):
                    own[command.name].append(_run_once(tree, smallest if quick else command, posterior, scratch))
    return times


def _run_once(tree: Tree, command: Command, posterior: Path, scratch: Path) -> Seconds:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        words = command.arguments.format(out=f"{folder}/out", tree=tree.path, posterior=posterior)
        if command.is_cold:
            tree.remove_compiled()
        line = tree.python("-c", words) if command.is_python else tree.takeup(*words.split())
        seconds = measure_processes([line], Path(folder), tree.environment)
        if command.is_cold and not tree.has_compiled():
            raise SystemExit(f"{command.name} has not stored its compiled functions in {tree.path}")
    return seconds


def rows_per_second(times: CommandTimes, *, quick: bool) -> float:
    """Return the rows per second of a calibration, without its start and its report."""
    rows = _QUICK_ROWS if quick else _LARGE_ROWS - _SMALL_ROWS
    small, large = (median(each.wall for each in times[name]) for name in ("calibrate_small", "calibrate_large"))
    return rows / (large - small)


def run(commands: Sequence[Command], *, quick: bool, rounds: int | None = None) -> dict[str, Any]:
    """Measure commands in this tree, see `measure_commands`."""
    with this_tree() as tree:
        (times,) = measure_commands([tree], commands, quick=quick, rounds=rounds)
    figures: dict[str, Any] = {
        "commands": [
            {
                "name": command.name,
                "title": command.title,
                "cpu_seconds": round(median(each.cpu for each in times[command.name]), 2),
                "wall_seconds": round(median(each.wall for each in times[command.name]), 2),
                "rounds": len(times[command.name]),
            }
            for command in commands
        ]
    }
    if {"calibrate_small", "calibrate_large"} <= times.keys():
        figures["calibrate_rows_per_second"] = round(rows_per_second(times, quick=quick), 2)
    return figures
