"""What the documentation says of the code is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from takeup.district import load_district
from tests.docs.pages import PAGES, REPOSITORY, name_of

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_the_readmes_map_shows_every_folder() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    folders = {f"{path.split('/')[0]}/" for path in tracked if "/" in path}
    section = README.split("## The map of this repository")[1].split("\n## ")[0]
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


def test_the_documents_count_the_numbers_of_liwan_as_the_program_does() -> None:
    before, after = (load_district("liwan", calibrated=calibrated).parameters for calibrated in (False, True))
    stated, used = before.count_by_status(), after.count_by_status()
    total, changed = sum(stated.values()), used["calibrated"]
    of_assumed, of_derived = (stated[status] - used[status] for status in ("assumed", "derived"))
    assert of_assumed + of_derived == changed  # no observed number is calibrated
    in_file, with_calibration = (
        ", ".join(f"{number} {status}" for status, number in counts.items() if number) for counts in (stated, used)
    )
    sentences = {
        "README.md": f"{stated['assumed']} of its {total} numbers are assumed. The calibration then changed "
        f"{changed} numbers together, so that the model reproduces the known data: "
        f"{of_assumed} of the assumed and {of_derived} of the derived ones.",
        "README.zh.md": f"{total} 个数值中有 {stated['assumed']} 个是假定的。校准随后一并调整了 "
        f"{changed} 个数值（{of_assumed} 个假定的和 {of_derived} 个推算的）",
        "docs/districts.md": f"{total} numbers. In `parameters.toml`: {in_file}. "
        f"With `calibrated.toml`: {with_calibration}.",
    }
    for name, sentence in sentences.items():
        assert sentence in " ".join((REPOSITORY / name).read_text(encoding="utf-8").split()), name


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
