"""Screening: the numbers of a district that no output depends on.

Each number is changed alone, to a low and to a high value, around draws of the posterior. All evaluations use the
same random numbers, except those that measure the noise. The design is that of elementary effects (Morris 1991), with
one step to either end of the range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.statistics import t_interval
from takeup.district import District, Posterior, definition_of, definitions
from takeup.district.parameters import Parameter, Parameters
from takeup.errors import InputError
from takeup.message import Message
from takeup.months import parse_month
from takeup.report.formatting import PERCENT
from takeup.runs.journal import Entry
from takeup.simulation import first_slots
from takeup_calibration.evaluator import HISTORY_END, EvaluationSpec, Evaluator, OnStep, ignore_step, policy_names
from takeup_calibration.sensitivity.analysis import NOISE, SHARE, TooManyFailuresError
from takeup_calibration.targets import output_key

Kind = Literal["number", "merged", "together", "noise"]
"""What is changed: a number; all members of a parameter, to their mean; all negligible numbers; only the seed."""
Verdict = Literal["no effect", "negligible", "below noise", "undecided", "effect"]
VERDICTS: Final[dict[Verdict, str]] = {
    "no effect": "no output changed in any evaluation",
    "negligible": "for every output, the upper bound is below the tolerance",
    "below noise": "for every output, the upper bound is below the tolerance or the effect of another seed",
    "undecided": "the mean is below one of them for every output, but the upper bound is not",
    "effect": "the mean is above both for at least one output",
}
"""Verdicts and their meanings, from the smallest to the largest effect."""
NEGLIGIBLE_VERDICTS: Final[tuple[Verdict, ...]] = ("no effect", "negligible", "below noise")
"""Verdicts on changes that may be left out."""
STEPS: Final = ("all numbers", "numbers without a clear effect", "negligible numbers together")
"""Steps of a screening, as its progress names them."""
_EVERY, _UNCLEAR, _TOGETHER = STEPS
CAUSES: Final = ("qualified", "unaware", "lapsed")
"""Columns of the monthly table that are outputs, as shares of the residents in December 2018, in %."""
NEGLIGIBLE: Final = "all negligible"
"""Name of the change of all numbers that are negligible alone."""
QUANTILES: Final = (0.05, 0.95)
"""Ends of the range of a number with a posterior, as quantiles of its draws."""
RATIO: Final = 2.0
"""Ends of the range of any other number: its value divided and multiplied by this."""
STEP: Final = 0.1
"""Distance of these ends from a value of 0, as a share of the width of the number's range in parameters.toml."""
MIN_DRAWS: Final = 2
_FIRST_DRAWS: Final = 2
"""Number of draws around which every number is changed."""
_CLEAR: Final = 4.0
"""A number is changed around no further draw if its mean effect on an output is more than this many limits."""
_NOISE_PAIRS: Final = 4
"""Number of pairs of other seeds per draw. A pair takes the place of the two ends of a range."""
_TOGETHER_PAIRS: Final = 4
"""Number of random choices of ends per draw for the negligible numbers together, each with its opposite."""
_UPPER_CONFIDENCE: Final = 0.90
"""Confidence of the two-sided interval whose upper end is an upper 95 % bound."""


class Change(NamedTuple):
    """A change whose effect is estimated: its kind, and the name of a number, a parameter or a group."""

    kind: Kind
    name: str


class Effect(NamedTuple):
    """The effect of a change on an output.

    Attributes:
        change: the change.
        output: name of the output.
        draws: number of draws around which the effect was evaluated.
        mean: mean over the draws of the largest absolute difference, in percentage points.
        upper: upper 95 % bound of the mean over the posterior, by Student's t distribution; infinite for one draw.
        limit: effect below which the change is negligible for the output.
    """

    change: Change
    output: str
    draws: int
    mean: float
    upper: float
    limit: float


