"""What import-linter cannot check of the packages' structure, and that the month's docstring states its order.

The layers are contracts of import-linter in `pyproject.toml`; `make lint` checks them.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from takeup import PermitModel

REPOSITORY = Path(__file__).parents[1]
ROOTS = {
    "takeup": REPOSITORY / "model" / "takeup",
    "takeup_calibration": REPOSITORY / "calibration" / "takeup_calibration",
}
NO_NAMES_FOR_A_MODULE = {"utils", "util", "utilities", "helpers", "helper", "common", "misc"}
LONGEST_FILE = 600
LONG_FILES: dict[str, str] = {}
"""Modules with more lines than that, and why they are not split."""


@dataclass(frozen=True)
class Source:
    """A module's source.

    Attributes:
        name: dotted, "takeup.rules.burden".
        file: where it is.
        tree: its syntax tree.
    """

    name: str
    file: Path
    tree: ast.Module


def sources(package: str) -> list[Source]:
    root = ROOTS[package]
    parsed = []
    for file in sorted(root.rglob("*.py")):
        parts = [package, *file.relative_to(root).with_suffix("").parts]
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        parsed.append(Source(name, file, ast.parse(file.read_text(encoding="utf-8"))))
    return parsed


TAKEUP = sources("takeup")
EVERY = TAKEUP + sources("takeup_calibration")
MODULES = {source.name for source in EVERY}


def imports(source: Source) -> Iterator[tuple[str, str | None]]:
    """What a module imports: (module, name taken from it or None for the module as a whole)."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.name} imports relatively"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield (whole, None) if whole in MODULES else (str(node.module), alias.name)


def layer_of(module: str) -> str | None:
    """The package or module of takeup that a module belongs to; None: no layer (another package, or the root)."""
    parts = module.split(".")
    return parts[1] if parts[0] == "takeup" and len(parts) > 1 else None


def test_only_the_root_takes_what_the_root_offers() -> None:
    """The root passes on names of the simulation; the layers below it may take only what it states of itself."""
    assert len(TAKEUP) > 40
    violations = []
    for source in TAKEUP:
        for module, name in imports(source):
            if module == "takeup" and source.name != "takeup":
                taken = {name} if name is not None else taken_from("takeup", source)
                violations += [f"{source.name} takes {each} from the root" for each in taken if each[:2] != "__"]
    assert not violations


def taken_from(module: str, source: Source) -> set[str]:
    """The attributes of an imported module that a source names."""
    named = (node for node in ast.walk(source.tree) if isinstance(node, ast.Attribute))
    return {node.attr for node in named if isinstance(node.value, ast.Name) and node.value.id == module}


def test_rules_know_nothing_but_numbers_and_each_other() -> None:
    """No draw, no agent, no model, no table inside."""
    allowed = {"__future__", "enum", "typing", "math", "takeup.compilation"}
    for source in TAKEUP:
        if layer_of(source.name) == "rules":
            imported = {module for module, _ in imports(source) if not module.startswith("takeup.rules")}
            assert imported <= allowed, f"{source.name} imports {imported - allowed}"


def test_nobody_imports_or_reaches_for_a_private_name() -> None:
    violations = []
    for source in EVERY:
        ours: set[str] = set()
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                ours |= {alias.asname or alias.name.split(".")[0] for alias in node.names if _is_ours(node, alias)}
        for module, name in imports(source):
            if module.split(".")[0] in ROOTS:
                private = [part for part in [*module.split("."), name or ""] if _is_private(part)]
                violations += [f"{source.name} imports {part} of {module}" for part in private]
        for node in ast.walk(source.tree):
            match node:
                case ast.Attribute(value=ast.Name(id=module), attr=name) if module in ours and _is_private(name):
                    violations.append(f"{source.name} reaches for {module}.{name}")
    assert not violations


def test_no_circle_is_dodged_by_a_late_import() -> None:
    """Late imports are for the command and the package's root, where the wait for what is not used would be felt."""
    violations = []
    for source in EVERY:
        if layer_of(source.name) in (None, "console", "cli"):
            continue
        for function in ast.walk(source.tree):
            if isinstance(function, ast.FunctionDef):
                inside = Source(source.name, source.file, ast.Module([function], []))
                late = [module for module, _ in imports(inside) if module.split(".")[0] in ROOTS]
                violations += [f"{source.name}, {function.name} imports {module} late" for module in late]
    assert not violations


def test_no_module_is_named_for_nothing() -> None:
    for name in MODULES:
        assert not NO_NAMES_FOR_A_MODULE & set(name.split(".")), name


def test_a_file_of_more_than_600_lines_has_a_reason() -> None:
    lengths = {source.name: len(source.file.read_text(encoding="utf-8").splitlines()) for source in EVERY}
    long = {name for name, length in lengths.items() if length > LONGEST_FILE}
    assert long == set(LONG_FILES), "split the file, or give the reason in LONG_FILES"


