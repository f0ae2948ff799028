"""The documentation site is built without a warning, needs no internet, and shows every page and public name."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.dashboard.browser import browsing, skip_without_chromium
from tests.docs.pages import PAGES, REPOSITORY, name_of
from tools.documentation_site import on_page_content, on_page_markdown

LOADED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//"""
    r"""|<link\b(?=[^>]*rel=["']?(?:stylesheet|preload|preconnect|icon))[^>]*href=["']?(?:https?:)?//"""
    r"""|\bimport\s*\(?\s*["']https?://|\bfrom\s*["']https?://|@import|url\(["']?(?:https?:)?//"""
)
"""What a browser would load from another host."""
PUBLIC = (
    "takeup.simulation",
    "takeup.scenario",
    "takeup.district",
    "takeup.analysis",
    "takeup.runs",
    "takeup.rules",
    "takeup_calibration",
)
"""The packages whose public names are on the page of the Python interface."""


def built(folder: Path, config: Path) -> subprocess.CompletedProcess[str]:
    """Build the site as `make docs` does, into another folder."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(folder)],
        cwd=REPOSITORY,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site."""
    folder = tmp_path_factory.mktemp("site")
    done = built(folder, REPOSITORY / "mkdocs.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.docs
def test_the_site_has_every_document_and_notebook(site: Path) -> None:
    pages = [*PAGES, REPOSITORY / "CHANGELOG.md", *sorted((REPOSITORY / "notebooks").glob("*.ipynb"))]
    for page in pages:
        name = "index.html" if page.name == "README.md" else f"{page.name.removesuffix(page.suffix)}.html"
        assert (site / page.parent.relative_to(REPOSITORY) / name).is_file(), name_of(page)


@pytest.mark.docs
def test_no_page_of_the_site_loads_anything_from_another_host(site: Path) -> None:
    files = [*site.rglob("*.html"), *site.rglob("*.css")]
    loaded = {file.name: LOADED.findall(file.read_text(encoding="utf-8")) for file in files}
    assert {name: each for name, each in loaded.items() if each} == {}


@pytest.mark.docs
def test_the_page_of_the_python_interface_has_every_public_name(site: Path) -> None:
    page = (site / "docs" / "api.html").read_text(encoding="utf-8")
    anchors = set(re.findall(r'id="(takeup[\w.]*)"', page))
    names = {f"{package}.{name}" for package in PUBLIC for name in import_module(package).__all__}
    assert names - anchors == set()


@pytest.mark.docs
def test_a_page_that_is_not_listed_is_an_error(tmp_path: Path) -> None:
    text = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    config = REPOSITORY / "build" / f"{tmp_path.name}.yml"  # the paths of a configuration are relative to its folder
    config.parent.mkdir(exist_ok=True)
    for name in ("docs_dir: docs", "paths: [model, calibration]", "hooks: [tools/"):
        assert name in text
    text = text.replace("docs_dir: docs", "docs_dir: ../docs").replace("hooks: [tools/", "hooks: [../tools/")
    text = re.sub(r"^watch:.*\n", "", text, flags=re.MULTILINE)
    config.write_text(text.replace("      - docs/plan.md\n", ""), encoding="utf-8")
    try:
        done = built(tmp_path, config)
    finally:
        config.unlink()
    assert done.returncode != 0
    assert "docs/plan.md" in done.stdout + done.stderr


def test_marks_of_tables_are_removed_from_pages_but_not_from_code() -> None:
    text = "<!-- levers -->\n| lever |\n<!-- end of levers -->\n\n```text\n<!-- /results -->\n```\n"
    shown = on_page_markdown(text, page=None, config=None, files=None)  # type: ignore[arg-type]
    assert shown == "\n| lever |\n\n\n```text\n<!-- /results -->\n```\n"


def test_options_in_sentences_are_not_broken_and_blocks_of_code_are_unchanged() -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri="docs/plan.md"))
    block = "<pre><code>takeup plan --per-year</code></pre>"
    content = f"<p>add <code>--target worst-off</code></p>{block}"
    shown = on_page_content(content, page=page, config=None, files=None)  # type: ignore[arg-type]
    assert shown == f'<p>add <code><span class="option">--target</span> worst-off</code></p>{block}'


@pytest.mark.parametrize("paragraph", ["A list:\n- one\n- two", "A table:\n| a | b |\n", "1. one\n2. two"])
def test_a_list_or_table_that_is_rendered_as_text_is_a_warning(
    paragraph: str, caplog: pytest.LogCaptureFixture
) -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri="docs/plan.md"))
    with caplog.at_level(logging.WARNING, "mkdocs"):
        on_page_content(f"<p>{paragraph}</p>", page=page, config=None, files=None)  # type: ignore[arg-type]
        on_page_content("<p>1.5 - 1 = 0.5</p>", page=page, config=None, files=None)  # type: ignore[arg-type]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "docs/plan.md" in caplog.text


@pytest.mark.browser
@pytest.mark.parametrize(("words", "page"), [("endorsement", "odd.html"), ("居住证", "glossary.zh.html")])
def test_the_search_finds_pages_that_were_opened_from_a_disk(
    words: str, page: str, site: Path, tmp_path: Path
) -> None:
    skip_without_chromium()
    with browsing(site.as_uri() + "/", tmp_path) as browser:
        browser.open(f"index.html?q={words}", ".md-search-result__item a")
        links = browser.driver.execute_script(
            "return [...document.querySelectorAll('.md-search-result__link')].map(e => e.href)"
        )
        assert any(page in link for link in links), links
        assert browser.severe_messages() == []
        assert browser.requested_hosts() <= {"None"}  # of the files on the disk
