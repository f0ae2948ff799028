"""What is to be lived: every draw once, with the candidates' outputs seen and every scenario tried."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from takeup.digest import code_digest
from takeup.district import District, Posterior
from takeup.errors import InputError
from takeup.months import END, format_month, parse_month
from takeup.runs.scheduler import Job
from takeup.scenario import Scenario, Timeline, load_scenario
from takeup_calibration.lives import BRANCHES, HISTORY_END, Life, branch_names, live_row
from takeup_calibration.value.candidates import Candidate

FEWEST_DRAWS: Final = 20
"""From fewer no regression learns anything."""
MOST_TWICE: Final = 20
"""Draws that are lived with a second seed, to tell chance from parameters: enough for the standard deviation of
chance to be known within a sixth.
"""


class Branched(NamedTuple):
    """What a worker needs.

    Attributes:
        life: the history.
        scenarios: to be branched into from its end.
    """

    life: Life
    scenarios: tuple[Scenario, ...]


def live_branched(branched: Branched) -> dict[str, dict[str, float]]:
    """Live a draw, see `live_row`."""
    return live_row(branched.life, branched.scenarios)


@dataclass(frozen=True)
class Plan:
    """A choice to be made, and what might be known before.

    Attributes:
        district: the place.
        draws: parameters by dotted name, alike probable.
        posterior: a hash of the file they are from.
        scenarios: to choose between.
        candidates: figures that could be collected.
        agents: simulated migrants a draw.
        seed: the first draw's; each has one of its own.
    """

    district: District
    draws: tuple[dict[str, float], ...]
    posterior: str
    scenarios: tuple[Scenario, ...]
    candidates: tuple[Candidate, ...]
    agents: int
    seed: int

    @staticmethod
    def of(
        district: District,
        posterior: Posterior,
        draws: int | None,
        scenarios: tuple[Scenario, ...],
        candidates: tuple[Candidate, ...],
        agents: int,
        seed: int,
    ) -> Plan:
        """The plan that the options make.

        Raises:
            InputError: there are too few draws, or the scenarios are no choice or do not fit the district.
        """
        count = len(posterior.draws) if draws is None else draws
        if count < FEWEST_DRAWS:
            raise InputError("too few draws", key="--draws", given=count, allowed=f"{FEWEST_DRAWS} or more")
        plan = Plan(district, tuple(posterior.thinned(count)), posterior.digest, scenarios, candidates, agents, seed)
        if len(set(plan.kinds)) < FEWEST_DRAWS:
            raise InputError(
                "too few draws that differ",
                file=posterior.file,
                given=len(set(plan.kinds)),
                allowed=f"{FEWEST_DRAWS} or more",
            )
        _check(district, scenarios)
        return plan

    @cached_property
    def kinds(self) -> list[int]:
        """Of each draw, a number that it shares with the draws that are the same."""
        numbers: dict[str, int] = {}
        return [numbers.setdefault(json.dumps(draw, sort_keys=True), len(numbers)) for draw in self.draws]

    @cached_property
    def jobs(self) -> list[Job[Branched]]:
        """One a draw, in order."""
        return [self._job(draw, self.seed + number) for number, draw in enumerate(self.draws)]

    @cached_property
    def again(self) -> list[Job[Branched]]:
        """The first draws with other people and other luck."""
        first = self.seed + len(self.draws)
        return [self._job(draw, first + number) for number, draw in enumerate(self.draws[:MOST_TWICE])]

    def _job(self, draw: dict[str, float], seed: int) -> Job[Branched]:
        life = Life(
            district=str(self.district.folder),
            digest=self.district.digest,
            parameters=draw,
            seed=seed,
            agents=self.agents,
            windows=sorted({(candidate.first, candidate.last) for candidate in self.candidates}),
        )
        said = [[each.name, *(s.intervention.model_dump_json() for s in each.stated)] for each in self.scenarios]
        decides = json.dumps([code_digest(), said, *life[1:]])
        return Job(hashlib.sha256(decides.encode()).hexdigest()[:24], Branched(life, self.scenarios))


def usual_scenarios() -> tuple[Scenario, ...]:
    """The calibration's levers, one at a time.

    One that holds others whole is left out: where nothing costs anything, it is always chosen.
    """
    levers = [load_scenario(BRANCHES / f"{name}.toml") for name in branch_names()]
    acts = {each.name: {s.intervention.model_dump_json() for s in each.stated} for each in levers}
    return tuple(each for each in levers if not any(acts[each.name] > other for other in acts.values()))


def _check(district: District, scenarios: tuple[Scenario, ...]) -> None:
    """What fits the district's own values fits every draw: there a lever stops at the end of its range."""
    names = [each.name for each in scenarios]
    if len(set(names)) < len(names) or len(names) < 2:
        raise InputError(
            "no choice", key="SCENARIO", given=", ".join(names), allowed="two or more of different names"
        )
    for scenario in scenarios:
        if scenario.first is not None and not parse_month(HISTORY_END) < scenario.first <= parse_month(END):
            raise InputError(
                f"the scenario {scenario.name} acts outside the years of the choice",
                given=format_month(scenario.first),
                allowed=f"from after {HISTORY_END} to {END}",
            )
        Timeline(scenario, district)
