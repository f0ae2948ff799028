"""Hooks of MkDocs for the documentation site, which `make docs` builds.

The pages have the paths of their files in the repository, so that a link between two files works in the repository
and on the site. `nav` in `mkdocs.yml` lists the pages.
"""

from __future__ import annotations

import html
import logging
import posixpath
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from takeup.report.html import mark_options

REPOSITORY: Final = Path(__file__).resolve().parents[1]
_NOTEBOOKS: Final = "notebooks/*.ipynb"
_OUTSIDE: Final = (
    "README*.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "notebooks/README.md",
    _NOTEBOOKS,
    "LICENSE",
    "CITATION.cff",
    "model/takeup/report/fonts/OFL.txt",
)
"""Pages, and files to which pages link, in addition to `docs/`."""
_FENCED: Final = re.compile(r"^( *)(```+).*?^\1\2$", re.DOTALL | re.MULTILINE)
_COMMENT_LINE: Final = re.compile(r"^<!-- .*? -->$", re.MULTILINE)
_PARAGRAPH: Final = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_MARKDOWN: Final = re.compile(r"^\s*(?:[-*] |\d+\. |\||```|#+ )", re.MULTILINE)
_LINK: Final = re.compile(r'(<(?:a|img)\b[^>]*?\b(?:href|src)=")([^"]+)"')
_BLOCK: Final = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL)
_CODE: Final = re.compile(r"(?<=<code>)[^<]*(?=</code>)")
_SCRIPT_OF_DIAGRAMS: Final = re.compile(r"<script\b[^>]*>(?:(?!</script>).)*mermaid.*?</script>", re.DOTALL)
"""A script of nbconvert that would load a library from the internet; the notebooks have no diagrams."""
_log: Final = logging.getLogger("mkdocs.plugins.documentation_site")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List every notebook in the navigation, in the order of their names.

    Args:
        config: the configuration of the site.

    Returns:
        The configuration, with the notebooks in place of `notebooks/*.ipynb`.
    """
    config.nav = _with_notebooks(config.nav)
    return config


def _with_notebooks(entry: Any) -> Any:
    """Return an entry of the navigation with the notebooks in place of their pattern."""
    if isinstance(entry, dict):
        return {title: _with_notebooks(entries) for title, entries in entry.items()}
    if not isinstance(entry, list):
        return entry
    notebooks = [path.relative_to(REPOSITORY).as_posix() for path in sorted(REPOSITORY.glob(_NOTEBOOKS))]
    return [each for one in entry for each in (notebooks if one == _NOTEBOOKS else [_with_notebooks(one)])]


@event_priority(100)
def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Give the pages of `docs/` their paths in the repository, and add the pages outside of it.

    Args:
        files: the files of `docs/` and of the theme.
        config: the configuration of the site.

    Returns:
        The files of the site.
    """
    of_theme = [file for file in files if file.src_dir != config.docs_dir]
    paths = [Path(config.docs_dir, file.src_uri) for file in files if file.src_dir == config.docs_dir]
    paths += [path for pattern in _OUTSIDE for path in sorted(REPOSITORY.glob(pattern))]
    pages = [
        File(path.relative_to(REPOSITORY).as_posix(), str(REPOSITORY), config.site_dir, config.use_directory_urls)
        for path in paths
    ]
    return Files([*of_theme, *pages])


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Remove the marks of generated tables, which would become a part of the table.

    Args:
        markdown: the text of the page.
        page: the page.
        config: the configuration of the site.
        files: the files of the site.

    Returns:
        The text without lines that are comments, except in blocks of code.
    """
    parts, end = [], 0
    for block in _FENCED.finditer(markdown):
        parts += [_COMMENT_LINE.sub("", markdown[end : block.start()]), block[0]]
        end = block.end()
    return "".join([*parts, _COMMENT_LINE.sub("", markdown[end:])])


def on_page_content(content: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Keep options of commands on one line, resolve the links of notebooks, and warn of what was not rendered.

    Args:
        content: the page as HTML.
        page: the page.
        config: the configuration of the site.
        files: the files of the site.

    Returns:
        The page with the links of the site.
    """
    content = _with_unbroken_options(content)
    if page.file.src_uri.endswith(".ipynb"):
        content = _SCRIPT_OF_DIAGRAMS.sub("", content)
        return _LINK.sub(lambda link: f'{link[1]}{_resolved(html.unescape(link[2]), page, files)}"', content)
    for paragraph in _PARAGRAPH.findall(content):
        if remnant := _MARKDOWN.search(paragraph):
            start = paragraph[remnant.start() : remnant.start() + 60].strip()
            _log.warning("%s: a list, table or heading is rendered as text: %r", page.file.src_uri, start)
    return content


def _with_unbroken_options(content: str) -> str:
    """Mark the options in code within sentences and tables, for the style sheet; blocks of code are not changed."""
    parts = _BLOCK.split(content)
    parts[::2] = [_CODE.sub(lambda code: mark_options(code[0]), part) for part in parts[::2]]
    return "".join(parts)


def _resolved(target: str, page: Page, files: Files) -> str:
    """Return a link of a notebook as a link of the site, and warn if it leads nowhere."""
    parts = urlsplit(target)
    if parts.scheme or not parts.path:
        return target
    name = posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), parts.path))
    file = files.get_file_from_path(name)
    if file is None:
        _log.warning("%s: the link %r leads nowhere", page.file.src_uri, target)
        return target
    return get_relative_url(file.url, page.url) + (f"#{parts.fragment}" if parts.fragment else "")
