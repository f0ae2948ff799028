"""One draw of the posterior: a history, and at its end every finding's set-up with the same people and luck."""

from __future__ import annotations

import gc
import hashlib
import json
import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

from takeup.answers.validation.findings import SCENARIOS, SetUp
from takeup.answers.validation.messages import messages
from takeup.answers.validation.peers import peer_effect
from takeup.answers.validation.quantities import QUANTITIES
from takeup.answers.validation.regimes import changes, counts, mandatory
from takeup.answers.validation.willingness import willingness
from takeup.district import District, load_district
from takeup.errors import InputError
from takeup.experiment.code import code_digest
from takeup.experiment.sweep import Job
from takeup.months import START
from takeup.simulation import PermitModel


class Life(NamedTuple):
    """What a worker needs to live a draw.

    Attributes:
        district, digest: its folder, and the state it must be in.
        until: last month of the history, YYYY-MM.
        set_up: the numbers of the set-ups.
        parameters: overrides by dotted name.
        seed: of the people, their luck and their arms.
        agents: simulated migrants at the most.
    """

    district: str
    digest: str
    until: str
    set_up: SetUp
    parameters: dict[str, float]
    seed: int
    agents: int

    def job(self) -> Job[Life]:
        """The draw under a key made of all that decides its numbers."""
        decides = [
            code_digest(),
            _scenarios(),
            self.digest,
            self.until,
            [[name, setting["value"]] for name, setting in self.set_up.model_dump().items()],
            sorted(self.parameters.items()),
            self.seed,
            self.agents,
        ]
        return Job(hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:24], self)


def live(life: Life) -> dict[str, float | None]:
    """Live a draw.

    Returns:
        Every quantity of `QUANTITIES`; None where there is none.
    """
    district = PermitModel(
        _place(life.district, life.digest), None, life.agents, rng=life.seed, parameters=life.parameters, start=START
    )
    district.run_until(life.until)
    found = {
        **messages(district, life.set_up),
        "peer_effect": peer_effect(district, life.set_up),
        **willingness(district),
        **changes(district, life.set_up),
        **counts(district, life.set_up),
        **mandatory(district, life.set_up),
    }
    gc.collect()  # a Mesa model refers to itself: the worlds of many draws would wait, and a worker's memory grow
    return {name: found[name] if math.isfinite(found[name]) else None for name in QUANTITIES}


@cache
def _scenarios() -> str:
    """A hash of the files that set the studies up."""
    digest = hashlib.sha256()
    for file in sorted(SCENARIOS.glob("*.toml")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _place(folder: str, digest: str) -> District:
    district = load_district(Path(folder))
    if district.digest != digest:
        raise InputError("not the files that the draws were begun with", file=folder)
    return district
