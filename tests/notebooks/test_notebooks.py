"""The notebooks are clean, short in code, made of public names, run, and agree with what their text says."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from takeup import PermitModel
from tests.cli.test_environment import encodings_missing
from tools.run_notebooks import CHECK, FOLDER, MARK, SOLUTION, code_of_solution, fill, run, segments, source_of

REPOSITORY = FOLDER.parent
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LONGEST_CELL, USUAL_CELL = 16, 8
"""Lines of code at the most and in the median, whatever is written out in quotes not counted."""
OURS = ("takeup", "takeup_calibration")
FILES_ARE_PUBLIC = ("takeup.rules.", "takeup.report.")
"""Packages whose modules are public too: rules by topic, and what all figures share."""
GOALS = "**After this notebook you can**"
PROCESSOR_SECONDS = 60
"""Of a notebook with its solutions, once all is compiled: what the folder's README says of an idle processor."""

each_notebook = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)


def cells(file: Path, kind: str) -> list[str]:
    notebook = json.loads(file.read_text(encoding="utf-8"))
    return [source_of(cell) for cell in notebook["cells"] if cell["cell_type"] == kind]


def code(file: Path) -> str:
    """All code of a notebook, solutions included, without what is not Python."""
    written = "\n".join([*cells(file, "code"), *solutions(file)])
    return "\n".join(line for line in written.splitlines() if not line.startswith("%"))


def solutions(file: Path) -> list[str]:
    """The code of the hidden solutions."""
    hidden = [text for cell in cells(file, "markdown") for is_solution, text in segments(cell) if is_solution]
    return [block for solution in hidden for block in code_of_solution(solution)]


