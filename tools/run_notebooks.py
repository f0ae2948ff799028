"""Run the notebooks, and compare the numbers and statements of their text with what they compute.

A number that the text quotes is marked in Markdown, and so is a statement in words. Neither mark is visible in
Jupyter:

    take-up is <!-- value: {share:.1f} -->24.2<!-- / --> %          the text of an f-string
    more than half of them <!-- check: share > 50 -->               an expression that must be true

The expressions are evaluated where they stand: in the text after the cells of code above it, in a solution after the
code of the solution. `python -m tools.run_notebooks` runs every notebook and its solutions and reports the
differences; `--fill` writes the computed values into the text. Names of notebooks limit both to these.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient

FOLDER: Final = Path(__file__).resolve().parents[1] / "notebooks"
SOLUTION: Final = re.compile(r"<details><summary>Answer</summary>\n\n(.*?)\n</details>", re.DOTALL)
VALUE: Final = re.compile(r"<!-- value: (.+?) -->(.*?)<!-- / -->")
CHECK: Final = re.compile(r"<!-- check: (.+?) -->")
MARK: Final = re.compile(f"{VALUE.pattern}|{CHECK.pattern}")
_CODE: Final = re.compile(r"```python\n(.*?)```", re.DOTALL)
_SECONDS: Final = 600
"""Limit of one cell, however busy the machine is."""
_MOVE_SLIDERS: Final = """
from ipywidgets import Widget

moved = {each for each in globals().copy().values() if isinstance(each, Widget) and hasattr(each, "min")}
for each in moved:
    each.value = each.min
    each.value = each.max
len(moved)
"""
_PROCESSOR_SECONDS: Final = "import os\nsum(os.times()[:4])"


@dataclass(frozen=True)
class Outcome:
    """What a notebook computed.

    Attributes:
        values: written and computed text of every quoted number, in the order of the text.
        false_statements: checks that are not true.
        sliders: number of sliders, each of which was moved to both ends.
        pictures: by cell of code with a slider, its picture before and after the sliders were moved; empty if the
            cell has none.
        processor_seconds: processor time of the notebook with its solutions.
    """

    values: list[tuple[str, str]]
    false_statements: list[str]
    sliders: int
    pictures: list[tuple[str, str]]
    processor_seconds: float

    @property
    def wrong_values(self) -> list[str]:
        """Sentences about the numbers in the text that differ from the computed ones."""
        return [f"the text has {old!r}, the notebook {new!r}" for old, new in self.values if old != new]


def source_of(cell: dict[str, Any]) -> str:
    """Return the text of a cell, which notebooks may store in lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def segments(text: str) -> list[tuple[bool, str]]:
    """Split a cell of text into segments, each with whether it is a hidden solution."""
    return [(place % 2 == 1, segment) for place, segment in enumerate(SOLUTION.split(text))]


def code_of_solution(solution: str) -> list[str]:
    """Return the blocks of code of a solution."""
    return _CODE.findall(solution)


def run(file: Path, folder: Path) -> Outcome:
    """Run a notebook, then its solutions, and evaluate the marks of its text.

    Args:
        file: the notebook, which is not changed.
        folder: working directory of the notebook.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised an error.
    """
    notebook: Any = nbformat.read(file, nbformat.NO_CONVERT)
    cells: list[Any] = []
    afterwards: list[Any] = []
    marked: list[tuple[str, Any]] = []
    for cell in notebook.cells:
        cells.append(cell)
        for is_solution, text in segments(cell.source) if cell.cell_type == "markdown" else ():
            place = afterwards if is_solution else cells
            place += [_cell(code) for code in code_of_solution(text) if is_solution]
            if MARK.search(text):
                place.append(_evaluation(text))
                marked.append((text, place[-1]))
    with_sliders = len(cells)
    cells += [_cell(_MOVE_SLIDERS), *afterwards, _cell(_PROCESSOR_SECONDS)]
    notebook.cells = cells
    before: dict[int, str] = {}

    def remember(cell: Any, cell_index: int, **_: Any) -> None:
        if _shows_slider(cell):
            before[cell_index] = _picture(cell)

    NotebookClient(
        notebook, timeout=_SECONDS, resources={"metadata": {"path": str(folder)}}, on_cell_executed=remember
    ).execute()
    values, false = [], []
    for text, evaluation in marked:
        for mark, computed in zip(MARK.finditer(text), json.loads(evaluation.outputs[0]["text"]), strict=True):
            if mark[3] is None:
                values.append((mark[2], computed))
            elif computed != "True":
                false.append(mark[3])
    return Outcome(
        values=values,
        false_statements=false,
        sliders=int(cells[with_sliders].outputs[0]["data"]["text/plain"]),
        pictures=[(picture, _picture(cells[index])) for index, picture in before.items()],
        processor_seconds=float(cells[-1].outputs[0]["data"]["text/plain"]),
    )


def _cell(source: str) -> Any:
    return nbformat.v4.new_code_cell(source)


def _evaluation(text: str) -> Any:
    """Return a cell that prints what the marks of a text are computed to be."""
    texts = [f'f"""{mark[1]}"""' if mark[3] is None else f"str(bool({mark[3]}))" for mark in MARK.finditer(text)]
    return _cell(f"print(__import__('json').dumps([{', '.join(texts)}]))")


def _shows_slider(cell: Any) -> bool:
    return any("application/vnd.jupyter.widget-view+json" in each.get("data", {}) for each in cell.get("outputs", []))


def _picture(cell: Any) -> str:
    pictures = [each["data"]["image/png"] for each in cell.outputs if "image/png" in each.get("data", {})]
    return "".join(pictures)


def fill(file: Path, outcome: Outcome) -> None:
    """Write the computed values into the text of a notebook."""
    notebook = json.loads(file.read_text(encoding="utf-8"))
    values = iter(computed for _, computed in outcome.values)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = VALUE.sub(lambda mark: f"<!-- value: {mark[1]} -->{next(values)}<!-- / -->", source_of(cell))
            cell["source"] = text.splitlines(keepends=True)
    file.write_text(json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run notebooks, report wrong numbers and statements, and return 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m tools.run_notebooks")
    parser.add_argument("names", nargs="*", help="names of notebooks, such as 01_agent_based_model; default: all")
    parser.add_argument("--fill", action="store_true", help="write the computed values into the text")
    given = parser.parse_args(arguments)
    wrong = 0
    for file in [FOLDER / f"{name}.ipynb" for name in given.names] or sorted(FOLDER.glob("*.ipynb")):
        outcome = run(file, FOLDER)
        faults = [*outcome.wrong_values, *(f"not true: {each}" for each in outcome.false_statements)]
        print(f"{file.name}: {outcome.processor_seconds:.0f} s of a processor, {len(faults)} differences")
        print("".join(f"  {each}\n" for each in faults), end="")
        if given.fill:
            fill(file, outcome)
            faults = outcome.false_statements
        wrong += len(faults)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
