"""`takeup list`, `explain` and `parameters`: names, labels, meanings, values and sources."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from importlib import import_module
from itertools import groupby
from pkgutil import iter_modules
from typing import Annotated, Final

import typer
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from takeup import rules as rules_package
from takeup.cli.terms import explain_term, list_terms, terms_of
from takeup.console.language import choose_language
from takeup.console.options import LookupDistrict, LookupLanguage
from takeup.district import (
    ATTRIBUTES,
    MEASURE,
    RULE,
    District,
    Measure,
    Parameter,
    definition_of,
    definitions,
    levers,
    load_district,
    shipped_districts,
)
from takeup.errors import InputError
from takeup.io import read_toml
from takeup.report.i18n import ENGLISH, Language
from takeup.report.inputs import describe_change, describe_groups, describe_streets
from takeup.scenario import BASELINE, DatedRule, SourcedIntervention, known_scenarios, load_rules
from takeup.simulation import COLUMNS
from takeup.vocabulary import label_of_output, label_of_parameter, search_terms

_PIPE_WIDTH: Final = 1_000
"""Width in characters of a table that is not printed to a terminal, so that no line is broken."""
_INDENT: Final = 2
_WHOLE_FROM: Final = 10_000
"""Smallest number that is printed without decimal places."""

Long = Annotated[bool, typer.Option("--long", help="Also print the sources and all digits, on wider lines.")]


@cache
def rule_glossary() -> dict[str, str]:
    """Return the source code of each rule, by name."""
    sources: dict[str, str] = {}
    for module in iter_modules(rules_package.__path__, f"{rules_package.__name__}."):
        for name, member in vars(import_module(module.name)).items():
            function = getattr(member, "py_func", None)
            if function is not None and function.__module__ == module.name:
                sources[name] = inspect.getsource(function).partition("\n")[2]
    return sources


def parameters(district: LookupDistrict = "liwan", long: Long = False, language: LookupLanguage = None) -> None:
    """Print every parameter of a district: value, unit, range and status.

    Numbers without an effect are omitted: those that add 0 to a need, or multiply the probability of leaving by 1.

    Example:
        takeup parameters --district template
    """
    translate = choose_language(language)
    entries = [
        entry for entry in load_district(district).parameters if entry.value != definition_of(entry.name).absent
    ]
    header = translate("Parameter")
    if long:
        table = _table(
            header,
            translate("Value"),
            translate("Range"),
            translate("Unit"),
            translate("Status"),
            translate("Source"),
        )
        for entry in entries:
            status, source = translate.words(entry.status), translate.phrase(entry.source)
            unit = translate.words(entry.unit)
            table.add_row(entry.name, _digits(entry.value), _range(entry, translate), unit, status, source)
        _show(table)
        return
    _show(_number_table(header, [entry for entry in entries if "." not in entry.name], translate))
    indexed = (entry for entry in entries if "." in entry.name)
    for _, members in groupby(indexed, key=lambda entry: entry.name.partition(".")[0]):
        _show(_number_table(header, list(members), translate, show_header=False))
    _hint("takeup parameters --long", translate("all digits and sources"), translate)
    _hint("takeup explain NAME", translate("the meaning of a parameter"), translate)


def list_names(district: LookupDistrict = "liwan", long: Long = False, language: LookupLanguage = None) -> None:
    """List scenarios, levers with their ranges, streets, groups and districts.

    Example:
        takeup list --long
    """
    translate = choose_language(language)
    place = load_district(district)
    scenarios = _table(translate("Scenario"), translate("Title"))
    titles = {name: str(read_toml(file).get("title", "")) for name, file in known_scenarios().items()}
    for name, title in ({BASELINE.name: BASELINE.title} | titles).items():
        scenarios.add_row(name, translate.phrase(title))
    _show(scenarios)
    for table in _long_lever_tables(place, translate) if long else _lever_tables(place, translate):
        _show(table)
    streets = _table(translate("Street"), "", translate("Share of migrants"))
    for street in place.population.streets:
        streets.add_row(street.name, street.name_zh, f"{street.share:.1%}")
    _show(streets)
    groups = _table(translate("Attribute"), translate("Levels"))
    for attribute, levels in ATTRIBUTES.items():
        groups.add_row(_named(attribute, translate), ", ".join(_named(level, translate) for level in levels))
    _show(groups)
    if place.population.areas:
        areas = _table(translate("Area"), "", translate("Streets"), translate("Groups"))
        for area in place.population.areas:
            limits = (
                describe_streets(area.streets, place.population, translate),
                describe_groups(area.groups, place.population, translate),
            )
            areas.add_row(area.name, area.label_zh, *limits)
        _show(areas)
    typer.echo(translate("Districts: {names}", names=", ".join(shipped_districts())))
    if place.measures:
        number = translate("{number} measures that scenarios can buy", number=len(place.measures))
        _hint(f"takeup measures {place.name}", number, translate)
    if not long:
        _hint("takeup list --long", translate("the countermeasure of each lever, and all digits"), translate)


def _named(name: str, translate: Language) -> str:
    """Return an identifier, followed by its name if that is in another language."""
    words = translate.words(name)
    return name if translate.code == ENGLISH.code else f"{name}（{words}）"


def _lever_tables(place: District, translate: Language) -> Iterator[Table]:
    """Tabulate the levers, with one table per grain."""
    by_grain: dict[str, list[Parameter]] = {}
    for definition in levers().values():
        by_grain.setdefault(str(definition.grain), []).extend(place.parameters[name] for name in definition.names)
    for grain, entries in by_grain.items():
        table = _number_table(translate("Lever"), entries, translate)
        table.title = translate("Levers that scenarios set by {grain}", grain=translate.words(grain))
        table.title_justify = "left"
        yield table


def _long_lever_tables(place: District, translate: Language) -> Iterator[Table]:
    """Tabulate the levers in one table, with grain and countermeasure."""
    table = _table(
        translate("Lever"),
        translate("Value"),
        translate("Range"),
        translate("Grain"),
        translate("Countermeasure"),
    )
    for definition in levers().values():
        grain, countermeasure = (translate.words(str(each)) for each in (definition.grain, definition.countermeasure))
        for name in definition.names:
            entry = place.parameters[name]
            table.add_row(name, _digits(entry.value), _range(entry, translate), grain, countermeasure)
    yield table


def explain(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Name of a term of the model, or a word for it in English or Chinese."),
    ],
    district: LookupDistrict = "liwan",
    long: Long = False,
    language: LookupLanguage = None,
) -> None:
    """Explain a lever, parameter, measure, group, reason, rule or column: meaning, equation and value.

    Example:
        takeup explain "waiting time"
    """
    translate = choose_language(language)
    place = load_district(district)
    measure = _measure_called(name, place)
    if measure is not None:
        _explain_measure(measure, place, translate, long=long)
    elif name.partition(".")[0] in {MEASURE, RULE, *definitions()}:
        _explain_parameter(name, place, translate, long=long)
    elif name in COLUMNS:
        _explain_column(name, translate)
    elif name in rule_glossary():
        heading = translate("{name}: rule", name=name)
        typer.echo(f"{heading}\n\n{rule_glossary()[name]}")
    else:
        _explain_word(name, place, translate, long=long)


def _explain_word(word: str, place: District, translate: Language, *, long: bool) -> None:
    """Explain the term that a word stands for, or list the terms if there are several.

    Raises:
        InputError: the vocabulary has no similar word.
    """
    matches = [term for term in search_terms(word, terms_of(place)) if term.name != RULE]  # each district has its own
    if not matches:
        measures = [measure.name for measure in place.measures]
        known = [*place.parameters.selectors, *measures, *COLUMNS, *rule_glossary()]
        raise InputError(
            "unknown name",
            given=word,
            allowed="a lever or parameter that `takeup parameters` prints, a measure, a group, a rule, a column of "
            "the monthly table, or a word for one of them",
            nearest=known,
        )
    term, *others = matches
    if others and not term.is_named(word):
        list_terms(word, matches, translate)
        return
    if term.kind == "parameter":
        _explain_parameter(term.name, place, translate, long=long)
    elif term.kind == "output":
        _explain_column(term.name, translate)
    else:
        explain_term(term, place, translate)
    if others:
        _hint(translate("See also"), ", ".join(other.name for other in others), translate)


def _explain_column(name: str, translate: Language) -> None:
    columns = [column for column in COLUMNS if column == name or column.startswith(f"{name}_")]
    for column in [name] if name in COLUMNS else columns:
        labels = f"{label_of_output(column)} ({label_of_output(column, 'zh')})"
        if translate.code != ENGLISH.code:
            labels = translate.output(column)
        heading = translate("{name}: column of the monthly table", name=column)
        _print_lines(heading, labels, translate.phrase(COLUMNS[column]))


def _measure_called(name: str, district: District) -> Measure | None:
    """Return the measure with this name or label; spaces and underscores are the same, and so are cases."""
    wanted = name.removeprefix(f"{MEASURE}.").replace("_", " ").casefold()
    for measure in district.measures:
        if wanted in (measure.name.replace("_", " "), measure.label.casefold(), measure.label_zh.casefold()):
            return measure
    return None


def _explain_measure(measure: Measure, district: District, translate: Language, *, long: bool) -> None:
    labels = f"{measure.label}, {measure.label_zh}" if translate.code == ENGLISH.code else translate.measure(measure)
    levers_moved = translate(", ").join(effect.lever for effect in measure.effects)
    _print_lines(
        translate("{name}: measure ({labels})", name=measure.name, labels=labels),
        translate.measure_summary(measure),
        translate("levers: {levers}", levers=levers_moved),
        translate.phrase(definition_of(measure.numbers[0]).equation),
    )
    typer.echo()
    _show_numbers(measure.numbers, district, translate, long=long)
    if not long:
        _hint(f"takeup explain {measure.name} --long", translate("all digits, and the sources"), translate)
    _hint(f"takeup measures {district.name}", translate("what an amount of money per month buys"), translate)


def _explain_parameter(name: str, district: District, translate: Language, *, long: bool) -> None:
    members = district.parameters.members(name)
    definition = definition_of(members[0])
    heading = (
        translate(
            "{name}: lever ({countermeasure}), set by {grain}",
            name=definition.name,
            countermeasure=translate.words(str(definition.countermeasure)),
            grain=translate.words(str(definition.grain)),
        )
        if definition.grain
        else translate("{name}: parameter", name=definition.name)
    )
    labels = f"{label_of_parameter(definition.name)} ({label_of_parameter(definition.name, 'zh')})"
    if translate.code != ENGLISH.code:
        labels = translate.parameter(definition.name)
    unit = translate("unit: {unit}", unit=translate.words(definition.unit))
    _print_lines(heading, labels, translate.phrase(definition.meaning), translate.phrase(definition.equation), unit)
    typer.echo()
    effective = [member for member in members if district.parameters[member].value != definition.absent]
    _show_numbers(members if long else effective or members, district, translate, long=long)
    sized = [rule for rule in load_rules(district) if _size_of(rule) in members]
    if sized:
        rules = _table(
            translate("Rule of this size"),
            translate("Lever"),
            translate("Change"),
            translate("From"),
            translate("Until"),
        )
        for rule in sized:
            each = rule.intervention
            rules.add_row(rule.key, each.lever, describe_change(each, translate), each.from_month, each.until or "")
        _show(rules)
    if not long:
        _hint(f"takeup explain {name} --long", translate("all numbers and digits, and the sources"), translate)


def _show_numbers(names: Sequence[str], district: District, translate: Language, *, long: bool) -> None:
    """Print a table of numbers with their ranges, and with their sources if it is long."""
    entries = [district.parameters[name] for name in names]
    header = translate("Name")
    if not long:
        _show(_number_table(header, entries, translate, show_unit=False))
        return
    table = _table(header, translate("Value"), translate("Range"), translate("Status"), translate("Source"))
    for entry in entries:
        status, source = translate.words(entry.status), translate.phrase(entry.source)
        table.add_row(entry.name, _digits(entry.value), _range(entry, translate), status, source)
    _show(table)


def _size_of(rule: SourcedIntervention) -> str | None:
    """Return the dotted name of a dated rule's size; None if it acts as stated."""
    return rule.intervention.size_parameter if isinstance(rule.intervention, DatedRule) else None


