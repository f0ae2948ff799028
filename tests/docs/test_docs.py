"""What the documentation says of the code is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, REPOSITORY, name_of

INDEX = (REPOSITORY / "docs" / "README.md").read_text(encoding="utf-8")
MOST_LINES, MOST_LINKS, MOST_COMMANDS = 28, 3, 2
"""Of the first screen of the README."""


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_first_screen_of_the_readme_has_a_picture_two_commands_and_three_links(name: str) -> None:
    screen = (REPOSITORY / name).read_text(encoding="utf-8").split("\n## ")[0]
    assert len(screen.splitlines()) <= MOST_LINES
    assert screen.count("![") == 1
    assert len(re.findall(r"^make ", screen, re.MULTILINE)) == MOST_COMMANDS
    assert len(re.findall(r"(?<!!)\[[^\]]+\]\(docs/", screen)) == MOST_LINKS


def test_the_map_of_the_repository_shows_every_folder() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    folders = {f"{path.split('/')[0]}/" for path in tracked if "/" in path}
    section = INDEX.split("## The map of this repository")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([^`]+/)` \|", section, re.MULTILINE)) == folders


def test_the_tables_made_from_the_code_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "tools/generate_doc_tables.py", "--check"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr + "run: python tools/generate_doc_tables.py"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """To a file that there is, and to a heading that it has."""
    for target, heading in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", page.read_text(encoding="utf-8")):
        if "://" in target or not (target or heading):
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        if heading and file.suffix == ".md":
            assert heading in anchors(file), f"{target}#{heading}; there are {sorted(anchors(file))}"


def anchors(page: Path) -> set[str]:
    """The headings of a document as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