def test_the_folders_readme_lists_the_notebooks_in_order_and_each_leads_to_the_next() -> None:
    listed = re.findall(r"\]\((\d\d_\w+\.ipynb)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert listed == [file.name for file in NOTEBOOKS]
    assert [name[:2] for name in listed] == [f"{number:02d}" for number in range(1, len(listed) + 1)]
    for file, following in pairwise(NOTEBOOKS):
        assert cells(file, "markdown")[-1].startswith(f"Next: [{following.stem}]({following.name})")


@each_notebook
def test_links_to_files_of_the_repository_lead_somewhere(file: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", "\n".join(cells(file, "markdown")))
    assert links
    for link in links:
        assert (FOLDER / link).exists(), link


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
def test_names_and_files_can_be_read_with_any_locale(file: Path) -> None:
    """On Windows in Chinese, text is read as GBK unless the code states the encoding."""
    assert file.name.isascii()
    sources = {f"{file.name}, answer {number}": source for number, source in enumerate(solutions(file), 1)}
    assert not encodings_missing(sources)


@each_notebook
def test_cells_of_code_are_short(file: Path) -> None:
    quoted = re.compile(r'""".*?"""', re.DOTALL)
    lengths = [len(quoted.sub('""', cell).splitlines()) for cell in cells(file, "code")]
    assert max(lengths) <= LONGEST_CELL
    assert sorted(lengths)[len(lengths) // 2] <= USUAL_CELL


@each_notebook
def test_a_notebook_begins_with_learning_goals(file: Path) -> None:
    first = cells(file, "markdown")[0]
    assert first.startswith("# ")
    assert len(re.findall(r"^- ", first[first.index(GOALS) :], re.MULTILINE)) >= 3


@each_notebook
def test_prose_comes_before_code(file: Path) -> None:
    words = sum(len(MARK.sub("", text).split()) for text in cells(file, "markdown"))
    assert words > len(code(file).split()) / 2


@each_notebook
def test_only_public_names_of_the_packages_are_used(file: Path) -> None:
    for node in ast.walk(ast.parse(code(file))):
        if isinstance(node, ast.Attribute):
            is_special = node.attr.startswith("__") and node.attr.endswith("__")
            assert is_special or not node.attr.startswith("_"), f"{file.name}: .{node.attr}"
        if isinstance(node, ast.Import):
            ours = [alias.name for alias in node.names if alias.name.split(".")[0] in OURS and "." in alias.name]
            assert not ours, f"{file.name} imports {ours}"
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
            depth = 2 if node.module.startswith(FILES_ARE_PUBLIC) else 1
            assert node.module.count(".") <= depth, f"{file.name} reaches into {node.module}"
            module = import_module(node.module)
            for alias in node.names:
                public = getattr(module, "__all__", None)
                is_public = not alias.name.startswith("_") if public is None else alias.name in public
                if f"{node.module}." in FILES_ARE_PUBLIC:
                    is_public = is_public or isinstance(getattr(module, alias.name), ModuleType)
                assert is_public, f"{file.name}: {node.module}.{alias.name} is not public"
                assert hasattr(module, alias.name)


@each_notebook
def test_figures_have_the_style_of_the_reports(file: Path) -> None:
    """A figure is a plot of an analysis, or drawn on axes of a `page`, and its fonts are set by `finalise`."""
    tree = ast.parse(code(file))
    imported = {
        node.module if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not [name for name in imported if name and name.split(".")[0] == "matplotlib"]
    drawn_on = {
        ast.unparse(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "plot"
    }
    assert drawn_on <= {"axes"}
    called = [
        node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert called.count("page") == called.count("finalise")


@each_notebook
def test_exercises_have_hidden_answers(file: Path) -> None:
    text = "\n".join(cells(file, "markdown"))
    exercises = re.findall(r"^\*\*\d+\.\*\*", text, re.MULTILINE)
    assert len(exercises) >= 3
    assert len(SOLUTION.findall(text)) == len(exercises) == text.count("</details>")


@each_notebook
def test_the_code_of_solutions_is_python(file: Path) -> None:
    for solution in solutions(file):
        ast.parse(solution)


@each_notebook
def test_marks_are_invisible_and_complete(file: Path) -> None:
    """A comment that begins a line, or is in a code span, would change how Jupyter shows the text."""
    for text in cells(file, "markdown"):
        assert text.count("<!--") == 2 * len(MARK.findall(text)) - len(CHECK.findall(text))
        for line in text.splitlines():
            assert not line.startswith("<!--")
            for span in re.findall(r"`[^`]*`", MARK.sub("", line)):
                assert "<!--" not in span
            assert not re.search(r"`<!--|<!-- / -->`", line)


def test_numbers_in_the_text_are_compared_with_what_is_computed(tmp_path: Path) -> None:
    file = tmp_path / "small.ipynb"
    solution = (
        "<details><summary>Answer</summary>\n\n```python\nx = 3\n```\n\n"
        "It is <!-- value: {x} -->2<!-- / -->. <!-- check: x < 3 -->\n</details>"
    )
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell("x = 2"),
        nbformat.v4.new_markdown_cell(
            f"x is <!-- value: {{x:.1f}} -->2.0<!-- / -->.\n\n{solution}\n\n<!-- check: x == 2 -->"
        ),
        nbformat.v4.new_code_cell(
            "from IPython.display import display, Image\nfrom ipywidgets import IntSlider\n"
            "slider = IntSlider(1, min=0, max=2)\n"
            "picture = display({'image/png': 'MQ=='}, raw=True, display_id=True)\n"
            "slider.observe(lambda c: picture.update({'image/png': 'Mg=='}, raw=True), 'value')\nslider"
        ),
    ]
    nbformat.write(notebook, file)
    outcome = run(file, tmp_path)
    assert outcome.values == [("2.0", "2.0"), ("2", "3")]
    assert outcome.wrong_values == ["the text has '2', the notebook '3'"]
    assert outcome.false_statements == ["x < 3"]
    assert outcome.sliders == 1
    assert outcome.pictures == [("MQ==", "Mg==")]
    fill(file, outcome)
    assert "It is <!-- value: {x} -->3<!-- / -->." in file.read_text(encoding="utf-8")


@pytest.mark.notebook
@each_notebook
def test_a_notebook_runs_in_a_minute_of_a_processor_and_its_text_agrees_with_it(file: Path, tmp_path: Path) -> None:
    """The time is that of the kernel, with the solutions; others on the machine change it little."""
    PermitModel("liwan", agents=2_000).run_until("2010-02")  # compiles, once per machine
    outcome = run(file, tmp_path)
    assert not outcome.wrong_values, f"run: python -m tools.run_notebooks --fill {file.stem}"
    assert not outcome.false_statements
    assert outcome.processor_seconds < PROCESSOR_SECONDS
    assert len(outcome.pictures) == (outcome.sliders > 0)
    for before, after in outcome.pictures:
        assert before, "without a front end, the cell of a slider shows a picture"
        assert before != after, "moving the sliders redraws it"


def test_at_least_three_notebooks_have_sliders() -> None:
    assert sum("Slider(" in code(file) for file in NOTEBOOKS) >= 3
