"""The runs of the model whose results documents quote, and their execution."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tools.results import extraction
from tools.results.fingerprint import CALIBRATION, REPOSITORY

_TAKEUP: Final = "from takeup.cli import main; main()"
_RESULTS: Final = "RESULTS/"
"""Stands for the folder of all results in a command."""
_OUT: Final = "--out"


@dataclass(frozen=True)
class Run:
    """A command whose results are quoted in documents.

    Attributes:
        name: name of the results folder and of the file of stored figures; first part of the names of figures.
        command: command lines, separated by line ends; empty if the figures are read from the shipped data files.
        extract: function that reads the figures from the results folder.
        reads: glob patterns of the data files that the results depend on, in addition to those of the district.
        documents: files of the results folder that become documents, by their path in the repository.
        in_chinese: whether the command is run in Chinese too, which adds Chinese files to the results folder.
        is_long: whether it is only executed if it is named, because it takes long and is seldom needed.
    """

    name: str
    command: str
    extract: Callable[[Path], extraction.Figures]
    reads: tuple[str, ...] = ()
    documents: dict[str, str] = field(default_factory=dict)
    in_chinese: bool = False
    is_long: bool = False


def execute(run: Run, results: Path) -> None:
    """Execute the command of a run; if it was interrupted before, it resumes.

    Args:
        run: run to execute.
        results: folder with the results folders of all runs.

    Raises:
        SystemExit: the command failed.
    """
    for command in run.command.splitlines():
        arguments = shlex.split(command.replace(_RESULTS, f"{results}/"))[1:]
        if _OUT not in arguments:
            arguments += [_OUT, str(results / run.name)]
        for language in ([], ["--language", "zh"]) if run.in_chinese else ([],):
            done = subprocess.run([sys.executable, "-c", _TAKEUP, *arguments, *language], cwd=REPOSITORY, check=False)
            if done.returncode != 0:
                raise SystemExit(f"{command} ended with exit code {done.returncode}; its results are not stored")


def _compared_scenarios() -> str:
    """Return the names of the scenarios of `make compare`, separated by blanks."""
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    (names,) = re.findall("^SCENARIOS = (.+)$", makefile, re.MULTILINE)
    return str(names)


def _scenario_files(names: str = "") -> tuple[str, ...]:
    return tuple(f"scenarios/{name}.toml" for name in ("baseline", *names.split()))


_SCENARIOS: Final = _compared_scenarios()
_CALIBRATION: Final = "calibration/takeup_calibration"
_VALIDATION: Final = "model/takeup/analysis/validation"
_OTHER_CALIBRATIONS: Final = {
    "seed_2": "--seed 2",
    "seed_3": "--seed 3",
    "interval": "--seed 2 --targets model/takeup/districts/liwan/targets_interval.toml",
}
"""Options of the calibrations that are compared with the shipped one, by name of their results folder."""
_LEFT_OUT: Final = ("take_up", "lost_though_entitled")
"""Targets that reweighting does not predict reliably: calibrations without them do."""
_CALIBRATION_FILES: Final = (
    f"{_CALIBRATION}/*.toml",
    f"{_CALIBRATION}/branches/*.toml",
    f"{_VALIDATION}/scenarios/*.toml",
)
RUNS: Final = {
    run.name: run
    for run in (
        Run("parameters", "", extraction.parameters),
        Run("calibration", "", extraction.calibration, (CALIBRATION,)),
        Run(
            "calibrations",
            "\n".join(
                f"takeup calibrate liwan --experiments {options} {_OUT} {_RESULTS}calibrations/{name}"
                for name, options in _OTHER_CALIBRATIONS.items()
            ),
            extraction.calibrations,
            _CALIBRATION_FILES,
            is_long=True,
        ),
        Run(
            "reruns",
            "\n".join(
                f"takeup calibrate liwan --experiments --seed 2 --leave {name} --effective 300 --confirm 0 "
                f"{_OUT} {_RESULTS}reruns/{name}"
                for name in _LEFT_OUT
            ),
            extraction.reruns,
            _CALIBRATION_FILES,
            is_long=True,
        ),
        Run("people", "takeup run baseline --people 2018-12", extraction.people, _scenario_files()),
        Run(
            "compare",
            f"takeup compare {_SCENARIOS}",
            extraction.compare,
            _scenario_files(_SCENARIOS),
            {"docs/images/effects.png": "effects.png", "docs/images/effects.zh.png": "effects.zh.png"},
            in_chinese=True,
        ),
        Run(
            "why",
            "takeup why --agents 24000 --draws 20",
            extraction.why,
            (*_scenario_files(), "model/takeup/analysis/why/obstacles.toml"),
        ),
        Run(
            "trial",
            "takeup trial publicity --eligible qualified-nonholders --agents 24000 --draws 30",
            extraction.trial,
            _scenario_files("publicity"),
        ),
        Run("plan", "takeup plan --budget 5e6", extraction.plan, _scenario_files()),
        Run(
            "plan_smaller",
            "takeup plan --budget 5e6 --draws 16 --agents 12000",
            extraction.plan,
            _scenario_files(),
        ),
        Run(
            "plan_compared",
            f"takeup compare {_RESULTS}plan/package.toml --agents 24000 --draws 60 --seed 1001",
            extraction.compare,
            _scenario_files(),
        ),
        Run(
            "voi",
            "takeup voi --draws 300 --agents 24000 --between documents,feedback",
            extraction.voi,
            (f"{_CALIBRATION}/candidates.toml", f"{_CALIBRATION}/branches/*.toml"),
        ),
        Run(
            "sensitivity",
            "takeup sensitivity liwan",
            extraction.sensitivity,
            (f"{_CALIBRATION}/branches/*.toml",),
        ),
        Run(
            "screening",
            "takeup sensitivity liwan --method screening --agents 8000",
            extraction.screening,
            (f"{_CALIBRATION}/branches/*.toml",),
            is_long=True,
        ),
        Run(
            "validation",
            f"takeup validate --page {_RESULTS}validation.md",
            extraction.validation,
            (f"{_VALIDATION}/studies.toml", f"{_VALIDATION}/scenarios/*.toml", CALIBRATION),
            {"docs/validation.md": "../validation.md"},
        ),
    )
}
"""All runs by name, in the order of execution."""
