"""Everything that has a name is explained: commands and options, parameters and levers, columns, scenarios."""

from __future__ import annotations

import re

import pytest

from takeup.cli.app import command_tree
from takeup.district import ATTRIBUTES, SERVICES, definitions, levers
from takeup.scenario import known_scenarios
from takeup.simulation import COLUMNS, GROUP_COUNTS
from tests.docs.pages import PAGES, REPOSITORY, code_of, name_of, words_of
from tests.docs.shell import commands_of, options_of

COMMANDS = commands_of()
README = REPOSITORY / "README.md"
OF_RUN_AND_COMPARE = REPOSITORY / "docs" / "outputs.md"
"""Where the options are explained that most commands share; other pages only point there."""
EVERYWHERE = {word for page in PAGES for word in words_of(page)}
CODE = {page: code_of(page) for page in PAGES}


def pages_of(words: tuple[str, ...]) -> list[str]:
    """The documents in whose code a command stands."""
    pattern = re.compile(rf"takeup {' '.join(words)}\b")
    return [name_of(page) for page, code in CODE.items() if pattern.search(code)]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_stands_in_the_page_of_commands(words: tuple[str, ...]) -> None:
    assert "docs/commands.md" in pages_of(words), f"docs/commands.md has no `takeup {' '.join(words)}` in its table"


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_of_a_command_is_explained_where_the_command_is(words: tuple[str, ...]) -> None:
    own = [page for page in PAGES if name_of(page) in pages_of(words)]
    explained_words = {word for page in own for word in words_of(page)} | words_of(OF_RUN_AND_COMPARE)
    missing = [option for option in options_of(COMMANDS[words]) if option not in explained_words]
    assert not missing, f"`takeup {' '.join(words)}`: {missing} stand in none of {', '.join(pages_of(words))}"


def test_no_document_speaks_of_an_option_that_there_is_not() -> None:
    """Beside `takeup`; other programs' options are theirs."""
    commands = (command_tree(), *COMMANDS.values())
    options = {option for command in commands for option in options_of(command)} | {"--help"}
    for page, code in CODE.items():
        for line in re.findall(r"^takeup [^#\n]+", code.replace("\\\n", " "), re.MULTILINE):
            unknown = [word for word in re.findall(r"(?<!\S)--[a-z][a-z-]*", line) if word not in options]
            assert not unknown, f"{name_of(page)}: {unknown} in `{line.strip()}`"


@pytest.mark.parametrize("name", definitions())
def test_every_parameter_stands_in_some_document(name: str) -> None:
    assert name in EVERYWHERE, f"no document explains {name}"


def test_every_parameter_stands_in_the_pages_of_the_model_or_of_scenarios() -> None:
    explained_words = words_of(REPOSITORY / "docs" / "model.md") | words_of(REPOSITORY / "docs" / "scenarios.md")
    assert set(definitions()) <= explained_words, sorted(set(definitions()) - explained_words)


@pytest.mark.parametrize("name", levers())
def test_every_lever_stands_in_the_page_of_scenarios(name: str) -> None:
    assert name in words_of(REPOSITORY / "docs" / "scenarios.md")


@pytest.mark.parametrize("name", [*COLUMNS, *GROUP_COUNTS])
def test_every_column_of_a_run_stands_in_the_page_of_outputs(name: str) -> None:
    assert name in words_of(OF_RUN_AND_COMPARE)


@pytest.mark.parametrize("name", [*ATTRIBUTES, *SERVICES])
def test_every_attribute_and_service_stands_in_the_page_of_the_model(name: str) -> None:
    assert name in words_of(REPOSITORY / "docs" / "model.md")


def test_every_shipped_scenario_stands_in_the_page_of_scenarios() -> None:
    assert set(known_scenarios()) <= words_of(REPOSITORY / "docs" / "scenarios.md")


def test_every_target_of_make_is_explained() -> None:
    (listed,) = re.findall(r"^\.PHONY: (.+)$", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    explained = "\n".join(CODE.values())
    missing = [target for target in listed.split() if not re.search(rf"make {target}\b", explained)]
    assert not missing, f"no document explains make {', '.join(missing)}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_document_is_reached_from_the_readme(page: object) -> None:
    """In one step, or by a page that is."""
    linked, visited = [README], set()
    while linked:
        at = linked.pop()
        if at in visited or at.suffix != ".md" or not at.is_file():
            continue
        visited.add(at)
        linked += [
            (at.parent / target).resolve()
            for target in re.findall(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)", at.read_text(encoding="utf-8"))
        ]
    assert page in visited
