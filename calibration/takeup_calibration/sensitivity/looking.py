"""Living a design's rows, and what they say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np

from takeup.digest import code_digest
from takeup.district import District
from takeup.errors import RunError
from takeup.runs.journal import Entry, Journal
from takeup.runs.scheduler import Job, sweep
from takeup_calibration.dimensions import Dimension, dimensions_of, known, overrides
from takeup_calibration.lives import BRANCHES, HISTORY_END, Life, branch_names, live_row
from takeup_calibration.rows import DUMMY
from takeup_calibration.sensitivity.design import Design, Method, base_points, parted, range_of, trajectories
from takeup_calibration.sensitivity.indices import LEAST_BLOCKS, Index, indices_of, whole_blocks

SHARE = "valid_share"
"""The output that is no lever's effect: the share of valid permits in December 2018, in %."""
_MOST_AGAIN = 64
"""Blocks whose first row is lived again with other people and other luck."""
_LEAST_WHOLE = 0.5
"""Of the blocks: what is left of fewer is not what was asked for, if rows do not fail by chance alone."""


class TooFewRowsError(RunError):
    """So many rows failed that nothing can be said."""


def outputs() -> list[str]:
    """Names of the outputs: the valid share, and "effect …" of each lever."""
    return [SHARE, *(f"effect {lever}" for lever in branch_names())]


@dataclass(frozen=True)
class Look:
    """A design to be lived in a district.

    Attributes:
        district: the place.
        design: its points; the last column is the dummy's.
        agents: simulated migrants a row.
        seed: of the people and their luck, the same in all rows.
        settings: parameters set for all rows, which are not looked at.
    """

    district: District
    design: Design
    agents: int
    seed: int
    settings: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def dimensions(self) -> list[Dimension]:
        """What is not known; a column each, before the dummy's."""
        return dimensions_of(known(self.district.parameters, self.settings))

    @cached_property
    def jobs(self) -> list[Job[Life]]:
        """One a row, in order; rows that differ in the dummy alone are the same job."""
        return [self._job(row, self.seed) for row in range(len(self.design.uniforms))]

    @cached_property
    def again(self) -> list[Job[Life]]:
        """First rows of blocks with other people and other luck."""
        blocks = min(self.design.blocks, _MOST_AGAIN)
        return [self._job(block * self.design.block, self.seed + 1 + block) for block in range(blocks)]

    @cached_property
    def distinct(self) -> dict[str, Job[Life]]:
        """All jobs by key, each once."""
        return {job.key: job for job in [*self.jobs, *self.again]}

    def _job(self, row: int, seed: int) -> Job[Life]:
        uniforms = self.design.uniforms[row, :-1]
        point = np.array([float(each.quantile(u)) for each, u in zip(self.dimensions, uniforms, strict=True)])
        life = Life(
            district=str(self.district.folder),
            digest=self.district.digest,
            parameters=overrides(self.dimensions, point, self.district.parameters) | dict(self.settings),
            seed=seed,
            agents=self.agents,
            windows=[],
        )
        decides = json.dumps([code_digest(), _levers(), *life[1:]])
        return Job(hashlib.sha256(decides.encode()).hexdigest()[:24], life)


@dataclass(frozen=True)
class Seen:
    """What a look saw.

    Attributes:
        look: what was lived.
        indices: by output, index and parameter.
        blocks: trajectories or base points that count.
        failed: rows that did not live to the end.
        error: what the first of them ended with.
    """

    look: Look
    indices: list[Index]
    blocks: int
    failed: int
    error: str | None


def looks_at(
    district: District,
    method: Method,
    count: int,
    agents: int,
    seed: int,
    alone: list[str] | None = None,
    settings: Mapping[str, float] | None = None,
) -> Look:
    """A look at all unknowns of a district, and at a dummy that means nothing.

    Args:
        district: with priors in its parameters.
        method: "morris" or "sobol".
        count: trajectories or base points.
        agents: simulated migrants a row.
        seed: of the design, and of the people and their luck.
        alone: parameters with Sobol indices of their own; all if absent.
        settings: parameters set for all rows; they are no longer unknown.
    """
    settings = dict(settings or {})
    dimensions = dimensions_of(known(district.parameters, settings))
    names = [*(dimension.name for dimension in dimensions), DUMMY]
    if method == "morris":
        bounds = [*(range_of(dimension) for dimension in dimensions), (0.0, 1.0)]
        return Look(district, trajectories(names, bounds, count, seed), agents, seed, settings)
    parts = names if alone is None else parted(names, [*alone, DUMMY])
    return Look(district, base_points(names, parts, count, seed), agents, seed, settings)


def see(
    look: Look,
    journal: Journal,
    *,
    workers: int = 1,
    cluster: str | None = None,
    on_row: Callable[[int], None] = lambda _: None,
) -> Seen:
    """Live all rows that the journal does not hold yet, and work out the indices.

    Args:
        look: what is to be lived.
        journal: of all looks.
        workers, cluster: see `sweep`.
        on_row: called with the number of rows done so far.

    Raises:
        TooFewRowsError: fewer than two blocks, or than half of them, are without failed rows.
    """
    done = len(look.distinct.keys() & journal.keys())
    on_row(done)

    def note(_: Entry) -> None:
        nonlocal done
        done += 1
        on_row(done)

    sweep(live_row, look.distinct.values(), journal, workers=workers, cluster=cluster, on_entry=note)
    entries = {entry.key: entry for entry in journal if entry.key in look.distinct}
    errors = [entries[key].error for key in look.distinct if entries[key].error is not None]
    lived = np.array([_values(entries[job.key]) for job in look.jobs])
    again = np.full((look.design.blocks, lived.shape[1]), np.nan)
    again[: len(look.again)] = [_values(entries[job.key]) for job in look.again]
    blocks = whole_blocks(look.design, lived[:, 0])
    first = errors[0] if errors else None
    if blocks < max(LEAST_BLOCKS, _LEAST_WHOLE * look.design.blocks):
        raise TooFewRowsError(f"{len(errors)} of {len(look.distinct)} rows failed, the first with: {first}")
    indices = [
        index
        for column, output in enumerate(outputs())
        for index in indices_of(look.design, output, lived[:, column], again[:, column])
    ]
    return Seen(look, indices, blocks, len(errors), first)


def _values(entry: Entry) -> list[float]:
    if entry.result is None:
        return [np.nan] * len(outputs())
    return [entry.result["decembers"][HISTORY_END], *(entry.result["effects"][lever] for lever in branch_names())]


@cache
def _levers() -> tuple[str, ...]:
    """What the levers' scenario files say."""
    return tuple((BRANCHES / f"{lever}.toml").read_text(encoding="utf-8") for lever in branch_names())