def _number_table(
    first_header: str,
    entries: list[Parameter],
    translate: Language,
    *,
    show_header: bool = True,
    show_unit: bool = True,
) -> Table:
    """Tabulate numbers, with one row per number that fits on 80 columns."""
    unit_header = [translate("Unit")] if show_unit else []
    table = _table(first_header, translate("Value"), *unit_header, translate("Range"), translate("Status"))
    table.show_header = show_header
    for entry in entries:
        unit = [translate.words(entry.unit)] if show_unit else []
        status = translate.words(entry.status)
        table.add_row(entry.name, _rounded(entry.value), *unit, _range(entry, translate), status)
    return table


def _rounded(value: float) -> str:
    """Format a number with four significant digits, but no fewer than its whole digits."""
    return f"{value:.4g}" if abs(value) < _WHOLE_FROM else f"{value:.0f}"


def _digits(value: float) -> str:
    """Format a number with six significant digits and without an exponent: 3000000, 0.00005, inf."""
    text = f"{value:g}"
    return f"{Decimal(text):f}" if math.isfinite(value) else text


def _range(entry: Parameter, translate: Language) -> str:
    return translate("{low} to {high}", low=_digits(entry.low), high=_digits(entry.high))


def _table(*headers: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold", no_wrap=header == headers[0])
    return table


def _show(table: Table) -> None:
    """Print a table and an empty line."""
    _console().print(table, "")


def _print_lines(heading: str, *texts: str) -> None:
    """Print a heading and indented texts, which are wrapped on a terminal."""
    console = _console()
    console.print(Text(heading))
    for text in texts:
        console.print(Padding(Text(text), (0, 0, 0, _INDENT), expand=False))


def _hint(command: str, result: str, translate: Language) -> None:
    typer.echo(translate("{command}: {result}", command=command, result=result))


def _console() -> Console:
    """Return a console for standard output, wide enough for any line if it is not a terminal."""
    console = Console()
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console
