"""Commands of other packages: listed without an import, loaded when they run."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from takeup.cli.app import LazyCommand
from takeup.errors import InputError


def output_of(program: str) -> str:
    """Run a program in a new process, which must end with 0, and return what it printed."""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_list_of_commands_imports_no_other_package() -> None:
    program = (
        "import sys; from takeup.cli.app import exit_code_of; exit_code_of(['--help'])\n"
        "sys.exit(' '.join(name for name in sys.modules if name.startswith('takeup_calibration.')) or None)"
    )
    printed = output_of(program)
    for name in ("calibrate", "reproducibility", "sensitivity", "voi"):
        assert name in printed


def test_a_run_imports_no_library_that_only_other_commands_need() -> None:
    program = (
        "import sys, takeup.cli.run\n"
        "loaded = {'mesa', 'networkx', 'takeup.report.charts', 'scipy.optimize'} & set(sys.modules)\n"
        "sys.exit(' '.join(loaded) or None)"
    )
    output_of(program)


def test_a_command_that_writes_a_report_imports_no_library_of_charts() -> None:
    program = (
        "import sys, takeup.cli.compare, takeup.analysis.compare.output\n"
        "assert 'takeup.report.charts.time_series' in sys.modules\n"
        "sys.exit('altair' if 'altair' in sys.modules else None)"
    )
    output_of(program)


def test_a_missing_library_is_named_with_how_to_install_it() -> None:
    entry = EntryPoint("distant", "takeup_calibration.nowhere:distant [calibration]", "takeup.commands")
    with pytest.raises(
        InputError,
        match=r"requires the library takeup_calibration\.nowhere, which is not installed; to install it: .*\[calib",
    ):
        LazyCommand(entry).make_context("distant", [])
    without = EntryPoint("distant", "takeup_calibration.nowhere:distant", "takeup.commands")
    with pytest.raises(ModuleNotFoundError):
        LazyCommand(without).make_context("distant", [])
