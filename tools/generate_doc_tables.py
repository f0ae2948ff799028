"""Fill the tables of the documentation that are generated from the code.

`python tools/generate_doc_tables.py` rewrites them; with `--check` it only reports whether they are up to date.

A table is between the lines `<!-- NAME -->` and `<!-- end of NAME -->`; the text between the two is replaced.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import takeup.rules
from takeup.district import SERVICES, Definition, District, definitions, levers, load_district
from takeup.rules import administration, attentiveness, decision, information, residence, utility
from takeup.scenario import json_schema
from takeup.simulation import COLUMNS, Migrant, PermitModel
from takeup.simulation.state import MIGRANT, State

FOLDER = Path(__file__).resolve().parents[1] / "docs"


def levers_table() -> str:
    """Return the table of levers: meaning, Liwan's value and range with its unit, grain, countermeasure."""
    parameters = load_district("liwan").parameters
    heads = "lever", "meaning", "Liwan", "range and unit", "set by", "countermeasure"
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for lever in levers().values():
        entries = [parameters[name] for name in lever.names]
        values = "<br>".join(
            f"{entry.value:g}" if entry.name == lever.name else f"{entry.name.split('.', 1)[1]} {entry.value:g}"
            for entry in entries
        )
        bounds = f"{entries[0].low:g} to {entries[0].high:g} ({lever.unit})"
        cells = (
            f"`{lever.name}`",
            lever.meaning,
            values,
            bounds,
            lever.grain,
            lever.countermeasure,
        )
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines)


def file_keys_table() -> str:
    """Return the table of the top-level keys of a scenario file."""
    return _keys(json_schema())


def intervention_keys_table() -> str:
    """Return the table of the keys of an intervention."""
    return _keys(json_schema()["$defs"]["Intervention"])


def cost_keys_table() -> str:
    """Return the table of the keys of an intervention's cost."""
    return _keys(json_schema()["$defs"]["Cost"])


def purchase_keys_table() -> str:
    """Return the table of the keys of a measure that a scenario buys."""
    return _keys(json_schema()["$defs"]["Purchase"])


def _keys(schema: dict[str, Any]) -> str:
    """Return the table of the keys of a JSON schema: whether each is required, and its meaning."""
    either = [name for each in schema.get("oneOf", ()) for name in each["required"]]
    required = dict.fromkeys(schema["required"], " *required*") | dict.fromkeys(either, " *one of these*")
    lines = ["| key | meaning |", "|---|---|"]
    for name, key_schema in schema["properties"].items():
        if "description" not in key_schema:
            raise SystemExit(f"the key {name} of scenario files has no description in its model")
        lines.append(f"| `{name}`{required.get(name, '')} | {key_schema['description']} |")
    return "\n".join(lines)


def columns_table() -> str:
    """Return the table of the monthly table's columns and their meanings; columns of services share a row."""
    rows: dict[str, list[str]] = {}
    for name, meaning in COLUMNS.items():
        of_service = next((f"service {service}" for service in SERVICES if name.endswith(f"_{service}")), "")
        rows.setdefault(meaning.replace(of_service, "service") if of_service else meaning, []).append(f"`{name}`")
    lines = ["| column | meaning |", "|---|---|"]
    return "\n".join(lines + [f"| {', '.join(names)} | {meaning} |" for meaning, names in rows.items()])


MIGRANTS, CENTRES, DISTRICT = "every migrant", "every service centre", "the district"
SCHEDULE: dict[str, tuple[str, dict[ModuleType, str]]] = {
    "conditions": (
        DISTRICT,
        {
            information: "publicity_probability silence_probability",
            utility: "hardship document_cost trip_cost_total compliance hassle_factor completeness_probability "
            "expected_benefit realised_benefit",
        },
    ),
    "leave": (MIGRANTS, {residence: "tenure_band naturalises"}),
    "reside": (MIGRANTS, {residence: "months_registered"}),
    "receive information": (
        MIGRANTS,
        {attentiveness: "attentive_probability", information: "information_event update_knowledge"},
    ),
    "act": (
        MIGRANTS,
        {
            residence: "is_eligible",
            utility: "perceived_benefit_share peer_norm utility_terms total_utility",
            decision: "consideration_rate considers lapse_cause trust_after_rejection trust_while_holding",
        },
    ),
    "centres": (CENTRES, {administration: "net_capacity number_served current_wait expected_wait"}),
    "services": (DISTRICT, {administration: "delivery_rate update_reputation"}),
    "red tape": (DISTRICT, {administration: "update_red_tape"}),
    "record": (DISTRICT, {}),
}
"""Agents for which each phase of `PermitModel.step` is computed, and its rules by module, separated by blanks."""
OUTSIDE_THE_MONTH: dict[ModuleType, str] = {
    attentiveness: "lognormal_attentiveness",
    residence: "exit_probability discounted_stay",
    utility: "compliance_terms",
}
"""Rules that no phase calls: they are called when a model is created, or to explain a decision."""


