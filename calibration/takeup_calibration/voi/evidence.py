"""Evidence for the value of information: benefits and observable values by draw.

The model is run once per draw, records the outputs that the candidates depend on, and branches into every scenario.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from takeup.district import District, Posterior
from takeup.errors import InputError, RunError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.limits import Yuan, check_names
from takeup.message import Message
from takeup.months import END, format_month, parse_month
from takeup.runs.journal import Entry
from takeup.scenario import Scenario, Timeline
from takeup_calibration.evaluator import HISTORY_END, EvaluationSpec, Evaluator, Output, load_policies
from takeup_calibration.targets import Quantity

CANDIDATES: Final = Path(__file__).resolve().parents[1] / "candidates.toml"
"""File of the shipped candidates."""
POINTS: Final = "points"
POINTS_PER_MILLION: Final = "points per million yuan"
MIN_DRAWS: Final = 20
"""Number of distinct draws below which no regression is possible."""
MAX_REPEATED: Final = 20
"""Maximal number of draws that are simulated with a second seed to estimate the Monte Carlo noise. With 20 draws, the
standard error of its standard deviation is a sixth.
"""
_MILLION: Final = 1e6
_MAX_SAMPLE: Final = 10_000_000


class InsufficientDrawsError(RunError):
    """Too many draws failed for an estimate."""


class Candidate(Quantity):
    """A candidate observation: a quantity that could be observed before the choice.

    Attributes:
        title: short description.
        sample: size of the sample of persons or files, if the quantity is a share of these; otherwise None.
        error: standard deviation of the observation; None if there is a sample.
        unit: unit of the error; None if there is a sample.
        cost_cny: cost of the observation in yuan; None if unknown.
        status: kind of evidence for sample, error and cost, such as "assumed".
        source: source of sample, error and cost, as text.
    """

    latest: ClassVar[str] = HISTORY_END
    out_of_range: ClassVar[Message] = Message("the month is not within the period before the scenarios begin")

    title: str = Field(min_length=1, max_length=80)
    sample: int | None = Field(default=None, ge=1, le=_MAX_SAMPLE)
    error: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    unit: str | None = Field(default=None, min_length=1)
    cost_cny: Yuan | None = None

    @model_validator(mode="after")
    def _check_error(self) -> Self:
        """Check that there is either a sample or a standard error with its unit."""
        if (self.sample is None) == (self.error is None):
            raise InputError(
                'the candidate has neither "sample" nor "error"'
                if self.sample is None
                else 'the candidate has both "sample" and "error"',
                allowed="exactly one of sample and error",
            )
        if (self.error is None) != (self.unit is None):
            raise InputError(
                'the candidate has "error", but no "unit"'
                if self.unit is None
                else 'the candidate has "sample" and "unit", but a sample has no unit',
                key="unit",
                given=self.unit,
                allowed="error with unit, or sample without unit",
            )
        return self

    def simulate_data(self, true_values: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
        """Simulate observations: binomial for a sample, normal for a standard error.

        Args:
            true_values: (N,) true value under each draw; a share if there is a sample.
            generator: random generator of the observation errors.

        Returns:
            (N,) observations.
        """
        if self.sample is not None:
            return np.asarray(generator.binomial(self.sample, true_values) / self.sample)
        error = 0.0 if self.error is None else self.error
        return true_values + error * generator.standard_normal(len(true_values))


class _File(StrictModel):
    candidate: list[Candidate] = Field(min_length=1, max_length=100)


def read_candidates(file: Path) -> tuple[Candidate, ...]:
    """Read the candidate observations from a file.

    Raises:
        InputError: a candidate is invalid (it has neither a sample size nor a standard error, for example), or two
            candidates have the same name.
    """
    candidates = parse_model(_File, read_toml(file), file=file).candidate
    check_names([each.name for each in candidates], "candidate", file=file)
    return tuple(candidates)


@dataclass(frozen=True)
class VOIDesign:
    """A choice between scenarios, and the candidates that could be observed before it.

    Attributes:
        district: district for which a scenario is chosen.
        draws: equally probable parameter values, by dotted name.
        posterior: digest of the file of the draws.
        scenarios: scenarios to choose between.
        candidates: candidate observations.
        agents: number of simulated migrants per draw.
        seed: seed of the first draw; the seed of each further draw is higher by 1.
    """

    district: District
    draws: tuple[dict[str, float], ...]
    posterior: str
    scenarios: tuple[Scenario, ...]
    candidates: tuple[Candidate, ...]
    agents: int
    seed: int

    @cached_property
    def draw_ids(self) -> list[int]:
        """One number per draw, which is equal for draws with equal parameters of the model.

        The numbers of measures are ignored: `Posterior` draws them separately for each draw.
        """
        ids: dict[str, int] = {}
        measures = self.district.parameters.measures
        parameters = [{name: draw[name] for name in draw if name not in measures} for draw in self.draws]
        return [ids.setdefault(json.dumps(each, sort_keys=True), len(ids)) for each in parameters]

    @cached_property
    def specs(self) -> list[EvaluationSpec]:
        """One evaluation per draw, in order."""
        return [self._spec(draw, self.seed + number) for number, draw in enumerate(self.draws)]

    @cached_property
    def reruns(self) -> list[EvaluationSpec]:
        """Second evaluations of the first draws, with other seeds."""
        first = self.seed + len(self.draws)
        return [self._spec(draw, first + number) for number, draw in enumerate(self.draws[:MAX_REPEATED])]

    def _spec(self, draw: dict[str, float], seed: int) -> EvaluationSpec:
        return EvaluationSpec(
            district=str(self.district.folder),
            digest=self.district.digest,
            parameters=draw,
            seed=seed,
            agents=self.agents,
            windows=sorted({window for candidate in self.candidates for window in candidate.windows}),
            scenarios=self.scenarios,
        )


def make_design(
    district: District,
    posterior: Posterior,
    draws: int | None,
    scenarios: tuple[Scenario, ...],
    candidates: tuple[Candidate, ...],
    agents: int,
    seed: int,
) -> VOIDesign:
    """Make a design from the options of `takeup voi`.

    Args:
        district: district for which a scenario is chosen.
        posterior: posterior of the district's parameters.
        draws: number of draws used; None for all.
        scenarios: scenarios to choose between.
        candidates: candidate observations.
        agents: number of simulated migrants per draw.
        seed: seed of the first draw.

    Raises:
        InputError: there are too few draws or scenarios, or a scenario does not fit the district.
    """
    count = len(posterior.draws) if draws is None else draws
    allowed = Message("{number} or more", number=MIN_DRAWS)
    if count < MIN_DRAWS and draws is None:
        raise InputError("the posterior has too few draws for a regression", given=count, allowed=allowed)
    if count < MIN_DRAWS:
        raise InputError(
            "the number of draws is too small for a regression", key="--draws", given=count, allowed=allowed
        )
    selected = tuple(posterior.thinned(count))
    design = VOIDesign(district, selected, posterior.digest, scenarios, candidates, agents, seed)
    distinct = len(set(design.draw_ids))
    if distinct < MIN_DRAWS:
        raise InputError(
            "the posterior has too few distinct draws", file=posterior.file, given=distinct, allowed=allowed
        )
    _check_scenarios(district, scenarios)
    return design


def default_scenarios() -> tuple[Scenario, ...]:
    """Return the policies of the calibration, except those that contain another one.

    A policy that contains another one would always be chosen, because these policies have no costs.
    """
    policies = load_policies()
    contents = {each.name: {s.intervention.model_dump_json() for s in each.stated} for each in policies}
    return tuple(each for each in policies if not any(contents[each.name] > other for other in contents.values()))


@dataclass(frozen=True)
class Evidence:
    """The benefits of K scenarios and the true values of C candidates under N draws.

    Attributes:
        scenarios: names of the scenarios.
        candidates: candidate observations.
        unit: unit of the benefits.
        benefits: (N, K) benefit of each scenario under each draw.
        truths: (N, C) true value of each candidate under each draw.
        draw_ids: (N,) numbers that are equal for draws with equal parameters of the model.
        repeated: (M,) indices of the draws that were simulated a second time.
        repeated_benefits: (M, K) benefits under these draws with another seed.
        failed: number of excluded draws.
        error: reason for the exclusion of the first excluded draw; None if no draw is excluded.
    """

    scenarios: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    unit: str
    benefits: NDArray[np.float64]
    truths: NDArray[np.float64]
    draw_ids: NDArray[np.int64]
    repeated: NDArray[np.int64]
    repeated_benefits: NDArray[np.float64]
    failed: int = 0
    error: str | None = None


def collect_evidence(
    design: VOIDesign, evaluator: Evaluator, on_progress: Callable[[int], None] = lambda _: None
) -> Evidence:
    """Evaluate a design, and compute the benefits and true values under each draw.

    Args:
        design: design to evaluate.
        evaluator: evaluator that runs the model, except where its journal has the result.
        on_progress: function called with the number of finished evaluations.

    Raises:
        InputError: the quantity of a candidate with a sample is not between 0 and 1.
        InsufficientDrawsError: fewer than `MIN_DRAWS` distinct draws could be evaluated.
    """
    entries = evaluator.evaluate([*design.specs, *design.reruns], lambda done, _: on_progress(done))
    names = [scenario.name for scenario in design.scenarios]
    outputs: list[Output | None] = [entry.result for entry in entries]
    effects = _table(outputs, names, "effects")
    costs = _table(outputs, names, "costs") / _MILLION
    has_costs = bool((costs[~np.isnan(costs)] > 0).all())
    benefits = effects / costs if has_costs else effects
    count, candidates, draw_ids = len(design.draws), design.candidates, np.array(design.draw_ids)
    truths = np.array(
        [
            [np.nan if output is None else candidate.predict(output["windows"]) for candidate in candidates]
            for output in outputs[:count]
        ]
    )
    _check_shares(candidates, truths)
    kept = ~(np.isnan(benefits[:count]).any(axis=1) | np.isnan(truths).any(axis=1))
    failed, error = count - int(kept.sum()), _first_error(candidates, entries[:count], truths)
    distinct = len(set(draw_ids[kept].tolist()))
    if distinct < MIN_DRAWS:
        raise InsufficientDrawsError(
            Message(
                "only {number} distinct draws could be evaluated, and {needed} are needed; {failed} of {all} draws "
                "are excluded, the first because of the error {error}",
                number=distinct,
                needed=MIN_DRAWS,
                failed=failed,
                all=count,
                error=error,
            )
        )
    rerun_benefits = benefits[count:]
    repeated = np.flatnonzero(kept[: len(rerun_benefits)] & ~np.isnan(rerun_benefits).any(axis=1))
    return Evidence(
        tuple(names),
        candidates,
        POINTS_PER_MILLION if has_costs else POINTS,
        benefits[:count][kept],
        truths[kept],
        draw_ids[kept],
        (np.cumsum(kept) - 1)[repeated],
        rerun_benefits[repeated],
        failed,
        error,
    )


def _check_scenarios(district: District, scenarios: tuple[Scenario, ...]) -> None:
    """Check that the scenarios have different names, and valid dates and levers."""
    names = [scenario.name for scenario in scenarios]
    if len(set(names)) < len(names) or len(names) < 2:
        raise InputError(
            "the scenarios are not two or more different ones",
            key="SCENARIO",
            given=", ".join(names),
            allowed="two or more scenarios with different names",
        )
    for scenario in scenarios:
        for first in sorted(stated.intervention.first for stated in scenario.stated):
            if not parse_month(HISTORY_END) < first <= parse_month(END):
                raise InputError(
                    Message(
                        "the first intervention of the scenario {scenario} is outside the compared period",
                        scenario=scenario.name,
                    )
                    if first == scenario.first
                    else Message(
                        "a later intervention of the scenario {scenario} is outside the compared period",
                        scenario=scenario.name,
                    ),
                    key="from",
                    given=format_month(first),
                    allowed=Message("{first} to {last}", first=format_month(parse_month(HISTORY_END) + 1), last=END),
                )
        # Checked with the district's own values only: under other draws, levers are clipped to their ranges.
        Timeline(scenario, district)


def _table(outputs: list[Output | None], names: list[str], kind: str) -> NDArray[np.float64]:
    """Return (N, K) outputs of one kind by scenario; NaN if the evaluation failed."""
    return np.array([[np.nan if output is None else output[kind][name] for name in names] for output in outputs])


def _check_shares(candidates: tuple[Candidate, ...], truths: NDArray[np.float64]) -> None:
    for column, candidate in enumerate(candidates):
        known = truths[~np.isnan(truths[:, column]), column]
        invalid = known[(known < 0) | (known > 1)]
        if candidate.sample is not None and invalid.size:
            raise InputError(
                "the expression of a candidate with a sample is not a share",
                key=f"{candidate.name}, expression",
                given=Message(
                    "{expression} = {value:.3g} in a draw", expression=candidate.expression.text, value=invalid[0]
                ),
                allowed="a value from 0 to 1 in every draw",
            )


def _first_error(candidates: tuple[Candidate, ...], entries: list[Entry], truths: NDArray[np.float64]) -> str | None:
    for entry, row in zip(entries, truths, strict=True):
        if entry.error is not None:
            return entry.error
        for candidate, truth in zip(candidates, row, strict=True):
            if np.isnan(truth):
                return f"division by 0 in {candidate.name}"
    return None
