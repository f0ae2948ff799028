"""Benchmark of a month in this revision and in another revision of the repository.

Both revisions simulate the same district in separate processes, alternately a year at a time, so that a slowdown of
the machine affects both. After each turn the numbers of valid permits must be equal. The other revision is checked
out into a temporary folder and uses the libraries that are installed here. The results are printed as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

HERE = Path(__file__).parent
FULL, SMALL = 360_000, 20_000
ROUNDS = 7
RUN_SCRIPT = """
import sys, time
from takeup import PermitModel
engine, agents, months = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = PermitModel("template", agents=agents, rng=1)
model.run_until("2013-12")
if engine == "objects":
    vars(model)["engine"] = engine  # the history is compiled; a model refuses another engine
    model.step()
for _ in sys.stdin:
    began = time.perf_counter()
    for _ in range(months):
        model.step()
    print((time.perf_counter() - began) / months / agents * 1e9, model.rows[-1]["valid"], flush=True)
"""


class Runner(NamedTuple):
    """A process that simulates some months on request.

    Attributes:
        name: name of its results.
        process: process that prints nanoseconds per migrant-month and the number of valid permits per line it reads.
    """

    name: str
    process: subprocess.Popen[str]

    def turn(self) -> tuple[float, int]:
        """Simulate some months; return nanoseconds per migrant-month and the number of valid permits."""
        if self.process.stdin is None or self.process.stdout is None:
            raise SystemExit("a process has no pipes")
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        nanoseconds, valid = self.process.stdout.readline().split()
        return float(nanoseconds), int(valid)


def main() -> None:
    """Measure and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("revision", help="Commit, branch or tag of git.")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    given = options.parse_args()
    with _tree_of(given.revision) as other:
        runners = [
            _runner("now", HERE.parent, "compiled", FULL, 12),
            _runner("then", other, "compiled", FULL, 12),
            _runner("objects_then", other, "objects", SMALL, 1),
        ]
        rounds = []
        for _ in range(given.rounds):
            turns = [runner.turn() for runner in runners]
            if turns[0][1] != turns[1][1]:
                raise SystemExit("the two revisions do not give the same number of valid permits")
            rounds.append({runner.name: turn[0] for runner, turn in zip(runners, turns, strict=True)})
        for runner in runners:
            runner.process.kill()
    names = [runner.name for runner in runners]
    figures: dict[str, object] = {"revision": given.revision, "rounds": given.rounds}
    figures |= {f"{name}_ns_a_migrant_month": round(median(each[name] for each in rounds), 1) for name in names}
    figures["now_to_then"] = round(median(each["now"] / each["then"] for each in rounds), 3)
    figures["objects_then_to_now"] = round(median(each["objects_then"] / each["now"] for each in rounds), 1)
    print(json.dumps(figures, indent=2))


def _runner(name: str, tree: Path, engine: str, agents: int, months: int) -> Runner:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_SCRIPT, engine, str(agents), str(months)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(tree / "model")},
    )  # fmt: skip
    return Runner(name, process)


@contextmanager
def _tree_of(revision: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        git = ["git", "-C", str(HERE.parent), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", tree, revision], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", tree], check=True)


if __name__ == "__main__":
    main()
