"""`takeup check`: every kind of file in a district's folder, alone or with the others."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from takeup.cli import check
from takeup.district import SHIPPED
from tests.cli.conftest import Command

BESIDE = (
    "calibrated.toml",
    "targets.toml",
    "plan.toml",
    "measures.toml",
    "posterior.parquet",
    "tiles.toml",
    "targets_interval.toml",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of Liwan's folder, beside a calibration that reads targets."""
    joined = EntryPoints([EntryPoint("targets.toml", "takeup_calibration.targets:count_targets", "takeup.checks")])
    monkeypatch.setattr(check, "entry_points", joined.select)
    return Path(shutil.copytree(SHIPPED / "liwan", tmp_path / "place"))


def test_a_folder_is_checked_with_all_that_lies_in_it(command: Command, folder: Path) -> None:
    result = command("check", "place")
    assert result.status == 0, result.err
    for name in BESIDE:
        assert f"  {name}: valid (" in result.out
    assert {file.name for file in folder.iterdir()} == {
        "population.toml",
        "parameters.toml",
        "rules.toml",
        "calibration.json",
        *BESIDE,
    }


@pytest.mark.parametrize("name", [*BESIDE, "rules.toml"])
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "within its folder"])
def test_an_invalid_file_is_reported_by_name(command: Command, folder: Path, name: str, alone: bool) -> None:
    (folder / name).write_text("rubbish")
    result = command("check", f"place/{name}" if alone else "place")
    assert result.status == 2
    assert name in result.err
    assert "title" not in result.err


def test_further_files_of_targets_are_checked_too(command: Command, folder: Path) -> None:
    target = (folder / "targets.toml").read_text(encoding="utf-8").split("[[target]]")[1]
    (folder / "targets_other.toml").write_text(f'extends = "targets.toml"\n[[target]]{target}', encoding="utf-8")
    for argument in ("place", "place/targets_other.toml"):
        result = command("check", argument)
        assert result.status == 0, result.err
        assert "targets_other.toml: valid (" in result.out
    (folder / "targets_other.toml").write_text('extends = "other.toml"\n' + f"[[target]]{target}", encoding="utf-8")
    for argument in ("place", "place/targets_other.toml"):
        assert "no such file to extend" in command("check", argument).err


@pytest.mark.parametrize("name", BESIDE)
def test_a_file_alone_is_known_by_its_name(command: Command, folder: Path, name: str) -> None:
    result = command("check", f"place/{name}")
    assert result.status == 0, result.err
    assert f"place/{name}: valid (" in result.out


def test_every_wrong_file_of_a_folder_is_reported(command: Command, folder: Path) -> None:
    for name in BESIDE[2:]:
        (folder / name).write_text("rubbish")
    result = command("check", "place")
    assert result.status == 2
    assert result.err.count("\n") == len(BESIDE) - 2
    for name in BESIDE[2:]:
        assert name in result.err


def test_a_file_of_no_folder_is_checked_against_the_district(command: Command, folder: Path) -> None:
    (folder / "tiles.toml").rename(folder.parent / "tiles.toml")
    assert command("check", "tiles.toml").status == 0
    assert "tiles.toml" in command("check", "tiles.toml", "--district", "template").err


def test_targets_are_not_called_right_where_nothing_reads_them(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "entry_points", lambda **_: EntryPoints())
    result = command("check", str(folder / "targets.toml"))
    assert (result.status, "not checked" in result.out, "right" in result.out) == (0, True, False)


@pytest.mark.parametrize("name", ["plan.toml", "tiles.toml", "calibrated.toml"])
def test_checking_does_not_wait_for_what_lives_months_and_draws_figures(name: str) -> None:
    program = (
        "import sys\nfrom takeup.cli.app import exit_code_of\n"
        f"status = exit_code_of(['check', {str(SHIPPED / 'liwan' / name)!r}])\n"
        "sys.exit(status or ' '.join({'mesa', 'numba', 'pandas', 'matplotlib'} & set(sys.modules)) or None)"
    )
    completed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr


@pytest.mark.parametrize("arguments", [("check",), ("run", "--agents", "2000", "--until", "2010-03")])
def test_an_intervention_that_changes_nothing_is_warned_of(command: Command, arguments: tuple[str, ...]) -> None:
    table = '[[intervention]]\nlever = "trips"\nadd = {}\nfrom = "2010-02"\n'
    for amount, warned in ((0, True), (1, False)):
        Path("own.toml").write_text(f'title = "Own"\nsource = "a test"\n{table.format(amount)}', encoding="utf-8")
        result = command(arguments[0], "own.toml", *arguments[1:])
        assert result.status == 0, result.err
        assert ("intervention 1, add: the intervention changes nothing" in result.err) is warned
