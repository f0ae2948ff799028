"""Entry point of `make mutation`: test every mutant of the model's code and write the results."""

from __future__ import annotations

import os
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tools.mutation.operators import Mutant, mutants
from tools.mutation.runner import REPOSITORY, SOURCES, Target, Trial, load_libraries

FIGURES: Final = REPOSITORY / "docs" / "verification" / "mutation.toml"
REASONS: Final = Path(__file__).with_name("survivors.toml")
_RULES: Final = ("administration", "decision", "information", "residence", "utility")
_OF_SCENARIOS: Final = ("scenario/test_timeline.py", "scenario/test_ranges.py", "scenario/test_costs.py",
                        "scenario/test_files.py", "scenario/test_bad_input.py")  # fmt: skip
_OF_CENTRES: Final = ("simulation/test_month.py", "simulation/test_engines.py")
_OF_SERVICES: Final = (*_OF_CENTRES, "simulation/test_feedbacks.py")
TARGETS: Final = (
    *(Target("rules", f"rules/{name}.py", ("rules",)) for name in _RULES),
    Target("rng", "rng.py", ("simulation/test_rng.py",)),
    Target("centre", "simulation/agents.py", _OF_CENTRES, ("ServiceCentre",)),
    Target(
        "services",
        "simulation/kernels_decisions.py",
        _OF_SERVICES,
        ("serve_queues", "deliver_services", "service_demand", "ease_red_tape"),
    ),
    *(Target("scenario", f"scenario/{name}.py", _OF_SCENARIOS) for name in ("timeline", "files")),
)
_NAME_OF: Final = {target.file: target.name for target in TARGETS}
Place = tuple[str, str, str]
"""The file of a mutant, the text of its line, and the change; the line number is not used, because it may change."""


@dataclass(frozen=True)
class Reason:
    """The reason for which no test detects a mutant.

    Attributes:
        why: the reason, in a few words.
        equivalent: whether the mutant has the same behaviour as the original, so that no test can detect it.
    """

    why: str
    equivalent: bool


@dataclass(frozen=True)
class Verdict:
    """The outcome of a mutant: whether its tests failed."""

    target: Target
    mutant: Mutant
    noticed: bool


def reasons() -> dict[Place, Reason]:
    """Read the reasons of the known surviving mutants."""
    known = tomllib.loads(REASONS.read_text(encoding="utf-8")).get("survivor", ())
    return {
        (each["file"], each["of"], each["change"]): Reason(each["why"], each.get("equivalent", False))
        for each in known
    }


def _place(verdict: Verdict) -> Place:
    lines = (SOURCES / verdict.target.file).read_text(encoding="utf-8").splitlines()
    return verdict.target.file, lines[verdict.mutant.line - 1].strip(), verdict.mutant.change


def everything(names: Iterable[str] = ()) -> Iterator[tuple[Target, Mutant]]:
    """Yield all mutants of the targets with these names; of all targets if no name is given."""
    wanted = set(names)
    for target in TARGETS:
        if not wanted or target.name in wanted:
            for mutant in mutants((SOURCES / target.file).read_text(encoding="utf-8"), target.within):
                yield target, mutant


def run_trials(chosen: Iterable[tuple[Target, Mutant]], parallel: int) -> Iterator[Verdict]:
    """Test mutants, `parallel` of them at a time, and yield the outcomes as they end."""
    waiting, running = iter(chosen), list[Trial]()
    while True:
        while len(running) < parallel and (following := next(waiting, None)) is not None:
            running.append(Trial(*following))
        if not running:
            return
        for trial in running.copy():
            noticed = trial.noticed()
            if noticed is not None and trial.mutant is not None:
                running.remove(trial)
                yield Verdict(trial.target, trial.mutant, noticed)
        time.sleep(0.02)


def figures(verdicts: list[Verdict], known: dict[Place, Reason], before: dict[str, Any]) -> dict[str, Any]:
    """Return the results to write; targets that were not tested keep their earlier results."""
    rows = {row["name"]: row for row in before.get("target", ())}
    tested_now = {each.target.name for each in verdicts}
    survivors = [row for row in before.get("survivor", ()) if _NAME_OF[row["file"]] not in tested_now]
    for each in verdicts:
        if not each.noticed:
            reason = _reason(each, known)
            survivors.append({"file": each.target.file, "line": each.mutant.line, "change": each.mutant.change,
                              "equivalent": reason.equivalent, "why": reason.why})  # fmt: skip
    for name in tested_now:
        own = [each for each in verdicts if each.target.name == name]
        equivalent = sum(row["equivalent"] for row in survivors if _NAME_OF[row["file"]] == name)
        rows[name] = {"name": name, "tried": len(own), "killed": sum(each.noticed for each in own),
                      "equivalent": equivalent}  # fmt: skip
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "mutants": sum(row["tried"] for row in rows.values()),
        "target": [rows[name] for name in dict.fromkeys(_NAME_OF.values()) if name in rows],
        "survivor": sorted(survivors, key=lambda row: (row["file"], row["line"])),
    }


def written(content: dict[str, Any]) -> str:
    """Format the results as TOML."""
    lines = [
        "# Written by `make mutation`; do not edit.",
        f'date = "{content["date"]}"',
        f"mutants = {content['mutants']}",
    ]
    for kind in ("target", "survivor"):
        for row in content[kind]:
            lines += ["", f"[[{kind}]]", *(f"{key} = {_toml(value)}" for key, value in row.items())]
    return "\n".join(lines) + "\n"


def _toml(value: str | int | bool) -> str:
    return f"'''{value}'''" if isinstance(value, str) else str(value).lower()


def _reason(verdict: Verdict, known: dict[Place, Reason]) -> Reason:
    return known.get(_place(verdict), Reason("not examined", equivalent=False))


def needless(verdicts: Iterable[Verdict], known: Iterable[Place]) -> list[Place]:
    """Return the reasons that no surviving mutant in the tested files needs."""
    tested_now = list(verdicts)
    files = {each.target.file for each in tested_now}
    needed = {_place(each) for each in tested_now if not each.noticed}
    return [place for place in known if place[0] in files and place not in needed]


def main() -> int:
    """Test all mutants, or those of the named targets.

    Returns:
        1 if a surviving mutant has no reason or a reason has no surviving mutant, otherwise 0.
    """
    load_libraries()
    names = sys.argv[1:]
    chosen = list(everything(names))
    parallel = os.cpu_count() or 1
    for target in dict.fromkeys(target for target, _ in chosen):
        trial = Trial(target)
        while (noticed := trial.noticed()) is None:
            time.sleep(0.02)
        if noticed:
            print(f"{target.file}: its tests fail without a change")
            return 1
    known, verdicts = reasons(), list[Verdict]()
    for verdict in run_trials(chosen, parallel):
        verdicts.append(verdict)
        if not verdict.noticed:
            reason_text = _reason(verdict, known).why
            print(f"{len(verdicts)} of {len(chosen)}: survived: {verdict.target.file}:{verdict.mutant.line}: "
                  f"{verdict.mutant.change}: {reason_text}", flush=True)  # fmt: skip
    print(f"{sum(each.noticed for each in verdicts)} of {len(verdicts)} killed")
    before = tomllib.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    FIGURES.write_text(written(figures(verdicts, known, before)), encoding="utf-8")
    superfluous = needless(verdicts, known)
    for file, of, change in superfluous:
        print(f"no surviving mutant has this reason: {file}: {of}: {change}")
    return int(bool(superfluous) or any(not each.noticed and _place(each) not in known for each in verdicts))


if __name__ == "__main__":
    sys.exit(main())
