"""Update the message catalogues of the reports and compile them: `make translations`.

The messages are the sentences of the code and of the page's template, the names of statuses and
units, and the texts of the shipped scenarios, districts, parameters, columns and studies. A message that is new
appears in the `.po` file with an empty translation; a message that is no longer used is removed. The compiled `.mo`
file is what the program reads.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

import takeup
import takeup_calibration
from takeup.analysis.compare.office import COLUMNS as COMPARISON_COLUMNS
from takeup.analysis.optimise.office import COLUMNS as PLAN_COLUMNS
from takeup.analysis.trial.office import COLUMNS as TRIAL_COLUMNS
from takeup.analysis.validation.result import COLUMNS as VALIDATION_COLUMNS
from takeup.analysis.validation.result import VERDICTS
from takeup.analysis.validation.studies import QUANTITIES, Distance, read_studies
from takeup.analysis.why import read_obstacles
from takeup.analysis.why.office import COLUMNS as WHY_COLUMNS
from takeup.cli.app import LazyCommand, command_tree
from takeup.cli.help import Group, help_messages
from takeup.district import RULE, definition_of, definitions, levers, load_district, shipped_districts, tiles_of
from takeup.district.parameters import OVERRIDDEN, SET, STATUSES
from takeup.report import LANGUAGES, catalogue, i18n
from takeup.report.columns import read_columns
from takeup.rules import KNOWLEDGE
from takeup.scenario import known_scenarios, load_scenario
from takeup.scenario.packages import PLAN, read_options
from takeup.simulation import COLUMNS
from takeup_calibration.diagnostics import CHECKS
from takeup_calibration.experiments import Experiment, Scale, read_experiments
from takeup_calibration.prediction import ALL_KINDS
from takeup_calibration.priors import DUMMY
from takeup_calibration.sensitivity.analysis import NOISE, OTHERS
from takeup_calibration.sensitivity.screening import STEPS
from takeup_calibration.sensitivity.screening import VERDICTS as SCREENING_VERDICTS
from takeup_calibration.targets import Target, read_targets
from takeup_calibration.voi.evidence import POINTS, POINTS_PER_MILLION

KEYWORDS = {"translate": None, "Message": None}
"""The functions whose first argument is a message."""
ERRORS = {"InputError", "RunError"}
"""Exceptions whose first argument is a message."""
ALLOWED = "allowed"
"""Argument that is a message, of an exception or of a function that raises one."""
PACKAGES = (Path(takeup.__file__).parent, Path(takeup_calibration.__file__).parent)
LINE_WIDTH = 118
PROSE = re.compile("[a-z]{2} [a-z]{2}")
"""Words in an equation; a formula without words is the same in all languages."""


def catalogue_file(code: str) -> Path:
    """Return the editable message catalogue of a language; the compiled one has the suffix `.mo`."""
    return catalogue.LOCALES / code / "LC_MESSAGES" / f"{catalogue.DOMAIN}.po"


def sentences() -> Iterator[str]:
    """Yield each sentence of the code and of the pages' templates."""
    for path in sorted(path for package in PACKAGES for path in [*package.rglob("*.py"), *package.rglob("*.j2")]):
        with path.open("rb") as file:
            read = (
                babel_extract(file, list(KEYWORDS), (), {})
                if path.suffix == ".j2"
                else extract("python", file, KEYWORDS)
            )
            for entry in read:
                message = entry[1] if path.suffix == ".py" else entry[2]
                # The reader of templates lists keyword arguments after the message, as None.
                yield str(message[0] if isinstance(message, tuple) else message)
        if path.suffix == ".py":
            yield from error_texts(path)


def error_texts(path: Path) -> Iterator[str]:
    """Yield the literals of a module that are the problem or the allowed values of an error."""
    for expression in error_expressions(ast.parse(path.read_text(encoding="utf-8"))):
        yield from literals(expression)