@dataclass(frozen=True)
class ScreeningDesign:
    """The evaluations of a screening.

    Attributes:
        district: the district.
        draws: draws of the posterior, by dotted name; every number is changed around the first two.
        posterior: digest of the file of the draws.
        ranges: low and high end of each number that can vary.
        fixed: numbers that cannot vary, because they are infinite or their range is a point.
        agents: number of simulated migrants per evaluation.
        seed: seed of the population and of all random draws.
        tolerance: effect that is negligible in any case, in percentage points.
        settings: parameter values set for all evaluations, by dotted name; these are not screened.
    """

    district: District
    draws: tuple[Mapping[str, float], ...]
    posterior: str
    ranges: Mapping[str, tuple[float, float]]
    fixed: tuple[str, ...]
    agents: int
    seed: int
    tolerance: float
    settings: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def changes(self) -> list[Change]:
        """The changes of single numbers, and of parameters to the mean of their members."""
        merged = [
            Change("merged", name)
            for name, definition in definitions().items()
            if definition.members and definition.absent is None and self.ranges.keys() >= set(definition.names)
        ]
        return [*(Change("number", name) for name in self.ranges), *merged]

    def base(self, draw: int) -> EvaluationSpec:
        """Return the evaluation of a draw without a change."""
        return self._spec(draw, {}, self.seed)

    def alternatives(self, change: Change, draw: int, members: Sequence[str] = ()) -> list[list[EvaluationSpec]]:
        """Return the evaluations of a change of a draw.

        Args:
            change: the change.
            draw: number of the draw, from 0.
            members: the numbers that a change of the kind "together" changes.

        Returns:
            Groups of evaluations. The effect is the mean over groups of the largest difference in a group.
        """
        values = {**self._numbers, **self.draws[draw]}
        if change.kind == "number":
            return [[self._spec(draw, {change.name: end}, self.seed) for end in self.ranges[change.name]]]
        if change.kind == "merged":
            tied = definitions()[change.name].names
            mean = math.fsum(values[name] for name in tied) / len(tied)
            return [[self._spec(draw, dict.fromkeys(tied, mean), self.seed)]]
        if change.kind == "noise":
            first = self.seed + 1 + 2 * _NOISE_PAIRS * draw
            return [
                [self._spec(draw, {}, seed) for seed in (first + 2 * pair, first + 2 * pair + 1)]
                for pair in range(_NOISE_PAIRS)
            ]
        ends = np.array([self.ranges[name] for name in members])
        chosen = np.random.default_rng([self.seed, draw]).integers(2, size=(_TOGETHER_PAIRS, len(ends)))
        return [
            [
                self._spec(
                    draw, dict(zip(members, ends[np.arange(len(ends)), high].tolist(), strict=True)), self.seed
                )
                for high in (highs, 1 - highs)
            ]
            for highs in chosen
        ]

    @cached_property
    def _numbers(self) -> dict[str, float]:
        return {entry.name: entry.value for entry in self.district.parameters}

    def _spec(self, draw: int, values: Mapping[str, float], seed: int) -> EvaluationSpec:
        month = parse_month(HISTORY_END)
        return EvaluationSpec(
            district=str(self.district.folder),
            digest=self.district.digest,
            parameters={**self.draws[draw], **self.settings, **values},
            seed=seed,
            agents=self.agents,
            windows=[(month, month)],
            names=("population", *CAUSES),
        )


@dataclass(frozen=True)
class ScreeningResult:
    """The result of a screening.

    Attributes:
        design: the design.
        effects: effects of the noise, of all changes, and of the negligible numbers together, on every output.
        verdicts: verdict on each change except the noise.
        evaluations: number of distinct evaluations.
        failed: number of failed evaluations.
        error: message of the first failed evaluation; None if none failed.
    """

    design: ScreeningDesign
    effects: list[Effect]
    verdicts: dict[Change, Verdict]
    evaluations: int
    failed: int
    error: str | None


def make_design(
    district: District,
    posterior: Posterior,
    count: int,
    agents: int,
    seed: int,
    tolerance: float,
    settings: Mapping[str, float] | None = None,
) -> ScreeningDesign:
    """Make the design of a screening.

    The draws are the first of a random order, so a design with more draws contains one with fewer.

    Args:
        district: the district, with the values of parameters.toml.
        posterior: posterior of its parameters.
        count: number of draws.
        agents: number of simulated migrants per evaluation.
        seed: seed of the choice of draws, of the population and of all random draws.
        tolerance: effect that is negligible in any case, in percentage points.
        settings: parameter values set for all evaluations, by dotted name; these are not screened.

    Raises:
        InputError: the posterior has fewer draws, the tolerance is not a positive number, or the migrants are too few
            for the largest number of contacts.
    """
    if not MIN_DRAWS <= count <= len(posterior.draws):
        raise InputError(
            "the number of draws is out of range",
            file=posterior.file,
            key="--rows",
            given=count,
            allowed=Message("{least} to {most} draws", least=MIN_DRAWS, most=len(posterior.draws)),
        )
    if not 0 < tolerance < math.inf:
        raise InputError(
            "the tolerance is not a positive number of points",
            key="--tolerance",
            given=tolerance,
            allowed="a number of percentage points above 0, such as 0.1",
        )
    settings = dict(settings or {})
    names = {member for name in settings for member in district.parameters.members(name)}
    ranges = screening_ranges(district.parameters, posterior)
    contacts = ranges.get("contacts")
    if contacts is not None and "contacts" not in names:
        try:
            first_slots(district, agents, int(contacts[1]))
        except InputError as error:
            raise error.at("--agents") from None
    order = np.random.default_rng(seed).permutation(len(posterior.draws))[:count].tolist()
    return ScreeningDesign(
        district,
        tuple(posterior.draws[row] for row in order),
        posterior.digest,
        {name: ends for name, ends in ranges.items() if ends is not None and name not in names},
        tuple(name for name, ends in ranges.items() if ends is None and name not in names),
        agents,
        seed,
        tolerance,
        settings,
    )


