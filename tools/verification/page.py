"""The verification page, made from the tests and the stored measurements."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tools.verification.measurements import FIGURES, REPOSITORY

PAGE: Final = REPOSITORY / "docs" / "verification.md"
_TESTS: Final = REPOSITORY / "tests"
_RULES: Final = REPOSITORY / "model" / "takeup" / "rules"
_PERCENT: Final = 100.0
_DEVIATIONS: Final = {"sigmas": "{:.2g} SD", "least_p": "p = {:.2g}", "off": "{:.2g}"}
"""How the deviations of closed_forms.toml are shown, by key."""
Figures = dict[str, Any]


def page() -> str:
    """Return the whole page as Markdown."""
    figures = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(FIGURES.glob("*.toml"))}
    parts = [
        _INTRODUCTION,
        "## Rules\n",
        _rules(),
        "## Closed forms\n",
        _closed_forms(figures["closed_forms"]),
        "## Two engines and a reference model\n\nBoth engines give the same bits in every column of every "
        "migrant, every queue and table, also under random scenarios and parameters, with threads, and after saving "
        "and branching. A reference model, written from the description of the model alone, gives the same months.\n",
        _tests_in("simulation/test_engines.py", "simulation/test_month.py"),
        "## Attributes set from outside\n",
        _assignments(figures.get("assignments")),
        "## Accounts\n\nIn every month, under random scenarios, parameters and populations:\n",
        _accounts(),
        "## Stress\n",
        _stress(figures["stress"]),
        "## Faults\n",
        _FAULTS,
        _tests_in(
            "faults/test_interrupted.py",
            "faults/test_damaged.py",
            "faults/test_killed_anywhere.py",
            "runs/test_killed.py",
        ),
        "## Broken and hostile files\n",
        _fuzzing(figures["fuzzing"]),
        "## Mutation tests\n",
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
    modules: dict[str, list[set[str]]] = {}
    for module, _, tests in rules():
        modules.setdefault(module, []).append(set(tests))
    listed = ", ".join(f"`{name}` ({len(tests)}, {len(set().union(*tests))})" for name, tests in modules.items())
    return (
        "Tests in `tests/rules/` call every rule; their names are sentences. The modules of `takeup.rules`, with the "
        f"numbers of rules and of tests: {listed}.\n"
    )


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


def _tests_in(*files: str) -> str:
    numbers = (sum(test.name.startswith("test_") for test in _functions(_TESTS / file)) for file in files)
    listed = ", ".join(f"`tests/{file}` ({number})" for file, number in zip(files, numbers, strict=True))
    return f"Tests: {listed}.\n"


def _closed_forms(measured: Figures) -> str:
    lines = [
        f"Measured {measured['date']}. Simulated results are compared with laws that have a closed form. The table "
        "shows the largest distance of a count from its expectation in standard deviations (allowed: 5 SD), the "
        "smallest probability p of a goodness-of-fit test (allowed: 1e-6), or the largest difference of numbers "
        "that must agree except for rounding; the number of comparisons is in brackets.",
        "",
        "| law | largest deviation |",
        "|---|---:|",
    ]
    for each in measured["test"]:
        cells = (
            f"{shown.format(each[key])} ({each[key + '_of']})" for key, shown in _DEVIATIONS.items() if key in each
        )
        lines.append(f"| {_sentence(each['name'])} | {', '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _accounts() -> str:
    checks = [
        each for each in _functions(_TESTS / "simulation" / "test_accounts.py") if each.name.startswith("check_")
    ]
    return "\n".join(f"- {ast.get_docstring(each)}" for each in checks) + "\n"


def _assignments(measured: Figures | None) -> str:
    if measured is None:
        return "Not measured yet.\n"
    return (
        f"`make assignments`, {measured['date']}, in {measured['seconds']:,} seconds: {measured['cases']:,} lists of "
        "random values were assigned to random public attributes of migrants and service centres, in models of "
        f"{measured['agents']} migrants with each engine. {measured['accepted']:,} assignments took effect and "
        f"{measured['refused']:,} raised an error. After each list, both engines simulated three months: the state "
        "was valid, the engines agreed to the bit, and no process crashed.\n"
    )


def _stress(measured: Figures) -> str:
    lines = [
        "`takeup stress DISTRICT` runs a district for 1,200 months, with a population that falls to 1 % in five "
        "years and grows back in five, and for three years with every lever, and all levers together, at either "
        "end of their ranges. In every month all accounts must balance. Both engines must agree on a sample, and "
        "a model that was saved, restored or branched must agree with one that was not. `--agents N` (4,000) and "
        "`--seed N` (1) apply to every run. The command writes [`stress.csv`](outputs.md#stresscsv) and "
        "`manifest.json` to `--out DIR`; `--quiet` prints only the failures. It takes about half a minute, and the "
        "exit code is 1 if a case fails.",
        "",
        f"Measured {measured['date']}, {measured['agents']:,} simulated migrants:",
        "",
        *(
            f"- `{each['name']}`: {each['held']} of {each['tried']} cases passed, {each['months']:,} months simulated"
            for each in measured["district"]
        ),
    ]
    return "\n".join(lines) + "\n"


def _fuzzing(measured: Figures) -> str:
    kinds: dict[str, Figures] = {}
    for each in measured["tried"]:
        kinds.setdefault(each["kind"], {})[each["way"]] = each
    lines = [
        "Input files and saved states are data: none of their content is executed, the files that they name must be "
        "in the folders that were given, and size, depth and count have limits. Rows of a journal, pages of a "
        "posterior and saved states have checksums. All values of a saved state are validated too. Accepted "
        "districts, parameters and states are run for some months. Every outcome other than a result or an error "
        "message of one line counts as a crash.",
        "",
        f"`make fuzz`, {measured['date']}: {measured['inputs']:,} files in {measured['seconds']:,.0f} seconds of a "
        f"process, {measured['crashes']} crashes. {measured['mended']} files that crashed a reader in earlier "
        "campaigns are corrected and kept as test cases.",
        "",
        "| file | generated (accepted) | coverage-guided (accepted) | crashes |",
        "|---|---:|---:|---:|",
    ]
    for kind, by_way in kinds.items():
        campaigns = [by_way[way] for way in ("generators", "coverage_guided")]
        numbers = " | ".join(f"{each['inputs']:,} ({each['accepted']:,})" for each in campaigns)
        lines.append(f"| {kind} | {numbers} | {sum(each['crashes'] for each in campaigns)} |")
    return "\n".join(lines) + "\n"


def _mutation(measured: Figures | None) -> str:
    if measured is None:
        return "Not measured yet.\n"
    lines = [
        f"`make mutation`, {measured['date']}: one operator, number, condition or call is changed at a time, and "
        f"the tests of the module must fail. All {measured['mutants']} mutants were tried. Those that fail to "
        "import, or whose tests take longer than three minutes, count as killed.",
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
    lines += [
        "",
        "An equivalent mutant has the same behaviour as the original. `docs/verification/mutation.toml` lists the "
        f"{len(measured['survivor'])} mutants that survived or are equivalent, each with the reason.",
    ]
    return "\n".join(lines) + "\n"


_INTRODUCTION: Final = """# Verification

This page is for readers who want to know whether the program computes the model as described in
[model.md](model.md), and which faults it survives. Whether the model describes reality is a different question, see
[validation.md](validation.md). The measurements are in `docs/verification/`.

```sh
make verification       # measures closed forms and stress, and writes this page
make assignments        # 10,000 lists of random values for attributes of agents, in both engines
make faults             # tests of interruptions, killed processes and damaged files
make fuzz               # more than 100,000 malformed files
make mutation           # changes of the code that the tests must detect
takeup stress template
```
"""
_FAULTS: Final = """\
An interrupted run resumes when its command is run again, and gives the same results as a run without interruption.
Results are written whole, the manifest last: a folder without `manifest.json` has no finished results. `make test`
runs the quick ones of these tests, `make faults` all of them.
"""
