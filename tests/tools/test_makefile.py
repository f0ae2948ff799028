"""What the targets of make install: the program alone, or the packages of contributors too."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PROGRAM = ["demo", "compare", "dashboard", "schema"]
"""Targets that need the program and its dashboard, and nothing else."""
CONTRIBUTORS = ["test", "test-rest", "lint", "format", "docs", "results", "translations", "bench", "verification"]


def installed_by(target: str, environment: Path) -> list[str]:
    """Return the extras that a target would install, in order."""
    command = ["make", "--dry-run", f"VENV={environment}", target]
    printed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=True).stdout
    return re.findall(r'pip install .* -c constraints\.txt -e "\.\[(\w+)\]"', printed)


@pytest.mark.parametrize("target", PROGRAM)
def test_the_program_needs_no_packages_of_contributors(target: str, tmp_path: Path) -> None:
    assert installed_by(target, tmp_path / "new") == ["dashboard"]


@pytest.mark.parametrize("target", CONTRIBUTORS)
def test_contributors_get_both(target: str, tmp_path: Path) -> None:
    assert installed_by(target, tmp_path / "new") == ["dashboard", "test"]


def test_each_installs_only_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "installed").touch()
    assert installed_by("demo", tmp_path) == []
    assert installed_by("test", tmp_path) == ["test"]
    (tmp_path / "installed-test").touch()
    assert installed_by("demo", tmp_path) == installed_by("test", tmp_path) == []