def screening_ranges(parameters: Parameters, posterior: Posterior) -> dict[str, tuple[float, float] | None]:
    """Return the low and high value of each number, and None for a number that cannot vary.

    A number that differs between the draws varies from the 5 % to the 95 % quantile of the draws. Any other number
    varies from half to twice its value, and from a value of 0 by a tenth of the range that parameters.toml states.
    All values are within that range.
    """
    ranges: dict[str, tuple[float, float] | None] = {}
    for entry in parameters:
        drawn = np.array([draw[entry.name] for draw in posterior.draws if entry.name in draw])
        if drawn.size and np.isfinite(drawn).all() and np.ptp(drawn) > 0:
            low, high = np.quantile(drawn, QUANTILES).tolist()
        else:
            low, high = _assumed_range(entry)
        ends = _allowed(low, entry), _allowed(high, entry)
        ranges[entry.name] = ends if all(math.isfinite(end) for end in ends) and ends[0] < ends[1] else None
    return ranges


def run(design: ScreeningDesign, evaluator: Evaluator, on_progress: OnStep = ignore_step) -> ScreeningResult:
    """Evaluate a design and give a verdict on each change.

    The noise is evaluated around all draws. The changes are evaluated around the first two draws, those without a
    clear effect around the others too, and last the negligible numbers together.

    Args:
        design: design to evaluate.
        evaluator: evaluator that runs the model, except where its journal has the result.
        on_progress: function called with the progress of each step.

    Raises:
        TooManyFailuresError: fewer than two draws have results without a change and with other seeds.
    """
    noise, every = Change("noise", NOISE), range(len(design.draws))
    outputs = _Outputs(design, evaluator, on_progress)
    first = [(change, draw) for change in design.changes for draw in every[:_FIRST_DRAWS]]
    outputs.evaluate(_EVERY, [*((noise, draw) for draw in every), *first])
    noise_effects = outputs.effects(noise)
    if (~np.isnan(noise_effects).any(axis=1)).sum() < MIN_DRAWS:
        raise TooManyFailuresError(
            Message(
                "fewer than {needed} of {draws} draws could be evaluated; {failed} of {all} evaluations failed, the "
                "first with the error {error}",
                needed=MIN_DRAWS,
                draws=len(design.draws),
                failed=len(outputs.errors),
                all=len(outputs.values),
                error=next(iter(outputs.errors.values()), None),
            )
        )
    limits = np.maximum(t_interval(noise_effects).center, design.tolerance)
    unclear = [change for change in design.changes if not _is_clear(outputs.effects(change), limits)]
    others = [(change, draw) for change in unclear for draw in every[_FIRST_DRAWS:]]
    outputs.evaluate(_UNCLEAR, others)
    estimates = {change: outputs.effects(change) for change in design.changes}
    verdicts = {change: _verdict(values, design.tolerance, limits) for change, values in estimates.items()}
    small = [change for change in design.changes if verdicts[change] in NEGLIGIBLE_VERDICTS]
    members = [change.name for change in small if change.kind == "number"]
    together = Change("together", NEGLIGIBLE)
    if members:
        outputs.evaluate(_TOGETHER, [(together, draw) for draw in every], members)
        estimates[together] = outputs.effects(together, members)
        verdicts[together] = _verdict(estimates[together], design.tolerance, limits)
    effects = [
        effect
        for change, values in {noise: noise_effects, **estimates}.items()
        for effect in _summarise(change, values, limits)
    ]
    errors = list(outputs.errors.values())
    return ScreeningResult(design, effects, verdicts, len(outputs.values), len(errors), errors[0] if errors else None)


