"""The page, from the tests as they are and the figures that were measured."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tools.verification.measurements import FIGURES, REPOSITORY

PAGE: Final = REPOSITORY / "docs" / "verification.md"
_TESTS: Final = REPOSITORY / "tests"
_RULES: Final = REPOSITORY / "model" / "takeup" / "rules"
_PERCENT: Final = 100.0
Figures = dict[str, Any]


def page() -> str:
    """The whole page in Markdown."""
    figures = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(FIGURES.glob("*.toml"))}
    parts = [
        _INTRODUCTION,
        "## Rules\n\nEach rule is a pure function; the tests that call it, in `tests/rules/`:\n",
        _rules(),
        "## Closed forms\n",
        _closed_forms(figures["closed_forms"]),
        "## Two engines, one month told again\n\nTo the bit, every column of every migrant, every queue and table:\n",
        _tests_in("simulation/test_engines.py"),
        "The month told once more from the description of the model alone, person by person, is what both "
        "engines live:\n",
        _tests_in("simulation/test_month.py"),
        "## Accounts\n\nIn every month, under random scenarios, parameters and populations:\n",
        _accounts(),
        "## Stress\n",
        _stress(figures["stress"]),
        "## Calibration\n",
        _coverage(),
        "## Faults\n",
        _FAULTS,
        *(_tests_in(f"faults/{name}.py") for name in ("test_interrupted", "test_damaged", "test_killed_anywhere")),
        _tests_in("runs/test_killed.py"),
        "## Broken and hostile files\n",
        _fuzzing(figures["fuzzing"]),
        "## Are the tests sharp?\n",
        _mutation(figures.get("mutation")),
    ]
    return "\n".join(parts).rstrip() + "\n"


def rules() -> Iterator[tuple[str, str, list[str]]]:
    """Yield every rule: its module, its name, and the tests in `tests/rules/` that call it."""
    tests = [test for file in sorted((_TESTS / "rules").glob("test_*.py")) for test in _functions(file)]
    for file in sorted(_RULES.glob("*.py")):
        for rule in _functions(file):
            if not rule.name.startswith("_"):
                yield file.stem, rule.name, [test.name for test in tests if _names(test, rule.name)]


def _rules() -> str:
    lines = ["| rule | tests |", "|---|---|"]
    for module, rule, tests in rules():
        lines.append(f"| `{module}.{rule}` | {'; '.join(_sentence(name) for name in tests)} |")
    return "\n".join(lines) + "\n"


def _functions(file: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def _names(test: ast.FunctionDef, rule: str) -> bool:
    if not test.name.startswith("test_"):
        return False
    named = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    return rule in named | {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}


def _sentence(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")


def _tests_in(file: str) -> str:
    tests = [test.name for test in _functions(_TESTS / file) if test.name.startswith("test_")]
    return "\n".join([f"`tests/{file}`:\n", *(f"- {_sentence(name)}" for name in tests)]) + "\n"


def _closed_forms(measured: Figures) -> str:
    lines = [
        f"Measured {measured['date']}. Where a law can be worked out with pencil and paper: the largest "
        "distance of a "
        "count from its expectation in standard deviations (allowed: 5), the smallest probability of a fit (allowed: "
        "1e-6), the largest difference where the two must agree but for rounding; in brackets of how many.",
        "",
        "| law | standard deviations | probability | difference |",
        "|---|---:|---:|---:|",
    ]
    for each in measured["test"]:
        cells = [
            f"{each[key]:.2g} ({each[key + '_of']})" if key in each else "" for key in ("sigmas", "least_p", "off")
        ]
        lines.append(f"| {_sentence(each['name'])} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _accounts() -> str:
    checks = [
        each for each in _functions(_TESTS / "simulation" / "test_accounts.py") if each.name.startswith("check_")
    ]
    return "\n".join(f"- {ast.get_docstring(each)}" for each in checks) + "\n"


def _stress(measured: Figures) -> str:
    lines = [
        "`takeup stress DISTRICT` puts a district through 1,200 months, through a population that falls to 1 "
        "% in five "
        "years and grows back in five, and through three years with every lever, and all levers together, at "
        "either end "
        "of their ranges. Every month all accounts must add up; both engines must agree on a sample, and a "
        "model that was "
        "saved, restored or branched with one that was not. `--agents N` (4,000) and `--seed N` (1) are of "
        "every run; "
        "`--out DIR` gets `stress.csv` and `.parquet`, a row a thing that was tried, and `manifest.json`; "
        "`--quiet` says "
        "only what does not hold. Each is tried in a process beside the command, `--workers N` at a time (as many as "
        "there are processors), so that one which crashes its process is a row of the table. It takes about half a "
        "minute, and ends with 1 if something does not hold.",
        "",
        f"Measured {measured['date']}, {measured['agents']:,} simulated migrants:",
        "",
        "| district | tried | held | months lived |",
        "|---|---:|---:|---:|",
        *(
            f"| {each['name']} | {each['tried']} | {each['held']} | {each['months']:,} |"
            for each in measured["district"]
        ),
    ]
    return "\n".join(lines) + "\n"


def _coverage() -> str:
    calibration_page = (REPOSITORY / "docs" / "calibration.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| coverage \| ([^|]+) \|$", calibration_page, re.MULTILINE)
    return (
        "Intervals that are said to hold 90 % must hold the truth nine times in ten when the truth is known: "
        "each row of the "
        f"first wave is the truth for the others. Liwan's: {row.strip()} ([calibration.md](calibration.md)).\n"
    )


def _fuzzing(measured: Figures) -> str:
    ways = {"generators": "generated", "coverage_guided": "coverage-guided"}
    lines = [
        "Scenario, plan, district, parameter, figures, posterior and journal files and saved states are data: "
        "nothing in them is run, "
        "what they name lies in the folders they were given with, and size, depth and count have limits. Rows of a "
        "journal, pages of a posterior and saved states are under checksums; a saved state is looked through "
        "as well, for "
        "its numbers become places in memory. With what is accepted of districts, parameters and states some "
        "months are lived. A crash is anything but an answer or a refusal in one line.",
        "",
        f"`make fuzz`, {measured['date']}: {measured['inputs']:,} files in {measured['seconds']:,.0f} seconds of a "
        f"process, {measured['crashes']} crashes. {measured['mended']} files that crashed a reader in earlier "
        "campaigns are mended "
        "and kept as test cases.",
        "",
        "| file | way | tried | accepted | crashes |",
        "|---|---|---:|---:|---:|",
        *(
            f"| {each['kind']} | {ways[each['way']]} | {each['inputs']:,} | {each['accepted']:,} | "
            f"{each['crashes']} |"
            for each in measured["tried"]
        ),
    ]
    return "\n".join(lines) + "\n"


def _mutation(measured: Figures | None) -> str:
    if measured is None:
        return "Not measured yet.\n"
    lines = [
        f"`make mutation`, {measured['date']}: one operator, number, condition or call is changed at a time, "
        f"and the tests of the module must notice. All {measured['mutants']} mutants were tried. Killed is also a "
        "mutant with which the module cannot be imported, or whose tests take longer than three minutes.",
        "",
        "| code | tried | killed | equivalent | survived | killed of those that differ |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    together = {key: sum(each[key] for each in measured["target"]) for key in ("tried", "killed", "equivalent")}
    for each in (*measured["target"], {"name": "all", **together}):
        differ = each["tried"] - each["equivalent"]
        share = f"{_PERCENT * each['killed'] / differ:.0f} %" if differ else ""
        survived = differ - each["killed"]
        lines.append(
            f"| {each['name']} | {each['tried']} | {each['killed']} | {each['equivalent']} | {survived} | {share} |"
        )
    lines += ["", "What survived; equivalent is what changes nothing that anyone could see:", "",
              "| where | change | equivalent | why |", "|---|---|---|---|"]  # fmt: skip
    for each in measured["survivor"]:
        change, equivalent = each["change"].replace("|", "\\|"), "yes" if each["equivalent"] else "no"
        lines.append(f"| `{each['file']}`, line {each['line']} | `{change}` | {equivalent} | {each['why']} |")
    return "\n".join(lines) + "\n"


_INTRODUCTION: Final = """# Verification

Whether the program computes what [model.md](model.md) says, and what it survives. Whether the model is right about
the world is another question: [validation.md](validation.md).

This page is made by `make verification` from the tests and from what was measured; the figures are in
`docs/verification/`, each with its date.

```sh
make verification       # measures closed forms and stress, and writes this page
make faults             # interrupts, kills and damages
make fuzz               # more than 100,000 broken files
make mutation           # changes to the rules, and whether the tests notice
takeup stress template
```
"""
_FAULTS: Final = """\
A run that is stopped in whatever way resumes when its command is run again, and ends with the results of one that
was not. Results are written whole, the manifest last: a folder without `manifest.json` holds no finished results.
What failed is said so in the table. `make test` runs the quick ones of these, `make faults` all of them.
"""
