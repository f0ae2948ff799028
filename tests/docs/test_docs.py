"""What the documentation says of the code is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").glob("*.md"))]


def test_the_readmes_map_shows_every_folder() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    folders = {f"{path.split('/')[0]}/" for path in tracked if "/" in path}
    section = README.split("## The map of this repository")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([^`]+/)` \|", section, re.MULTILINE)) == folders


def test_the_tables_made_from_the_code_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "docs/tables.py", "--check"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr + "run: python docs/tables.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_readmes_python_runs() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    small = program.replace("agents=20_000", "agents=2_000")
    done = subprocess.run([sys.executable, "-c", small], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "of them live in dormitories" in done.stdout


def test_every_command_of_the_readme_is_a_command() -> None:
    from takeup.cli.app import app  # noqa: PLC0415

    names = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    names |= {group.name for group in app.registered_groups}
    for said in re.findall(r"`?takeup ([a-z]+)[ `]", README.replace("from takeup import", "")):
        assert said in names
