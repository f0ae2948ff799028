"""Ratios of this tree to another revision, measured in alternation in one run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from statistics import median
from typing import Any, Final, NamedTuple, Protocol

from benchmarks import commands, months, province, scale
from benchmarks.clock import NANOSECONDS, median_ratio
from benchmarks.commands import COMMANDS, Command
from benchmarks.trees import Tree, checkout, this_tree

_LARGEST_TURNS: Final = 2
"""Number of processes of each tree that run the largest model."""


class Figure(NamedTuple):
    """A figure of both trees.

    Attributes:
        name: name in the results.
        title: description with the unit.
        here, other: its values in this tree and in the other revision.
        ratio: ratio of this tree to the other revision; None: the values are ratios themselves.
    """

    name: str
    title: str
    here: float
    other: float
    ratio: float | None

    def as_json(self) -> dict[str, Any]:
        """Return the rounded values."""
        values = {"here": round(self.here, 3), "other": round(self.other, 3)}
        ratio = None if self.ratio is None else round(self.ratio, 3)
        return {"name": self.name, "title": self.title, **values, "ratio": ratio}


class Comparison(Protocol):
    """A function that measures figures in two trees, this one first."""

    def __call__(self, trees: Sequence[Tree], *, quick: bool, rounds: int | None) -> list[Figure]:
        """Measure in alternation; `rounds` is None for the usual number of rounds."""


def _compare_months(trees: Sequence[Tree], *, quick: bool, rounds: int | None) -> list[Figure]:
    plan = months.plan_of(quick=quick, rounds=rounds)
    here, other = months.measure_months(trees, plan)
    figures = [
        Figure(
            f"month_at_{size}",
            f"ns per migrant-month at {size:,}",
            here.ns_per_migrant(size),
            other.ns_per_migrant(size),
            median_ratio(here.months[size], other.months[size]),
        )
        for size in plan.sizes
    ]
    return [
        Figure(
            "fixed_cost",
            f"ms per month before the first migrant, extrapolated from {plan.small:,} and {plan.usual:,}",
            here.fixed_ms,
            other.fixed_ms,
            here.fixed_ms / other.fixed_ms,
        ),
        Figure(
            "usual_to_full",
            f"ns per migrant-month at {plan.usual:,} over those at {plan.full:,}",
            here.usual_to_full,
            other.usual_to_full,
            None,
        ),
        *figures,
        Figure(
            "objects",
            f"ns per migrant-month of the objects engine at {plan.objects:,}",
            min(here.objects) / plan.objects * NANOSECONDS,
            min(other.objects) / plan.objects * NANOSECONDS,
            median_ratio(here.objects, other.objects),
        ),
        Figure(
            "objects_to_compiled",
            f"ns of the objects engine over ns of the compiled one at {plan.full:,}",
            here.objects_to_compiled,
            other.objects_to_compiled,
            None,
        ),
    ]


def _compare_command(command: Command, *, by_wall: bool) -> Comparison:
    def compare(trees: Sequence[Tree], *, quick: bool, rounds: int | None) -> list[Figure]:
        seconds = [
            [each.wall if by_wall else each.cpu for each in times[command.name]]
            for times in commands.measure_commands(trees, [command], quick=quick, rounds=rounds)
        ]
        here, other = seconds
        unit = "wall-clock seconds" if by_wall else "processor seconds"
        title = f"{command.title}: {unit}"
        return [Figure(command.name, title, median(here), median(other), median_ratio(here, other))]

    return compare


def _compare_calibration(trees: Sequence[Tree], *, quick: bool, rounds: int | None) -> list[Figure]:
    pair = [command for command in COMMANDS if command.name.startswith("calibrate")]
    here, other = (
        commands.rows_per_second(times, quick=quick)
        for times in commands.measure_commands(trees, pair, quick=quick, rounds=rounds)
    )
    return [Figure("calibrate", "`takeup calibrate`, two workers: rows per second", here, other, here / other)]


def _compare_scale(trees: Sequence[Tree], *, quick: bool, rounds: int | None) -> list[Figure]:
    """Compare processes that run one after the other: two of them would not both get huge pages of memory."""
    plan = scale.plan_of(quick=quick, rounds=rounds)
    agents = max(plan.sizes)
    turns = [
        [scale.measure_size(tree, agents, plan) for tree in trees] for _ in range(1 if quick else _LARGEST_TURNS)
    ]
    here, other = ([month for turn in turns for month in turn[place].own] for place in range(len(trees)))
    memory_here, memory_other = (max(turn[place].peak_gib for turn in turns) for place in range(len(trees)))
    return [
        Figure(
            "largest",
            f"ns per migrant-month at {agents:,}",
            median(here),
            median(other),
            median_ratio(here, other),
        ),
        Figure(
            "largest_memory",
            f"peak memory at {agents:,}, GiB",
            memory_here,
            memory_other,
            memory_here / memory_other,
        ),
    ]


def _compare_province(trees: Sequence[Tree], *, quick: bool, rounds: int | None) -> list[Figure]:
    plan = province.plan_of(quick=quick, rounds=rounds)._replace(has_single=False)
    here, other = province.measure_province(trees, plan)
    return [
        Figure(
            "province",
            f"{plan.districts} districts: speed of two Dask workers over that of two processes",
            here.efficiency,
            other.efficiency,
            None,
        ),
        Figure(
            "province_seconds",
            f"{plan.districts} districts on two Dask workers: wall-clock seconds",
            median(here.workers),
            median(other.workers),
            median_ratio(here.workers, other.workers),
        ),
    ]


_BY_WALL: Final = {"compare_all", "compare_all_replicates", "compare_draws"}
"""Commands of several processes, whose wall-clock seconds are compared; of the others the processor seconds."""

GROUPS: Final[dict[str, Comparison]] = {
    "months": _compare_months,
    **{
        command.name: _compare_command(command, by_wall=command.name in _BY_WALL)
        for command in COMMANDS
        if not command.on_request and not command.name.startswith("calibrate")
    },
    "calibrate": _compare_calibration,
    "scale": _compare_scale,
    "province": _compare_province,
}
"""Groups of figures that are measured together, by name."""


def run(commit: str, groups: Sequence[str], *, quick: bool, rounds: int | None) -> dict[str, Any]:
    """Measure both trees.

    Args:
        commit: hash of the other revision.
        groups: names of the groups to measure.
        quick: measure the smallest form.
        rounds: number of rounds; None: the usual number of each group.
    """
    figures = []
    with this_tree() as here, checkout(commit) as other:
        for name in groups:
            for figure in GROUPS[name]((here, other), quick=quick, rounds=rounds):
                figures.append(figure.as_json())
                print(*figures[-1].values(), sep=", ", file=sys.stderr, flush=True)
    return {"other": other.name, "figures": figures}
