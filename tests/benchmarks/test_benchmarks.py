"""The benchmarks run in their smallest form, and their results reach the documentation. No test measures time."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.clock import Seconds, median_ratio
from benchmarks.commands import rows_per_second
from benchmarks.months import MonthTimes, plan_of
from benchmarks.results import RESULTS
from benchmarks.same_results.files import compare_folders
from benchmarks.tables import PAGE, fill_tables
from benchmarks.trees import REPOSITORY, Tree

in_a_checkout = pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="revisions need the repository of git")

SMALL = [
    pytest.param(("months",), id="months", marks=pytest.mark.slow),
    pytest.param(("commands", "--only", "help", "check"), id="commands"),
    pytest.param(("compare", "HEAD", "--only", "help"), id="compare", marks=in_a_checkout),
    pytest.param(("scale",), id="scale", marks=pytest.mark.slow),
    pytest.param(("breakdown",), id="breakdown", marks=pytest.mark.slow),
    pytest.param(("ensemble",), id="ensemble", marks=pytest.mark.slow),
    pytest.param(("province",), id="province", marks=pytest.mark.cluster),
    pytest.param(("commands",), id="all-commands", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("arguments", SMALL)
def test_the_smallest_form_of_a_benchmark_fills_its_table(arguments: tuple[str, ...], tmp_path: Path) -> None:
    stored = {file: file.read_bytes() for file in RESULTS.glob("*")}
    assert main([*arguments, "--quick", "--out", str(tmp_path)]) == 0
    name = arguments[0]
    result = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert {"revision", "machine"} <= result.keys()
    assert {"processor", "cores", "vector_bits", "load_at_start", "load_at_end"} <= result["machine"].keys()
    page = fill_tables(PAGE.read_text(encoding="utf-8"), tmp_path)
    begin, end = (page.index(mark) for mark in (f"<!-- {name} -->", f"<!-- end of {name} -->"))
    table = page[begin:end]
    assert f"Revision `{result['revision']}`" in table
    assert "-bit vectors" in table
    assert "\n|---|" in table
    assert {file: file.read_bytes() for file in RESULTS.glob("*")} == stored


def test_the_tables_of_the_page_are_those_of_the_stored_results() -> None:
    assert main(["table", "--check"]) == 0, "run: python -m benchmarks table"


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(SystemExit, match="<!-- scale -->"):
        fill_tables(PAGE.read_text(encoding="utf-8").replace("<!-- scale -->", ""))


def test_a_part_of_a_benchmark_is_not_stored(capsys: pytest.CaptureFixture[str]) -> None:
    stored = {file: file.read_bytes() for file in RESULTS.glob("*")}
    assert main(["commands", "--only", "help", "--rounds", "1"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["commands"]] == ["help"]
    assert {file: file.read_bytes() for file in RESULTS.glob("*")} == stored


@pytest.mark.parametrize(
    "arguments", [["compare", "no-such-revision"], ["compare", "HEAD", "--only", "nothing"], ["same-results"]]
)
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_the_fixed_cost_is_what_the_migrants_do_not_explain() -> None:
    plan = plan_of(quick=False)
    times = MonthTimes(plan)
    for size in plan.sizes:
        times.months[size] = [1e-4 + 2e-8 * size, 2e-4 + 3e-8 * size]
    assert times.fixed_ms == pytest.approx(0.1)
    assert times.ns_per_migrant(plan.full) == pytest.approx(20 + 1e5 / plan.full)


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    assert median_ratio([1, 20, 3], [2, 10, 1]) == 2.0  # the ratio of the medians would be 1.5


def test_rows_per_second_exclude_the_start_and_the_report() -> None:
    times = {"calibrate_small": [Seconds(5.0 + 32 / 4, 0.0)], "calibrate_large": [Seconds(5.0 + 256 / 4, 0.0)]}
    assert rows_per_second(times, quick=False) == 4.0


def test_a_tree_uses_its_own_packages_and_plug_ins(tmp_path: Path) -> None:
    package = tmp_path / "model" / "takeup"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "cli.py").write_text(
        "import sys\nfrom importlib.metadata import entry_points\n"
        "def main():\n"
        "    print(__file__, sys.argv[1:], *(each.value for each in entry_points(group='takeup.commands')))\n",
        encoding="utf-8",
    )
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "takeup"\nversion = "9"\n[project.entry-points."takeup.commands"]\nown = "takeup:own"\n',
        encoding="utf-8",
    )
    tree = Tree.of("own", tmp_path, tmp_path / "metadata")
    printed = subprocess.run(
        tree.takeup("run", "x"), env=tree.environment, cwd=os.sep, capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == [str(package / "cli.py"), "['run',", "'x']", "takeup:own"]


def test_a_difference_of_results_names_the_file_and_the_column(tmp_path: Path) -> None:
    for name, value in (("other", 1), ("here", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.csv").write_text("a\n1\n", encoding="utf-8")
        (tmp_path / name / "table.csv").write_text(f"a,b\n1,{value}\n", encoding="utf-8")
    (difference,) = compare_folders("run", tmp_path / "other", tmp_path / "here")
    assert (difference.file, difference.place, difference.reason) == ("table.csv", "b", None)
