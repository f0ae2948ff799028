"""The notebooks are clean, short in code, made of public names, run, and have exercises whose answers run."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from takeup import PermitModel

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LONGEST_CELL, USUAL_CELL = 16, 8
"""Lines of code at the most and in the median, whatever is written out in quotes not counted."""
OURS = ("takeup", "takeup_calibration")
FOR_RULES = "takeup.rules"
"""Rules are functions to be called alone, one file a topic: there the files are public too."""
SOLUTION = re.compile(r"<details><summary>Answer</summary>\n\n(.*?)\n</details>", re.DOTALL)
SECONDS = 600
"""Of a cell, at the most, however busy the machine is."""
PROCESSOR_SECONDS = 60
"""Of a notebook, once all is compiled: what stands in the folder's README, on an idle machine with one processor."""
CLAIMS: dict[str, str] = {
    "02_first_scenario": """
assert 1.7 < added["no_visits"] / added["evening_hours"] < 2.4  # twice as much, about
assert 1.2 < added["more_posters"] / added["posters"] < 1.7  # about one and a half times
assert every["difference_points"].idxmax() == "all_five"
""",
    "03_why_so_few": """
assert pairs[pairs > 1].index.tolist() == ["process, publicity", "services, publicity", "publicity, coordination"]
assert pairs.nsmallest(2).index.tolist() == ["process, coordination", "willingness, publicity"]
""",
}
"""What the answers say in words, asked of what they have computed, by notebook."""

each_notebook = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)


def cells(file: Path, kind: str) -> list[str]:
    notebook = json.loads(file.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def code(file: Path) -> str:
    """All code of a notebook, answers included, without what is not Python."""
    written = "\n".join([*cells(file, "code"), *solutions(file)])
    return "\n".join(line for line in written.splitlines() if not line.startswith("%"))


def solutions(file: Path) -> list[str]:
    """The code of the hidden answers."""
    hidden = [solution for text in cells(file, "markdown") for solution in SOLUTION.findall(text)]
    return [block for solution in hidden for block in re.findall(r"```python\n(.*?)```", solution, re.DOTALL)]


def test_there_are_six_and_the_folders_readme_lists_them() -> None:
    listed = re.findall(r"\]\((\d\d_\w+\.ipynb)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert listed == [file.name for file in NOTEBOOKS]
    assert len(NOTEBOOKS) == 6


def test_they_are_kept_without_outputs_and_without_traces_of_a_machine() -> None:
    done = subprocess.run(
        [sys.executable, "tools/clean_notebooks.py", "--check"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr + "run: python tools/clean_notebooks.py"


@each_notebook
def test_cells_of_code_are_short(file: Path) -> None:
    quoted = re.compile(r'""".*?"""', re.DOTALL)
    lengths = [len(quoted.sub('""', cell).splitlines()) for cell in cells(file, "code")]
    assert max(lengths) <= LONGEST_CELL
    assert sorted(lengths)[len(lengths) // 2] <= USUAL_CELL


@each_notebook
def test_prose_comes_before_code(file: Path) -> None:
    words = sum(len(text.split()) for text in cells(file, "markdown"))
    assert words > len(code(file).split()) / 2


@each_notebook
def test_only_public_names_of_the_packages_are_used(file: Path) -> None:
    for node in ast.walk(ast.parse(code(file))):
        if isinstance(node, ast.Attribute):
            assert not node.attr.startswith("_"), f"{file.name}: .{node.attr}"
        if isinstance(node, ast.Import):
            ours = [alias.name for alias in node.names if alias.name.split(".")[0] in OURS and "." in alias.name]
            assert not ours, f"{file.name} imports {ours}"
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
            depth = 2 if node.module.startswith(f"{FOR_RULES}.") else 1
            assert node.module.count(".") <= depth, f"{file.name} reaches into {node.module}"
            module = import_module(node.module)
            for alias in node.names:
                public = getattr(module, "__all__", None)
                is_public = not alias.name.startswith("_") if public is None else alias.name in public
                assert is_public, f"{file.name}: {node.module}.{alias.name} is not public"
                assert hasattr(module, alias.name)


@each_notebook
def test_exercises_have_hidden_answers(file: Path) -> None:
    text = "\n".join(cells(file, "markdown"))
    exercises = re.findall(r"^\*\*\d+\.\*\*", text, re.MULTILINE)
    assert len(exercises) >= 3
    assert len(SOLUTION.findall(text)) == len(exercises) == text.count("</details>")


@each_notebook
def test_the_code_of_answers_is_python(file: Path) -> None:
    for solution in solutions(file):
        ast.parse(solution)


@pytest.mark.notebook
@each_notebook
def test_a_notebook_runs_in_a_minute_of_a_processor_and_so_do_its_answers(file: Path, tmp_path: Path) -> None:
    """The time is that of the kernel and its workers, which others on the machine change little."""
    PermitModel("liwan", agents=2_000).run_until("2010-02")  # compiles, once per machine
    time = f"import os\nused = sum(os.times()[:4])\nassert used < {PROCESSOR_SECONDS}, used"
    run_with(file, [time, *solutions(file), *([CLAIMS[file.stem]] if file.stem in CLAIMS else [])], tmp_path)


def run_with(file: Path, more: list[str], folder: Path) -> None:
    """Run a notebook with these cells of code at its end."""
    notebook = json.loads(file.read_text(encoding="utf-8"))
    for number, source in enumerate(more, 1):
        cell = {"cell_type": "code", "id": f"more-{number}", "metadata": {}, "execution_count": None, "outputs": []}
        notebook["cells"].append({**cell, "source": source})
    copy = folder / file.name
    copy.write_text(json.dumps(notebook), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--nbmake", f"--nbmake-timeout={SECONDS}", str(copy)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
