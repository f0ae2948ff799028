"""Ctrl-C, writes that are interrupted, clocks that jump, two commands that write to one folder."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from takeup.cli.app import INTERRUPTED, exit_code_of
from takeup.district import SHIPPED
from takeup.io import write_whole
from takeup.report.results_folder import MANIFEST, results_writer
from tests.runs.commands import SWEEP, TASKS, children, done, entries, interruptible, wait_until, write_inputs
from tests.runs.commands import results as left_by

MIN_ENTRIES = 3
MAX_SHUTDOWN_SECONDS = 2.0
RUN = (
    "run",
    "leaflets",
    "--district",
    "template",
    "--agents",
    "1500",
    "--from",
    "2018-03",
    "--until",
    "2018-08",
    "--out",
    "out",
    "--quiet",
)


def begun(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """As the installed command begins, in a group of processes of its own, as a terminal makes one."""
    command = [sys.executable, "-c", "from takeup.cli import main; main()", *arguments]
    with interruptible():
        return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True)


def interrupt(command: subprocess.Popen[str]) -> tuple[int, str, float]:
    """Ctrl-C; its exit code, what it said, and processor-independent seconds until it was gone."""
    began = time.monotonic()
    os.killpg(command.pid, signal.SIGINT)
    _, stderr = command.communicate()
    return command.returncode, stderr, time.monotonic() - began


def patience() -> float:
    """The seconds that are allowed, more where the machine has more to do than processors."""
    lately, now = os.getloadavg()[0], int(Path("/proc/loadavg").read_text(encoding="utf-8").split()[3].split("/")[0])
    return MAX_SHUTDOWN_SECONDS * max(1.0, max(lately, now) / (os.cpu_count() or 1))


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_a_sweep_at_once_and_the_same_command_resumes_it(tmp_path: Path, workers: str) -> None:
    folder = write_inputs(tmp_path)
    command = begun(folder, *SWEEP, "--workers", workers)
    wait_until(lambda: entries(folder) >= MIN_ENTRIES)
    begun_by_it = children(command.pid)
    status, stderr, seconds = interrupt(command)
    assert (status, stderr) == (INTERRUPTED, "takeup: interrupted\n")
    assert seconds < patience()
    assert not left_by(folder)
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in begun_by_it))
    kept = entries(folder)
    assert MIN_ENTRIES <= kept < TASKS
    assert done(folder, *SWEEP, "--workers", "1") == (0, "")
    assert entries(folder) == TASKS
    assert MANIFEST in left_by(folder)


VALIDATE = ("validate", "--district", "template", "--posterior", "posterior.parquet", "--draws", "20", "--agents",
            "1500", "--out", "out", "--quiet")  # fmt: skip
PROVINCE = ("run", "leaflets", "--district", "province", "--agents", "3000", "--replicates", "20", "--out", "out",
            "--quiet")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("arguments", [VALIDATE, PROVINCE], ids=lambda arguments: arguments[0])
def test_ctrl_c_ends_other_sweeps_at_once_too(tmp_path: Path, arguments: tuple[str, ...], workers: str) -> None:
    folder = write_inputs(tmp_path)
    for name in ("one", "another"):
        shutil.copytree(SHIPPED / "template", folder / "province" / name)
    command = begun(folder, *arguments, "--workers", workers)
    wait_until(lambda: entries(folder) >= 1 or command.poll() is not None)
    begun_by_it = children(command.pid)
    status, stderr, seconds = interrupt(command)
    assert (status, stderr) == (INTERRUPTED, "takeup: interrupted\n")
    assert seconds < patience()
    assert not left_by(folder)
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in begun_by_it))


@pytest.mark.parametrize("moment", [0.2, 0.5, 1.0])
def test_ctrl_c_while_the_command_is_still_being_loaded_leaves_no_trace(tmp_path: Path, moment: float) -> None:
    command = begun(write_inputs(tmp_path), *RUN)
    time.sleep(moment)
    status, stderr, seconds = interrupt(command)
    assert status in {INTERRUPTED, -signal.SIGINT}  # the latter is Python's own, before it has come to the command
    assert stderr in {"", "takeup: interrupted\n"}
    assert seconds < patience()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("handler", "ends"), [("default_int_handler", True), ("SIG_IGN", False)])
def test_ctrl_c_ends_a_process_whose_imports_suppress_it(handler: str, ends: bool) -> None:
    """Unless the process ignores Ctrl-C."""
    source = f"""
