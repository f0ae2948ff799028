"""`takeup list`, `explain` and `parameters`: names, meanings, values and sources."""

from __future__ import annotations

import inspect
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Final

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from takeup import rules as rules_package
from takeup.console.options import DistrictName
from takeup.district import (
    ATTRIBUTES,
    RULE,
    District,
    definition_of,
    definitions,
    levers,
    load_district,
    shipped_districts,
)
from takeup.errors import InputError
from takeup.io import read_toml
from takeup.scenario import BASELINE, DatedRule, SourcedIntervention, known_scenarios, load_rules
from takeup.simulation import COLUMNS

_PIPE_WIDTH: Final = 1_000
"""Width in characters of a table that is not printed to a terminal, so that no line is broken."""


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


def parameters(district: DistrictName = "liwan") -> None:
    """Print every parameter of a district: value, unit, range, status, source.

    Numbers without an effect are omitted: those that add 0 to a need, or multiply the probability of leaving by 1.
    """
    table = _table("Parameter", "Value", "Range", "Unit", "Status", "Source")
    for entry in load_district(district).parameters:
        if entry.value == definition_of(entry.name).absent:
            continue
        bounds = f"{entry.low:g} to {entry.high:g}"
        table.add_row(entry.name, f"{entry.value:g}", bounds, entry.unit, entry.status, entry.source)
    _show(table)


def list_names(district: DistrictName = "liwan") -> None:
    """List scenarios, levers with their ranges, streets, groups and districts."""
    place = load_district(district)
    scenarios = _table("Scenario", "Title")
    titles = {name: str(read_toml(file).get("title", "")) for name, file in known_scenarios().items()}
    for name, title in ({BASELINE.name: BASELINE.title} | titles).items():
        scenarios.add_row(name, title)
    _show(scenarios)
    table = _table("Lever", "Value", "Range", "Grain", "Countermeasure")
    for definition in levers().values():
        for name in definition.names:
            entry = place.parameters[name]
            bounds = f"{entry.low:g} to {entry.high:g}"
            table.add_row(name, f"{entry.value:g}", bounds, definition.grain, definition.countermeasure)
    _show(table)
    streets = _table("Street", "", "Share of migrants")
    for street in place.population.streets:
        streets.add_row(street.name, street.name_zh, f"{street.share:.1%}")
    _show(streets)
    groups = _table("Attribute", "Levels")
    for attribute, levels in ATTRIBUTES.items():
        groups.add_row(attribute, ", ".join(levels))
    _show(groups)
    typer.echo(f"Districts: {', '.join(shipped_districts())}")


def explain(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a lever, a parameter, a rule or a column.")],
    district: DistrictName = "liwan",
) -> None:
    """Explain a lever, parameter, rule or column: meaning, equation, value and source."""
    place = load_district(district)
    if name.partition(".")[0] in {RULE, *definitions()}:
        _explain_parameter(name, place)
    elif name in COLUMNS:
        typer.echo(f"{name}: column of the monthly table\n  {COLUMNS[name]}")
    elif name in rule_glossary():
        typer.echo(f"{name}: rule\n\n{rule_glossary()[name]}")
    else:
        known = [*place.parameters.selectors, *COLUMNS, *rule_glossary()]
        raise InputError(
            "unknown name",
            given=name,
            allowed="a lever or parameter that `takeup parameters` prints, a rule, or a column of the monthly table",
            nearest=known,
        )


def _explain_parameter(name: str, district: District) -> None:
    members = district.parameters.members(name)
    definition = definition_of(members[0])
    role = f"lever ({definition.countermeasure}), set by {definition.grain}" if definition.grain else "parameter"
    typer.echo(
        f"{definition.name}: {role}\n  {definition.meaning}\n  {definition.equation}\n  unit: {definition.unit}"
    )
    table = _table("Name", "Value", "Range", "Status", "Source")
    for member in members:
        entry = district.parameters[member]
        table.add_row(member, f"{entry.value:g}", f"{entry.low:g} to {entry.high:g}", entry.status, entry.source)
    _show(table)
    sized = [rule for rule in load_rules(district) if _size_of(rule) in members]
    if sized:
        rules = _table("Rule of this size", "Lever", "Change", "From", "Until")
        for rule in sized:
            each = rule.intervention
            rules.add_row(
                rule.key, each.lever, f"{each.operation} {each.amount:g}", each.from_month, each.until or ""
            )
        _show(rules)


def _size_of(rule: SourcedIntervention) -> str | None:
    """Return the dotted name of a dated rule's size; None if it acts as stated."""
    return rule.intervention.size_parameter if isinstance(rule.intervention, DatedRule) else None


def _table(*headers: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold", no_wrap=header == headers[0])
    return table


def _show(table: Table) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    console.print(table)