def test_every_public_rule_says_what_it_is() -> None:
    for source in TAKEUP:
        if layer_of(source.name) == "rules":
            assert ast.get_docstring(source.tree), source.name
            for node in source.tree.body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and not _is_private(node.name):
                    assert ast.get_docstring(node), f"{source.name}.{node.name}"


@pytest.mark.parametrize("heavy", ["mesa", "numba", "pandas", "matplotlib"])
def test_reading_a_scenario_or_a_district_does_not_wait_for_what_it_does_not_use(heavy: str) -> None:
    program = f"import sys, takeup, takeup.scenario, takeup.district; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


PHASE_CALLS = {
    "conditions": ("update_conditions",),
    **dict.fromkeys(
        ("leave", "reside", "receive information", "act"), ("run_streets", "run_population", "run_migrants")
    ),
    "centres": ("serve_queues", "run_centres"),
    "services": ("deliver_services",),
    "red tape": ("ease_red_tape",),
    "record": ("record_month",),
}
"""The functions that run each phase: one for all that every migrant does, and one for each other phase."""


def calls_of(file: Path, function: str, within: str | None = None) -> list[str]:
    """Return the names of the functions that a function calls, in the order of the text."""
    return [called(call) for call in calls_in(function_of(file, function, within=within))]


@pytest.mark.parametrize("engine", ["whole months", "compiled", "objects"])
def test_the_phases_of_a_month_run_in_the_order_of_the_docstring(engine: str) -> None:
    """In one compiled call for many months, phase by phase in compiled code, and with agents."""
    phases = phases_of(PermitModel.step.__doc__ or "")
    assert phases == list(PHASE_CALLS)
    kernels = ROOTS["takeup"] / "simulation" / "kernels_month.py"
    if engine == "whole months":
        names = calls_of(kernels, "run_months")
    else:
        simulation = ROOTS["takeup"] / "simulation"
        names = calls_of(simulation / "district_model.py", "_run_month", within="DistrictModel")
        if engine == "compiled":
            agents = calls_of(simulation / "district_model.py", "_run_agents", within="DistrictModel")
        else:
            agents = calls_of(simulation / "model.py", "_run_agents", within="PermitModel")
        for name, inner in (("_run_agents", agents), ("close_month", calls_of(kernels, "close_month"))):
            assert names.count(name) == 1
            place = names.index(name)
            names[place : place + 1] = inner
    calls = [name for name in names if any(name in allowed for allowed in PHASE_CALLS.values())]
    assert len(calls) == len(set(calls)) == 6, "one call for what every migrant does, one for each other phase"
    positions = [next(i for i, name in enumerate(calls) if name in PHASE_CALLS[phase]) for phase in phases]
    assert positions == sorted(positions), f"{phases} run in the order {positions}"


@pytest.mark.parametrize(
    ("module", "function", "within"), [("agents", "step", "Migrant"), ("kernels_population", "population_pass", None)]
)
def test_a_migrant_lives_the_month_in_that_order_too(module: str, function: str, within: str | None) -> None:
    """Leave, reside, receive information, act: each engine calls functions of these names in this order."""
    order = [phase for phase in phases_of(PermitModel.step.__doc__ or "") if phase in MIGRANTS]
    assert order == list(MIGRANTS)
    step_function = function_of(ROOTS["takeup"] / "simulation" / f"{module}.py", function, within)
    names = [name.lstrip("_").replace("_", " ") for name in map(called, calls_in(step_function))]
    places = [min(names.index(name) for name in names if name in MIGRANTS[phase]) for phase in order]
    assert places == sorted(places)
    assert len(set(places)) == 4


MIGRANTS = {
    "leave": ("leave",),
    "reside": ("reside",),
    "receive information": ("receive information",),
    "act": ("act",),
}


def phases_of(docstring: str) -> list[str]:
    """The phases that a docstring lists: parted by semicolons or dots, and by commas within."""
    listing = next(part for part in reversed(docstring.split("\n\n")) if ";" in part or "·" in part)
    listing = re.sub(r"\(.*?\)", "", " ".join(listing.split())).split(":")[-1].strip(" .")
    return [phase.strip() for phase in re.split("[;·,]", listing)]


def calls_in(node: ast.AST) -> list[ast.Call]:
    """The calls of plain names and attributes, in the order they stand."""
    calls = [call for call in ast.walk(node) if isinstance(call, ast.Call) and called(call)]
    return sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def function_of(file: Path, name: str, within: str | None = None) -> ast.FunctionDef:
    tree: ast.AST = ast.parse(file.read_text(encoding="utf-8"))
    if within is not None:
        tree = next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == within)
    return next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name)


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _is_ours(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
    module = alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
    return module in MODULES
