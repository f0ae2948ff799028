"""A province on two Dask workers, one of them killed in the middle: the results are those of an undisturbed run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.runs.commands import dask_cluster, done, entries, kill, results, started, wait_until

DISTRICTS = 16
MIN_ENTRIES = 3
"""Districts after which a worker is killed."""
RUN = (
    "run", "baseline", "--district", "province", "--from", "2010-01", "--until", "2019-12", "--out", "out", "--quiet",
)  # fmt: skip


def write_inputs(folder: Path) -> Path:
    """A folder with an invented province in it."""
    folder.mkdir(parents=True, exist_ok=True)
    made = ("--count", str(DISTRICTS), "--population", "160000", "--seed", "3", "--out", "province", "--quiet")
    assert done(folder, "district", "synthesise", *made) == (0, "")
    return folder


def without_command(files: dict[str, bytes]) -> dict[str, bytes]:
    """Without the line that repeats the command: it names the workers or the cluster."""
    lines = files["manifest.json"].split(b"\n")
    return files | {"manifest.json": b"\n".join(line for line in lines if b'"command"' not in line)}


@pytest.mark.cluster
def test_a_worker_killed_in_the_middle_of_a_province_changes_no_bit(tmp_path: Path) -> None:
    alone, together = write_inputs(tmp_path / "alone"), write_inputs(tmp_path / "together")
    assert done(alone, *RUN, "--workers", "1") == (0, "")
    assert entries(alone) == DISTRICTS
    with dask_cluster(tmp_path, workers=2) as (address, workers):
        command = started(together, *RUN, "--cluster", address)
        wait_until(lambda: entries(together) >= MIN_ENTRIES)
        kill(workers[0])
        at_the_kill = entries(together)
        _, stderr = command.communicate()
    assert (command.returncode, stderr) == (0, "")
    assert MIN_ENTRIES <= at_the_kill < DISTRICTS
    assert entries(together) == DISTRICTS
    assert without_command(results(together)) == without_command(results(alone))
    districts = pd.read_csv(together / "out" / "districts.csv")
    assert districts[districts["month"] == "2019-12"]["persons"].sum() == 160_000
