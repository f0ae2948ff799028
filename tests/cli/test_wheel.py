"""An installed wheel works in an environment and a folder without the repository."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = ("--agents", "2000", "--workers", "1", "--quiet")
MONTHS = ("--from", "2018-10", "--until", "2019-06")
"""The policy begins within these months."""
TARGETS = """\
[[target]]
name = "take_up"
expression = "valid / population"
month = "2010-12"
value = 0.05
tolerance = 0.02
status = "assumed"
source = "a test"
local = true
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, and the libraries, but not the editable install, of this one."""
    wheels, folder = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("environment")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    build = ("--no-build-isolation",) if importlib.util.find_spec("hatchling") else ()  # which needs the network
    subprocess.run([*pip, "wheel", "--quiet", "--no-deps", *build, "-w", wheels, REPOSITORY], check=True)
    venv.create(folder, with_pip=False)
    (wheel,) = wheels.glob("takeup-*.whl")
    python = folder / "bin" / "python"
    subprocess.run([*pip, "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    (packages,) = (folder / "lib").glob("python*/site-packages")
    libraries = [path for path in sys.path if Path(path).name == "site-packages"]
    # Lines of a .pth file are only appended to the path: the editable install's own .pth in there is not read.
    (packages / "libraries.pth").write_text("\n".join(libraries), encoding="utf-8")
    return folder


def takeup(environment: Path, folder: Path, *arguments: str) -> str:
    """Run the installed command in the folder and return what it printed."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [environment / "bin" / "takeup", *arguments],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def test_the_environment_has_the_wheel_and_not_the_repository(environment: Path, tmp_path: Path) -> None:
    program = "import takeup, takeup_calibration; print(takeup.__file__, takeup_calibration.__file__, sep='\\n')"
    done = subprocess.run(
        [environment / "bin" / "python", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert all(Path(line).is_relative_to(environment) for line in done.stdout.splitlines())


def test_commands_of_the_wheel_run_in_an_empty_folder(environment: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        return takeup(environment, tmp_path, *arguments)

    listed = run("list")
    for scenario in (REPOSITORY / "scenarios").glob("*.toml"):
        assert scenario.stem in listed
    run("demo", "--quiet")
    assert (tmp_path / "results" / "demo" / "take_up.png").is_file()
    run("compare", "publicity", *MONTHS, "--replicates", "2", "--out", "compared", *SMALL)
    assert (tmp_path / "compared" / "report.html").is_file()
    run("compare", "publicity", *MONTHS, "--replicates", "2", "--out", "zh", "--language", "zh", *SMALL)
    assert "居住证" in (tmp_path / "zh" / "report.zh.html").read_text(encoding="utf-8")
    run("why", "--month", "2010-06", "--until", "2010-08", "--removed-from", "2010-07", "--out", "why", *SMALL)
    assert (tmp_path / "why" / "manifest.json").is_file()
    run("scenario", "new", "mine")
    run("check", "mine.toml")
    run("district", "new", "place")
    run("check", "place")


def test_the_wheel_calibrates(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "targets.toml").write_text(TARGETS, encoding="utf-8")
    size = ("--rows", "4", "--waves", "1", "--draws", "5", "--confirm", "0", "--agents", "1600")
    takeup(
        environment,
        tmp_path,
        "calibrate",
        "template",
        "--targets",
        "targets.toml",
        *size,
        "--workers",
        "1",
        "--quiet",
    )
    assert (tmp_path / "results" / "calibrate-template" / "posterior.parquet").is_file()
