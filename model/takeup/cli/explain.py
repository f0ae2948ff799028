"""`takeup list`, `explain` and `parameters`: names, labels, meanings, values and sources."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
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
from takeup.console.options import LookupDistrict
from takeup.district import (
    ATTRIBUTES,
    MEASURE,
    RULE,
    District,
    Parameter,
    definition_of,
    definitions,
    levers,
    load_district,
    shipped_districts,
)
from takeup.errors import InputError
from takeup.io import read_toml
from takeup.report.inputs import describe_groups, describe_streets
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


def parameters(district: LookupDistrict = "liwan", long: Long = False) -> None:
    """Print every parameter of a district: value, unit, range and status.

    Numbers without an effect are omitted: those that add 0 to a need, or multiply the probability of leaving by 1.

    Example:
        takeup parameters --district template
    """
    entries = [
        entry for entry in load_district(district).parameters if entry.value != definition_of(entry.name).absent
    ]
    if long:
        table = _table("Parameter", "Value", "Range", "Unit", "Status", "Source")
        for entry in entries:
            table.add_row(entry.name, f"{entry.value:g}", _range(entry), entry.unit, entry.status, entry.source)
        _show(table)
        return
    _show(_number_table("Parameter", [entry for entry in entries if "." not in entry.name]))
    indexed = (entry for entry in entries if "." in entry.name)
    for _, members in groupby(indexed, key=lambda entry: entry.name.partition(".")[0]):
        _show(_number_table("Parameter", list(members), show_header=False))
    _hint("takeup parameters --long", "all digits and sources")
    _hint("takeup explain NAME", "the meaning of a parameter")


def list_names(district: LookupDistrict = "liwan", long: Long = False) -> None:
    """List scenarios, levers with their ranges, streets, groups and districts.

    Example:
        takeup list --long
    """
    place = load_district(district)
    scenarios = _table("Scenario", "Title")
    titles = {name: str(read_toml(file).get("title", "")) for name, file in known_scenarios().items()}
    for name, title in ({BASELINE.name: BASELINE.title} | titles).items():
        scenarios.add_row(name, title)
    _show(scenarios)
    for table in _long_lever_tables(place) if long else _lever_tables(place):
        _show(table)
    streets = _table("Street", "", "Share of migrants")
    for street in place.population.streets:
        streets.add_row(street.name, street.name_zh, f"{street.share:.1%}")
    _show(streets)
    groups = _table("Attribute", "Levels")
    for attribute, levels in ATTRIBUTES.items():
        groups.add_row(attribute, ", ".join(levels))
    _show(groups)
    if place.population.areas:
        areas = _table("Area", "", "Streets", "Groups")
        for area in place.population.areas:
            limits = describe_streets(area.streets, place.population), describe_groups(area.groups, place.population)
            areas.add_row(area.name, area.label_zh, *limits)
        _show(areas)
    typer.echo(f"Districts: {', '.join(shipped_districts())}")
    if place.measures:
        _hint(f"takeup measures {place.name}", f"{len(place.measures)} measures that scenarios can buy")
    if not long:
        _hint("takeup list --long", "the countermeasure of each lever, and all digits")


def _lever_tables(place: District) -> Iterator[Table]:
    """Tabulate the levers, with one table per grain."""
    by_grain: dict[str, list[Parameter]] = {}
    for definition in levers().values():
        by_grain.setdefault(str(definition.grain), []).extend(place.parameters[name] for name in definition.names)
    for grain, entries in by_grain.items():
        table = _number_table("Lever", entries)
        table.title, table.title_justify = f"Levers that scenarios set by {grain}", "left"
        yield table


def _long_lever_tables(place: District) -> Iterator[Table]:
    """Tabulate the levers in one table, with grain and countermeasure."""
    table = _table("Lever", "Value", "Range", "Grain", "Countermeasure")
    for definition in levers().values():
        for name in definition.names:
            entry = place.parameters[name]
            table.add_row(name, f"{entry.value:g}", _range(entry), definition.grain, definition.countermeasure)
    yield table


def explain(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Name of a term of the model, or a word for it in English or Chinese."),
    ],
    district: LookupDistrict = "liwan",
    long: Long = False,
) -> None:
    """Explain a lever, parameter, measure, group, reason, rule or column: meaning, equation and value.

    Example:
        takeup explain "waiting time"
    """
    place = load_district(district)
    measures = [each.name for each in place.measures]
    if name.removeprefix(f"{MEASURE}.") in measures:
        _explain_measure(name.removeprefix(f"{MEASURE}."), place, long=long)
    elif name.partition(".")[0] in {MEASURE, RULE, *definitions()}:
        _explain_parameter(name, place, long=long)
    elif name in COLUMNS:
        _explain_column(name)
    elif name in rule_glossary():
        typer.echo(f"{name}: rule\n\n{rule_glossary()[name]}")
    else:
        _explain_word(name, place, long=long)


def _explain_word(word: str, place: District, *, long: bool) -> None:
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
        list_terms(word, matches)
        return
    if term.kind == "parameter":
        _explain_parameter(term.name, place, long=long)
    elif term.kind == "output":
        _explain_column(term.name)
    else:
        explain_term(term, place)
    if others:
        _hint("See also", ", ".join(other.name for other in others))


def _explain_column(name: str) -> None:
    columns = [column for column in COLUMNS if column == name or column.startswith(f"{name}_")]
    for column in [name] if name in COLUMNS else columns:
        labels = f"{label_of_output(column)} ({label_of_output(column, 'zh')})"
        _print_lines(f"{column}: column of the monthly table", labels, COLUMNS[column])


def _explain_measure(name: str, district: District, *, long: bool) -> None:
    measure = district.measure(name)
    levers_moved = ", ".join(effect.lever for effect in measure.effects)
    _print_lines(
        f"{name}: measure ({measure.label}, {measure.label_zh})",
        measure.summary,
        f"levers: {levers_moved}",
        definition_of(measure.numbers[0]).equation,
    )
    typer.echo()
    _show_numbers(measure.numbers, district, long=long)
    if not long:
        _hint(f"takeup explain {name} --long", "all digits, and the sources")
    _hint(f"takeup measures {district.name}", "what an amount of money per month buys")


def _explain_parameter(name: str, district: District, *, long: bool) -> None:
    members = district.parameters.members(name)
    definition = definition_of(members[0])
    role = f"lever ({definition.countermeasure}), set by {definition.grain}" if definition.grain else "parameter"
    labels = f"{label_of_parameter(definition.name)} ({label_of_parameter(definition.name, 'zh')})"
    _print_lines(
        f"{definition.name}: {role}", labels, definition.meaning, definition.equation, f"unit: {definition.unit}"
    )
    typer.echo()
    effective = [member for member in members if district.parameters[member].value != definition.absent]
    _show_numbers(members if long else effective or members, district, long=long)
    sized = [rule for rule in load_rules(district) if _size_of(rule) in members]
    if sized:
        rules = _table("Rule of this size", "Lever", "Change", "From", "Until")
        for rule in sized:
            each = rule.intervention
            rules.add_row(
                rule.key, each.lever, f"{each.operation} {each.amount:g}", each.from_month, each.until or ""
            )
        _show(rules)
    if not long:
        _hint(f"takeup explain {name} --long", "all numbers and digits, and the sources")


def _show_numbers(names: Sequence[str], district: District, *, long: bool) -> None:
    """Print a table of numbers with their ranges, and with their sources if it is long."""
    entries = [district.parameters[name] for name in names]
    if not long:
        _show(_number_table("Name", entries, show_unit=False))
        return
    table = _table("Name", "Value", "Range", "Status", "Source")
    for entry in entries:
        table.add_row(entry.name, f"{entry.value:g}", _range(entry), entry.status, entry.source)
    _show(table)


def _size_of(rule: SourcedIntervention) -> str | None:
    """Return the dotted name of a dated rule's size; None if it acts as stated."""
    return rule.intervention.size_parameter if isinstance(rule.intervention, DatedRule) else None


def _number_table(
    first_header: str, entries: list[Parameter], *, show_header: bool = True, show_unit: bool = True
) -> Table:
    """Tabulate numbers, with one row per number that fits on 80 columns."""
    table = _table(first_header, "Value", *(["Unit"] if show_unit else []), "Range", "Status")
    table.show_header = show_header
    for entry in entries:
        unit = [entry.unit] if show_unit else []
        table.add_row(entry.name, _rounded(entry.value), *unit, _range(entry), entry.status)
    return table


def _rounded(value: float) -> str:
    """Format a number with four significant digits, but no fewer than its whole digits."""
    return f"{value:.4g}" if abs(value) < _WHOLE_FROM else f"{value:.0f}"


def _range(entry: Parameter) -> str:
    return f"{entry.low:g} to {entry.high:g}"


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


def _hint(command: str, result: str) -> None:
    typer.echo(f"{command}: {result}")


def _console() -> Console:
    """Return a console for standard output, wide enough for any line if it is not a terminal."""
    console = Console()
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console