def schedule_table() -> str:
    """Return the table of the phases of a month in order, with their agents and rules."""
    listing = re.search(r"In this order: (.*?)\.\s*$", PermitModel.step.__doc__ or "", re.DOTALL)
    if listing is None:
        raise SystemExit("PermitModel.step does not state the order of a month")
    phases = [phase.strip() for phase in re.split("[;,]", re.sub(r"\(.*?\)", "", " ".join(listing[1].split())))]
    groups = [*(rules for _, rules in SCHEDULE.values()), OUTSIDE_THE_MONTH]
    listed = sorted(
        f"{_name(module)}.{rule}" for group in groups for module in group for rule in group[module].split()
    )
    known = sorted(
        f"{file.stem}.{rule}"
        for file in Path(takeup.rules.__path__[0]).glob("[a-z]*.py")
        for rule in _public_functions(file)
    )
    if phases != list(SCHEDULE) or listed != known:
        raise SystemExit(
            f"SCHEDULE in {Path(__file__).name} does not agree with the phases of a month, {phases}, and the rules: "
            f"{sorted(set(listed) ^ set(known)) or 'a rule is listed twice'}"
        )
    lines = ["| | phase | computed for | rules, in `takeup.rules` |", "|---:|---|---|---|"]
    for number, phase in enumerate(phases, 1):
        computed_for, rules = SCHEDULE[phase]
        cell = "; ".join(
            f"`{_name(module)}`: {', '.join(f'`{rule}`' for rule in names.split())}"
            for module, names in rules.items()
        )
        lines.append(f"| {number} | {phase} | {computed_for} | {cell or 'none: the results are recorded'} |")
    return "\n".join(lines)


def _name(module: ModuleType) -> str:
    """Return the last part of a module's name."""
    return module.__name__.rpartition(".")[2]


def _public_functions(file: Path) -> list[str]:
    """Return the names of the public functions of a file, in their order in the file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def migrant_table() -> str:
    """Return the table of a migrant's state variables: column, type and meaning."""
    lines = ["| variable | type | meaning |", "|---|---|---|"]
    for name in MIGRANT.names or ():
        meaning = str(vars(Migrant)[name].__doc__)
        lines.append(f"| `{name}` | {MIGRANT[name]} | {meaning[0].upper()}{meaning[1:]} |")
    return "\n".join(lines)


def state_table() -> str:
    """Return the table of all other state variables."""
    lines = ["| variable | meaning |", "|---|---|"]
    return "\n".join(lines + [f"| `{name}` | {meaning} |" for name, meaning in _attributes(State.__doc__).items()])


def _attributes(docstring: str | None) -> dict[str, str]:
    """Return the descriptions in the "Attributes:" section of a docstring, by name or names."""
    section = inspect.cleandoc(docstring or "").split("Attributes:\n")[1].split("\n\n")[0]
    joined = re.sub(r"\n {8,}", " ", section)
    return dict(line.strip().split(": ", 1) for line in joined.splitlines() if ": " in line)


def parameters_table() -> str:
    """Return the table of parameters that are not levers: meaning, unit, Liwan's values."""
    district = load_district("liwan")
    lines = ["| parameter | meaning | unit | Liwan |", "|---|---|---|---|"]
    for each in definitions().values():
        if each.name in levers():
            continue
        cells = (f"`{each.name}`", each.meaning, each.unit, _values(each, district))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _values(each: Definition, district: District) -> str:
    """Format a parameter's value, the values of its members, or the range of many values."""
    values = {name.partition(".")[2]: district.parameters.number(name) for name in each.names}
    if len(values) == 1:
        return f"{district.parameters.number(each.name):.4g}"
    if len(values) > MOST_VALUES:
        return f"{len(values)} numbers, {min(values.values()):.4g} to {max(values.values()):.4g}"
    return "<br>".join(f"{member} {value:.4g}" for member, value in values.items())


MOST_VALUES = 6
"""Largest number of members whose values are all in the table; `takeup parameters` prints every value."""


TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "keys of the file": ("scenarios.md", file_keys_table),
    "keys of an intervention": ("scenarios.md", intervention_keys_table),
    "keys of a cost": ("scenarios.md", cost_keys_table),
    "keys of a purchase": ("scenarios.md", purchase_keys_table),
    "levers": ("scenarios.md", levers_table),
    "columns": ("outputs.md", columns_table),
    "migrant": ("odd.md", migrant_table),
    "state": ("odd.md", state_table),
    "schedule": ("odd.md", schedule_table),
    "parameters": ("odd.md", parameters_table),
}


def main(*, check: bool) -> int:
    """Fill the tables; with `check`, write nothing and return 1 if a table is out of date."""
    stale = 0
    for name, (file, table) in TABLES.items():
        path = FOLDER / file
        now = path.read_text(encoding="utf-8")
        between = re.compile(f"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        filled = table()
        then, count = between.subn(lambda marks, filled=filled: f"{marks[1]}{filled}\n{marks[2]}", now)  # type: ignore[misc]
        if count != 1:
            raise SystemExit(f"{path}: the marks of the table {name} must occur once; they occur {count} times")
        if then == now:
            continue
        stale += 1
        print(f"{path}: the table {name} {'is out of date' if check else 'was filled'}")
        if not check:
            path.write_text(then, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
