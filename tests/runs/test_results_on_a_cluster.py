"""Results of runs on a Dask cluster are byte-identical to those of a single process."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from takeup.runs.executors import make_executor
from tests.analysis.plans import HEAD, option
from tests.runs.commands import dask_cluster, done, entries, results, write_inputs

HERE = ("--district", "template", "--agents", "1600", "--out", "out", "--quiet")
COMMANDS = {
    "trial": ("trial", "leaflets", *HERE, "--from", "2018-01", "--until", "2019-06", "--replicates", "3"),
    "why": (
        "why",
        *HERE,
        "--month",
        "2010-03",
        "--removed-from",
        "2010-02",
        "--until",
        "2010-04",
        "--replicates",
        "2",
    ),
    "plan": ("plan", *HERE, "--plan", "some.plan.toml", "--budget", "300", "--until", "2010-09", "--replicates", "3"),
}
PLAN = HEAD + option("letters", "publicity", few=("add = 0.05", 100), many=("add = 0.3", 200))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with one worker."""
    with dask_cluster(tmp_path_factory.mktemp("cluster"), workers=1) as (address, _):
        yield address


def without_command(files: dict[str, bytes]) -> dict[str, bytes]:
    """Without the line that repeats the command: it names the cluster."""
    lines = files["manifest.json"].split(b"\n")
    return files | {"manifest.json": b"\n".join(line for line in lines if b'"command"' not in line)}


@pytest.mark.cluster
@pytest.mark.parametrize("name", COMMANDS)
def test_an_answer_found_on_a_cluster_is_that_of_one_process(name: str, cluster: str, tmp_path: Path) -> None:
    alone, together = write_inputs(tmp_path / "alone"), write_inputs(tmp_path / "together")
    for folder in (alone, together):
        (folder / "some.plan.toml").write_text(PLAN)
    assert done(alone, *COMMANDS[name], "--workers", "1") == (0, "")
    assert done(together, *COMMANDS[name], "--cluster", cluster) == (0, "")
    assert entries(together) == entries(alone) > 0
    assert without_command(results(together)) == without_command(results(alone))


@pytest.mark.cluster
def test_callbacks_that_fail_on_a_lost_connection_print_nothing(
    cluster: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A lost connection is reported once, as an error of the command, and Tornado would add a traceback."""
    executor = make_executor(1, cluster, in_threads=False)
    logging.getLogger("tornado.application").error("Exception in callback")
    executor.stop()
    assert not caplog.records
    assert capsys.readouterr().err == ""