import os, signal
from takeup.cli import ended_by_ctrl_c
signal.signal(signal.SIGINT, signal.{handler})
with ended_by_ctrl_c():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        pass
assert signal.getsignal(signal.SIGINT) is signal.{handler}
"""
    ended = subprocess.run([sys.executable, "-c", source], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT if ends else 0, "")


@pytest.mark.slow
def test_an_interrupted_write_leaves_only_complete_files_and_no_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that already holds the results of another run, whose manifest would speak of the wrong files."""
    monkeypatch.chdir(write_inputs(tmp_path))
    assert exit_code_of([*RUN, "--seed", "2"]) == 0
    earlier = left_by(tmp_path)
    assert exit_code_of([*RUN[:-2], "aside", "--quiet"]) == 0
    wanted = {file.name: file.read_bytes() for file in (tmp_path / "aside").iterdir() if "journal" not in file.name}
    really = Path.replace
    for number in range(len(wanted)):
        count = itertools.count()

        def replace(self: Path, target: Path, count: itertools.count[int] = count, at: int = number) -> Path:
            if next(count) == at:
                raise KeyboardInterrupt
            return really(self, target)

        monkeypatch.setattr(Path, "replace", replace)
        assert exit_code_of(list(RUN)) == INTERRUPTED
        monkeypatch.setattr(Path, "replace", really)
        files = left_by(tmp_path)
        assert MANIFEST not in files
        assert set(files) == set(earlier) - {MANIFEST}
        # Of a manifest and a summary the command alone differs: it names the folder.
        assert all(content in {wanted[name], earlier[name]} for name, content in files.items())
    assert exit_code_of(list(RUN)) == 0
    assert set(left_by(tmp_path)) == set(wanted)


def test_two_commands_write_to_one_folder_one_after_the_other(tmp_path: Path) -> None:
    """Whatever each writes is of one command; the other waits."""
    order: list[str] = []

    @results_writer
    def write(folder: Path, name: str) -> dict[str, str]:
        order.append(f"{name} begins")
        time.sleep(0.3)
        for file in ("a", "b"):
            write_whole(folder / file, name)
        order.append(f"{name} ends")
        return {"name": name}

    threads = [threading.Thread(target=write, args=(tmp_path / "out", name)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = order[0].split()[0], order[2].split()[0]
    assert order == [f"{first} begins", f"{first} ends", f"{second} begins", f"{second} ends"]
    assert {(tmp_path / "out" / file).read_text(encoding="utf-8") for file in ("a", "b")} == {second}
    assert json.loads((tmp_path / "out" / MANIFEST).read_text(encoding="utf-8"))["name"] == second


@pytest.mark.slow
def test_a_clock_that_jumps_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Back by decades and forth again, with every look."""
    monkeypatch.chdir(write_inputs(tmp_path))
    assert exit_code_of([*RUN[:-2], "aside", "--quiet"]) == 0
    chosen = random.Random(1)
    monkeypatch.setattr(time, "time", lambda: chosen.uniform(0.0, 4e9))
    monkeypatch.setattr(time, "time_ns", lambda: chosen.randrange(4 * 10**18))
    assert exit_code_of(list(RUN)) == 0
    for name, content in left_by(tmp_path).items():
        assert (tmp_path / "aside" / name).read_bytes() == content, name
