"""What is asked: for whom, when, with which obstacles, how often; checked before anything is lived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from takeup.answers.runs import Runs
from takeup.answers.why.lives import Life, live
from takeup.answers.why.obstacles import Obstacles
from takeup.district import District
from takeup.errors import InputError
from takeup.months import START, month_name, month_number
from takeup.scenario import Scenario, Timeline
from takeup.simulation import Engine, street_blocks

OVERRIDDEN = "set for this run"


class Question(Runs[Life]):
    """Why the others have no permit, and what keeps them from it."""

    live = staticmethod(live)

    @staticmethod
    def of(
        district: District,
        scenario: Scenario,
        obstacles: Obstacles | None,
        *,
        month: str,
        until: str,
        parameters: Mapping[str, float],
        draws: list[dict[str, float]],
        seed: int,
        replicates: int,
        agents: int,
        engine: Engine,
        threads: int,
    ) -> Question:
        """The question that the options make.

        Args:
            district: the place.
            scenario: the policy the funnel is of.
            obstacles: to be removed; None: the funnel alone.
            month: of the funnel.
            until: of the comparison with obstacles removed.
            parameters: overrides for all runs, also over the draws.
            draws: of the posterior, one run each; none: replicates.
            seed: run r has seed + r.
            replicates: how many, without draws.
            agents: simulated migrants at the most.
            engine, threads: how months are lived.

        Raises:
            InputError: something does not fit.
        """
        _check_months(month, until, obstacles)
        runs = [{**draw, **parameters} for draw in draws] or [dict(parameters)] * replicates
        lives = tuple(
            Life(
                str(district.folder), district.digest, scenario, obstacles, values, seed + run, agents, month, until,
                engine, threads,
            )
            for run, values in enumerate(runs)
        )  # fmt: skip
        question = Question(district, lives, drawn=bool(draws))
        question._check(parameters)
        return question

    @property
    def scenario(self) -> Scenario:
        """The policy the funnel is of."""
        return self.lives[0].scenario

    @property
    def obstacles(self) -> Obstacles | None:
        """The obstacles to be removed."""
        return self.lives[0].obstacles

    def _check(self, overrides: Mapping[str, float]) -> None:
        """Try the first run's combinations, and in every other run all obstacles at once.

        Under a draw what is added or multiplied stops at the end of a lever's range; under what the user overrides it
        has to fit.
        """
        overridden = replace(self.district, parameters=self.district.parameters.override(overrides, OVERRIDDEN))
        for policy in self._policies():
            Timeline(policy, overridden)
        for number, life in enumerate(self.lives):
            values = self.district.parameters.override(life.parameters, OVERRIDDEN)
            street_blocks(self.district, life.agents, int(values.number("contacts")))
            policies = self._policies()
            for policy in policies if number == 0 else (policies[0], policies[-1]):
                Timeline(policy, self.district, values)

    def _policies(self) -> list[Scenario]:
        """The policy with all obstacles in place, then with every combination of them removed, all of them last."""
        if self.obstacles is None:
            return [self.scenario]
        removals = range(1, self.obstacles.combinations)
        return [self.scenario, *(self.obstacles.removed(self.scenario, removal) for removal in removals)]


def _check_months(month: str, until: str, obstacles: Obstacles | None) -> None:
    if month_number(month) < month_number(START):
        raise InputError("before there is a permit", key="--month", given=month, allowed=f"{START} or later")
    if obstacles is None:
        return
    first = month_name(obstacles.removed_from)
    if obstacles.removed_from < month_number(START):
        raise InputError("before there is a permit", key="--removed-from", given=first, allowed=f"{START} or later")
    if month_number(until) < obstacles.removed_from:
        raise InputError("obstacles are not removed by then", key="--until", given=until, allowed=f"{first} or later")
