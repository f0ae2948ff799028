"""`takeup run` with several districts: checked, lived as a sweep, summed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from takeup.answers.province import Province, answered
from takeup.cli.province_files import write_province
from takeup.cli.requests import MOST_THREADS, show
from takeup.console import options
from takeup.console.manifest import command_line
from takeup.console.overriding import Overrides
from takeup.console.progress import progress
from takeup.district import load_district
from takeup.district.folders import district_folders
from takeup.errors import InputError
from takeup.experiment.executors import check_cluster
from takeup.experiment.journal import JOURNAL, Journal
from takeup.report.files import check_writable
from takeup.report.province import render_districts
from takeup.report.terminal import render_months
from takeup.scenario import load_scenario
from takeup.simulation import Engine

_MOST_AGENTS: Final = 2**31 - 1


def run_province(
    scenario: str,
    districts: Sequence[str],
    *,
    settings: Overrides,
    agents: int | None,
    seed: int,
    replicates: int,
    engine: Engine,
    threads: int,
    start: str,
    until: str,
    people: str | None,
    workers: int | None,
    cluster: str | None,
    out: Path | None,
    quiet: bool,
) -> None:
    """Run one scenario in several districts; stopped at any time, it goes on where it was.

    Args:
        scenario: its name or file.
        districts: as named, folders of districts among them.
        settings: overrides for all districts.
        agents: simulated migrants in all districts.
        seed, replicates, engine, threads, start, until, people, workers, cluster, out, quiet: as options.

    Raises:
        InputError: something asked for is wrong.
        RunError: a district failed, or the cluster is gone.
    """
    if people is not None:
        raise InputError("not with several districts", key="--people", given=people, allowed="a single --district")
    policy, folders = load_scenario(scenario), district_folders(districts)
    seed, replicates = options.seed_and_replicates(seed, replicates)
    if agents is not None:
        options.whole(agents, "--agents", len(folders), _MOST_AGENTS)
    settings.checked(load_district(folders[0]))
    with progress(f"Reading {len(folders):,} districts", len(folders), quiet=quiet) as read:
        province = Province.of(
            folders, policy, parameters=settings, seed=seed, replicates=replicates, agents=agents, engine=engine,
            threads=options.whole(threads, "--threads", 1, MOST_THREADS), start=start, until=until, on_read=read,
        )  # fmt: skip
    folder = out if out is not None else Path("results") / f"{policy.name}-{province.key}"
    check_writable(folder)
    check_cluster(cluster)
    count = options.worker_count(workers, len(folders) * replicates)
    journal = Journal(folder / JOURNAL)
    try:
        with progress(f"Living {len(folders):,} districts", province.migrant_months, quiet=quiet) as done:
            province.live(journal, workers=count, cluster=cluster, on_months=done)
        answer = answered(province, journal)
    finally:
        journal.close()
    write_province(folder, province, answer, command_line())
    if not quiet:
        show(render_months(answer.monthly))
        show(render_districts(answer.districts), folder)