def output_names() -> list[str]:
    """List the names of the outputs: `SHARE`, `CAUSES`, and "effect NAME" for each policy."""
    return [SHARE, *CAUSES, *(f"effect {name}" for name in policy_names())]


class _Outputs:
    """Outputs of evaluations by key, and the effects that follow from them."""

    def __init__(self, design: ScreeningDesign, evaluator: Evaluator, on_progress: OnStep) -> None:
        self.values: dict[str, NDArray[np.float64]] = {}
        self.errors: dict[str, str] = {}
        self._design, self._evaluator, self._on_progress = design, evaluator, on_progress

    def evaluate(self, step: str, changes: list[tuple[Change, int]], members: Sequence[str] = ()) -> None:
        """Evaluate changes of draws, and these draws without a change."""
        specs = [self._design.base(draw) for draw in sorted({draw for _, draw in changes})]
        for change, draw in changes:
            specs.extend(spec for group in self._design.alternatives(change, draw, members) for spec in group)
        entries = self._evaluator.evaluate(specs, lambda done, total: self._on_progress(step, done, total))
        for entry in entries:
            self.values[entry.key] = _output_values(entry)
            if entry.error is not None:
                self.errors[entry.key] = entry.error

    def effects(self, change: Change, members: Sequence[str] = ()) -> NDArray[np.float64]:
        """Return (draws, outputs) effects of a change; NaN where it was not evaluated, or an evaluation failed."""
        missing = np.full(len(output_names()), np.nan)
        rows = []
        for draw in range(len(self._design.draws)):
            base = self.values.get(self._design.base(draw).key, missing)
            groups = self._design.alternatives(change, draw, members)
            rows.append(
                np.mean(
                    [
                        np.max([np.abs(self.values.get(spec.key, missing) - base) for spec in group], axis=0)
                        for group in groups
                    ],
                    axis=0,
                )
            )
        return np.array(rows)


def _output_values(entry: Entry) -> NDArray[np.float64]:
    if entry.result is None:
        return np.full(len(output_names()), np.nan)
    month = parse_month(HISTORY_END)
    counts = {name: entry.result["windows"][output_key(month, month, name)] for name in ("population", *CAUSES)}
    return np.array(
        [
            entry.result["decembers"][HISTORY_END],
            *(PERCENT * counts[name] / counts["population"] for name in CAUSES),
            *(entry.result["effects"][name] for name in policy_names()),
        ]
    )


def _is_clear(effects: NDArray[np.float64], limits: NDArray[np.float64]) -> bool:
    """Return whether the mean effect on an output is far above its limit."""
    return bool((t_interval(effects).center > _CLEAR * limits).any())


def _verdict(effects: NDArray[np.float64], tolerance: float, limits: NDArray[np.float64]) -> Verdict:
    """Return the verdict on a change.

    Args:
        effects: (draws, outputs) effects; NaN where not evaluated.
        tolerance: effect that is negligible in any case.
        limits: (outputs,) the tolerance, or the noise if it is larger.
    """
    mean, upper = t_interval(effects).center, _upper_bound(effects)
    if (upper == 0.0).all():
        return "no effect"
    if (upper < tolerance).all():
        return "negligible"
    if (upper < limits).all():
        return "below noise"
    return "effect" if (mean >= limits).any() else "undecided"


def _upper_bound(effects: NDArray[np.float64]) -> NDArray[np.float64]:
    upper = t_interval(effects, _UPPER_CONFIDENCE).high
    return np.where(np.isnan(upper), np.inf, upper)


def _summarise(change: Change, effects: NDArray[np.float64], limits: NDArray[np.float64]) -> list[Effect]:
    means, uppers = t_interval(effects).center, _upper_bound(effects)
    counts = (~np.isnan(effects)).sum(axis=0)
    return [
        Effect(change, output, int(count), float(mean), float(upper), float(limit))
        for output, count, mean, upper, limit in zip(output_names(), counts, means, uppers, limits, strict=True)
    ]


def _assumed_range(entry: Parameter) -> tuple[float, float]:
    if entry.value == 0.0:
        step = STEP * (entry.high - entry.low)
        return -step, step
    low, high = sorted((entry.value / RATIO, entry.value * RATIO))
    return low, high


def _allowed(value: float, entry: Parameter) -> float:
    """Return the nearest value that the parameter may have."""
    definition = definition_of(entry.name)
    if definition.whole and math.isfinite(value):
        step = 2 if definition.even else 1
        value = float(step * round(value / step))
    return min(max(value, entry.low), entry.high)
