"""What is to be tried: one trial a replicate or a draw, checked before anything is lived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from takeup.answers.runs import Runs
from takeup.answers.trial.design import Design
from takeup.answers.trial.enrolling import treated_streets
from takeup.answers.trial.lives import Life, live
from takeup.chance import FOR_LIFE, TRIAL, start_of
from takeup.district import District
from takeup.scenario import Scenario, Timeline
from takeup.simulation import Engine, street_blocks

OVERRIDDEN = "set for this run"


class Plan(Runs[Life]):
    """Trials of one design."""

    live = staticmethod(live)

    @staticmethod
    def of(
        district: District,
        scenario: Scenario,
        design: Design,
        *,
        start: str,
        agents: int,
        seed: int,
        replicates: int = 1,
        parameters: Mapping[str, float] | None = None,
        draws: Sequence[Mapping[str, float]] = (),
        engine: Engine = "compiled",
        threads: int = 1,
    ) -> Plan:
        """The plan that the options make.

        Args:
            district: the place.
            scenario: what is tried.
            design: of the trial.
            start: first month of the history.
            agents: simulated migrants at the most.
            seed: trial r has seed + r.
            replicates: how many trials, without draws.
            parameters: overrides for all trials, also over the draws.
            draws: of the posterior, a trial each; none: replicates.
            engine, threads: how they are lived; the results do not depend on them.

        Raises:
            InputError: something does not fit.
        """
        set_for_all = dict(parameters or {})
        runs = [{**draw, **set_for_all} for draw in draws] or [set_for_all] * replicates
        # under a draw what is added stops at the end of a lever's range; under what the user overrides it has to fit
        Timeline(scenario, replace(district, parameters=district.parameters.override(set_for_all, OVERRIDDEN)))
        for values in runs:
            known = district.parameters.override(values, OVERRIDDEN)
            street_blocks(district, agents, int(known.number("contacts")))
            Timeline(scenario, district, known)
        if design.unit == "street":
            treated_streets(start_of(seed, FOR_LIFE, TRIAL), design.share, len(district.streets))
        lives = tuple(
            Life(
                str(district.folder), district.digest, scenario, design, values, seed + run, agents, start, engine,
                threads,
            )
            for run, values in enumerate(runs)
        )  # fmt: skip
        return Plan(district, lives, drawn=bool(draws))

    @property
    def scenario(self) -> Scenario:
        """What is tried."""
        return self.lives[0].scenario

    @property
    def design(self) -> Design:
        """Of the trials."""
        return self.lives[0].design