def error_expressions(module: ast.Module) -> Iterator[ast.expr]:
    """Yield the expressions of the problems and of the allowed values of errors."""
    for call in (node for node in ast.walk(module) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id in ERRORS:
            yield from call.args[:1]
        yield from (keyword.value for keyword in call.keywords if keyword.arg == ALLOWED)


def literals(expression: ast.expr) -> Iterator[str]:
    """Yield the literals that may be the value of an expression."""
    match expression:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from literals(one)
            yield from literals(other)
        case ast.BoolOp(values=values):
            for value in values:
                yield from literals(value)


def names() -> Iterator[str]:
    """Yield the identifiers whose names a report shows."""
    yield from (*KNOWLEDGE, *STATUSES, SET)
    for lever in levers().values():
        yield from (str(lever.grain), str(lever.countermeasure))
    yield from (Target.kind, Experiment.kind, ALL_KINDS, *get_args(Scale))
    yield from (experiment.treatment for experiment in read_experiments())
    yield from (*VERDICTS, *SCREENING_VERDICTS, POINTS, POINTS_PER_MILLION)
    yield from (DUMMY, NOISE, OTHERS)
    yield from (study.unit for study in read_studies().each)
    yield from get_args(Distance)
    yield from sorted(
        {
            number.unit
            for name in shipped_districts()
            for parameters in (load_district(name).parameters,)
            for number in (*parameters, *parameters.measures.values())
        }
        | {definition_of(RULE).unit}
    )


def texts() -> Iterator[str]:
    """Yield the texts of shipped scenarios and districts that a report shows."""
    for name in known_scenarios():
        scenario = load_scenario(name)
        yield from (scenario.title, scenario.question, scenario.source)
        yield from (each.intervention.cost.source for each in scenario.stated if each.intervention.cost is not None)
    for definition in definitions().values():
        yield definition.meaning
        if PROSE.search(definition.equation):
            yield definition.equation
    yield from COLUMNS.values()
    for file in (COMPARISON_COLUMNS, WHY_COLUMNS, TRIAL_COLUMNS, PLAN_COLUMNS):
        for columns in read_columns(file).values():
            for column in columns.values():
                yield from (column.label, column.meaning)
    yield from texts_of_studies()
    yield from texts_of_observations()
    yield from (*SCREENING_VERDICTS.values(), *STEPS, *CHECKS)
    yield OVERRIDDEN
    yield from i18n.CALIBRATION_SOURCES
    for name in shipped_districts():
        district = load_district(name)
        yield from (area.source for area in district.population.areas)
        yield tiles_of(district).source
        sources = (parameter.source for parameter in district.parameters)
        yield from (source for source in sources if not source.startswith("calibration: "))
        yield from (measure.source for measure in district.measures)
        yield from (number.source for number in district.parameters.measures.values())
        if (district.folder / PLAN).is_file():
            yield from (option.title for option in read_options(district.folder / PLAN).each)
    yield from (obstacle.title for obstacle in read_obstacles().each)


def texts_of_studies() -> Iterator[str]:
    """Yield the texts of the validation: its studies, quantities and columns."""
    studies = read_studies()
    yield studies.until_is
    for study in studies.each:
        yield from (study.title, study.citation, study.reported, study.source, study.set_up, study.transfers_because)
        yield from filter(None, (study.range_is, study.corrected, study.if_above, study.if_below, study.if_wrong))
    yield from (*QUANTITIES.values(), *VALIDATION_COLUMNS.values())


def texts_of_observations() -> Iterator[str]:
    """Yield the sources of shipped experiments and targets, and the reasons for misses of targets."""
    for experiment in read_experiments():
        yield from (experiment.source, experiment.transfer.source)
    for name in shipped_districts():
        for file in sorted(load_district(name).folder.glob("targets*.toml")):
            for target in read_targets(file):
                yield from filter(None, (target.source, target.if_above, target.if_below))


def help_texts(group: Group | None = None) -> Iterator[str]:
    """Yield the texts in the help of every command."""
    group = command_tree() if group is None else group
    yield from help_messages(group)
    for command in group.commands.values():
        if isinstance(command, Group):
            yield from help_texts(command)
        elif isinstance(command, LazyCommand):
            yield from (command.rich_help_panel or "", *help_messages(command.command))


def template() -> Catalog:
    """Collect all messages, without translations."""
    messages = Catalog(fuzzy=False)
    for sentence in sentences():
        messages.add(sentence)
    for name in names():
        messages.add(name, context=catalogue.NAME)
    for text in filter(None, texts()):
        messages.add(text, context=catalogue.TEXT)
    for paragraph in filter(None, help_texts()):
        messages.add(paragraph, context=catalogue.HELP)
    for pattern in (i18n.MONTH, i18n.INTERVAL, i18n.LARGE_AMOUNT):
        messages.add(pattern, context=catalogue.FORMAT)
    return messages


def read(path: Path, code: str) -> Catalog:
    """Read a message catalogue; one that does not exist yet is empty."""
    with io.BytesIO(path.read_bytes() if path.exists() else b"") as file:
        return read_po(file, locale=code)


def compiled(messages: Catalog) -> bytes:
    """Return the compiled form of a catalogue."""
    buffer = io.BytesIO()
    write_mo(buffer, messages)
    return buffer.getvalue()


def update(code: str) -> list[str]:
    """Update and compile the catalogue of a language.

    Returns:
        The messages that have no translation.
    """
    path = catalogue_file(code)
    messages = read(path, code)
    messages.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    for message in messages:
        message.flags.discard("python-format")  # the "%" of a percentage is not a placeholder
    buffer = io.BytesIO()
    write_po(buffer, messages, width=LINE_WIDTH, sort_output=True, ignore_obsolete=True, no_location=True)
    path.write_bytes(buffer.getvalue())
    path.with_suffix(".mo").write_bytes(compiled(messages))
    return [str(message.id) for message in messages if message.id and not message.string]


def main() -> None:
    """Update every catalogue and report the messages that have no translation."""
    missing = {code: update(code) for code in LANGUAGES if code != i18n.ENGLISH.code}
    for code, messages in missing.items():
        for message in messages:
            print(f"{catalogue_file(code)}: no translation of: {message}")
    sys.exit(any(missing.values()))


if __name__ == "__main__":
    main()
