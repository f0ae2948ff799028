"""Sensitivity analysis: samples of the prior, and Morris and Sobol indices.

A sample consists of blocks of points. A block of the Morris method is a trajectory, in which one parameter after the
other changes once. A block of Saltelli's scheme, called a base point, consists of two points and, for each group of
parameters, of the first point with the values of that group from the second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from SALib.analyze import morris as salib_morris_analysis
from SALib.analyze import sobol as salib_sobol_analysis
from SALib.sample import morris as salib_morris_sample
from SALib.sample import sobol as salib_sobol_sample
from scipy.special import ndtri

from takeup.district import District
from takeup.errors import RunError
from takeup.message import Message
from takeup.report.i18n import Language
from takeup.runs.journal import Entry
from takeup_calibration.evaluator import HISTORY_END, EvaluationSpec, Evaluator, policy_names
from takeup_calibration.priors import DUMMY, Dimension, fix_parameters, parameter_values, prior_dimensions

Method = Literal["morris", "sobol"]
SHARE: Final = "valid_share"
"""Name of the output that is not a policy effect: the share of valid permits in December 2018, in %."""
OTHERS: Final = "all others"
"""Name of the group of all parameters without separate indices."""
NOISE: Final = "chance"
"""Name of the index of the Monte Carlo noise between seeds, which is reported like that of a parameter."""
CONFIDENCE: Final = 0.95
INDICES: Final[dict[Method, tuple[str, str]]] = {"morris": ("mu_star", "sigma"), "sobol": ("ST", "S1")}
"""Indices of each method, the measure of overall importance first."""
_LEVELS: Final = 4
"""Number of levels of the Morris grid: the prior's ends and two between (Morris 1991; Campolongo et al. 2007)."""
_NORMAL_ENDS: Final = (0.025, 0.975)
"""Cumulative probabilities of a normal prior's `low` and `high`."""
_MIN_BLOCKS: Final = 2
_MIN_COMPLETE: Final = 0.5
"""Minimal share of blocks without a failed evaluation. With fewer, these blocks may not represent the prior."""
_MAX_RERUNS: Final = 64
"""Maximal number of blocks whose first point is evaluated again with another seed."""
_INFLUENTIAL_FROM: Final = 0.25
"""Share of the largest index. A parameter whose intervals all end below it gets no separate Sobol indices."""
_RESAMPLES, _SIGMA_RESAMPLES = 1_000, 200
_HALF_WIDTH: Final = float(ndtri(0.5 + CONFIDENCE / 2))

_Estimates = dict[tuple[str, str], tuple[float, float]]
"""Value and half width of the interval, by (index, parameter)."""


class TooManyFailuresError(RunError):
    """Too many evaluations failed for an estimate."""


@dataclass(frozen=True)
class Sample:
    """A sample of the prior: points ordered by block.

    Attributes:
        method: method that the sample is designed for.
        names: names of the D columns.
        groups: (D,) group of each column; indices are estimated by group.
        bounds: (D, 2) lowest and highest prior probability of each column.
        uniforms: (N, D) cumulative prior probabilities of the points.
        seed: seed of the points and of the bootstrap.
    """

    method: Method
    names: tuple[str, ...]
    groups: tuple[str, ...]
    bounds: tuple[tuple[float, float], ...]
    uniforms: NDArray[np.float64]
    seed: int

    @property
    def distinct_groups(self) -> list[str]:
        """The distinct groups, in the order of the columns."""
        return list(dict.fromkeys(self.groups))

    @property
    def block_size(self) -> int:
        """Number of points per block."""
        return len(self.distinct_groups) + (1 if self.method == "morris" else 2)

    @property
    def blocks(self) -> int:
        """Number of blocks: trajectories or base points."""
        return len(self.uniforms) // self.block_size

    @property
    def problem(self) -> dict[str, Any]:
        """The sample as a SALib problem."""
        return _problem(self.names, self.groups, self.bounds)


@dataclass(frozen=True)
class Index:
    """A sensitivity index with its interval.

    Attributes:
        method: method of the estimate.
        output: name of the output.
        parameter: name of a parameter or a group, the dummy, or `NOISE`.
        index: "mu_star" or "sigma", in the output's unit, or "S1" or "ST", as shares of the output's variance.
        value: estimate, resolved or not.
        low, high: ends of the 95 % interval, 1.96 bootstrap standard deviations below and above the estimate.
    """

    method: Method
    output: str
    parameter: str
    index: str
    value: float
    low: float
    high: float

    @property
    def resolved(self) -> bool:
        """Whether the interval is no wider than the index, so that the index is reported."""
        return math.isfinite(self.value) and self.high - self.low <= abs(self.value)


@dataclass(frozen=True)
class SensitivityDesign:
    """The evaluations of a sensitivity analysis of a district.

    Attributes:
        district: district of which at least one parameter has a prior.
        sample: sample of the prior; the last column is the dummy's.
        agents: number of simulated migrants per evaluation.
        seed: seed of the population and of all random draws, the same for all points.
        settings: parameter values set for all points, by dotted name; these parameters are not analysed.
    """

    district: District
    sample: Sample
    agents: int
    seed: int
    settings: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def dimensions(self) -> list[Dimension]:
        """The uncertain dimensions, one per column of the sample except the dummy's."""
        return prior_dimensions(fix_parameters(self.district.parameters, self.settings))

    @cached_property
    def specs(self) -> list[EvaluationSpec]:
        """One evaluation per design point, in order, without the dummy parameter."""
        return [self._spec(point, self.seed) for point in range(len(self.sample.uniforms))]

    @cached_property
    def reruns(self) -> list[EvaluationSpec]:
        """Second evaluations of the first points of blocks, with other seeds."""
        blocks = min(self.sample.blocks, _MAX_RERUNS)
        return [self._spec(block * self.sample.block_size, self.seed + 1 + block) for block in range(blocks)]

    @cached_property
    def keys(self) -> set[str]:
        """Journal keys of all distinct evaluations."""
        return {spec.key for spec in [*self.specs, *self.reruns]}

    def _spec(self, index: int, seed: int) -> EvaluationSpec:
        uniforms = self.sample.uniforms[index, :-1]
        point = np.array(
            [float(each.quantile(uniform)) for each, uniform in zip(self.dimensions, uniforms, strict=True)]
        )
        return EvaluationSpec(
            district=str(self.district.folder),
            digest=self.district.digest,
            parameters=parameter_values(self.dimensions, point, self.district.parameters) | dict(self.settings),
            seed=seed,
            agents=self.agents,
            windows=[],
        )


@dataclass(frozen=True)
class SensitivityResult:
    """The result of a sensitivity analysis with one method.

    Attributes:
        design: design that was evaluated.
        indices: indices, ordered by output, index and parameter.
        blocks: number of blocks without a failed evaluation.
        failed: number of failed evaluations.
        error: message of the first failed evaluation; None if none failed.
    """

    design: SensitivityDesign
    indices: list[Index]
    blocks: int
    failed: int
    error: str | None


def make_design(
    district: District,
    method: Method,
    count: int,
    agents: int,
    seed: int,
    separate: list[str] | None = None,
    settings: Mapping[str, float] | None = None,
) -> SensitivityDesign:
    """Make a design of a district's uncertain parameters and a dummy.

    Args:
        district: district of which at least one parameter has a prior.
        method: "morris" or "sobol".
        count: number of trajectories or base points.
        agents: number of simulated migrants per evaluation.
        seed: seed of the sample, of the population and of all random draws.
        separate: names of the parameters with separate Sobol indices; None for all.
        settings: parameter values set for all points, by dotted name; these parameters are not analysed.
    """
    settings = dict(settings or {})
    dimensions = prior_dimensions(fix_parameters(district.parameters, settings))
    names = [*(dimension.name for dimension in dimensions), DUMMY]
    if method == "morris":
        bounds = [*(morris_range(dimension) for dimension in dimensions), (0.0, 1.0)]
        return SensitivityDesign(district, morris_sample(names, bounds, count, seed), agents, seed, settings)
    groups = names if separate is None else grouped(names, [*separate, DUMMY])
    return SensitivityDesign(district, saltelli_sample(names, groups, count, seed), agents, seed, settings)


def run(
    design: SensitivityDesign, evaluator: Evaluator, on_progress: Callable[[int], None] = lambda _: None
) -> SensitivityResult:
    """Evaluate a design and estimate its sensitivity indices.

    Args:
        design: design to evaluate.
        evaluator: evaluator that runs the model, except where its journal has the result.
        on_progress: function called with the number of finished evaluations.

    Raises:
        TooManyFailuresError: fewer than two blocks, or fewer than half of the blocks, are complete.
    """
    entries = evaluator.evaluate([*design.specs, *design.reruns], lambda done, _: on_progress(done))
    errors = list({entry.key: entry.error for entry in entries if entry.error is not None}.values())
    count, sample = len(design.specs), design.sample
    values = np.array([_output_values(entry) for entry in entries[:count]])
    rerun_values = np.full((sample.blocks, values.shape[1]), np.nan)
    rerun_values[: len(design.reruns)] = [_output_values(entry) for entry in entries[count:]]
    blocks = complete_blocks(sample, values[:, 0])
    first = errors[0] if errors else None
    needed = max(_MIN_BLOCKS, math.ceil(_MIN_COMPLETE * sample.blocks))
    if blocks < needed:
        raise TooManyFailuresError(
            Message(
                "only {complete} of {blocks} blocks of evaluations are complete, and {needed} are needed; {failed} "
                "of {all} evaluations failed, the first with the error {error}",
                complete=blocks,
                blocks=sample.blocks,
                needed=needed,
                failed=len(errors),
                all=len(design.keys),
                error=first,
            )
        )
    indices = [
        index
        for column, output in enumerate(output_names())
        for index in estimate_indices(sample, output, values[:, column], rerun_values[:, column])
    ]
    return SensitivityResult(design, indices, blocks, len(errors), first)


def output_names() -> list[str]:
    """List the names of the outputs: `SHARE`, and "effect NAME" for each policy."""
    return [SHARE, *(f"effect {name}" for name in policy_names())]


def morris_sample(names: Sequence[str], bounds: Sequence[tuple[float, float]], count: int, seed: int) -> Sample:
    """Draw random Morris trajectories through all parameters.

    Args:
        names: names of the D parameters.
        bounds: (D, 2) cumulative prior probabilities at the ends of each parameter's range.
        count: number of trajectories, of D + 1 points each.
        seed: seed of the trajectories.
    """
    uniforms = salib_morris_sample.sample(_problem(names, names, bounds), count, num_levels=_LEVELS, seed=seed)
    return Sample("morris", tuple(names), tuple(names), tuple(bounds), np.asarray(uniforms), seed)


def saltelli_sample(names: Sequence[str], groups: Sequence[str], count: int, seed: int) -> Sample:
    """Draw the points of Saltelli's scheme for Sobol indices (Saltelli et al. 2010).

    Args:
        names: names of the D parameters.
        groups: (D,) group of each parameter; there are G groups.
        count: number of base points, a power of two, of G + 2 points each.
        seed: seed of the scrambled Sobol sequence.
    """
    bounds = [(0.0, 1.0)] * len(names)
    problem = _problem(names, groups, bounds)
    uniforms = salib_sobol_sample.sample(problem, count, calc_second_order=False, seed=seed)
    return Sample("sobol", tuple(names), tuple(groups), tuple(bounds), np.asarray(uniforms), seed)


def morris_range(dimension: Dimension) -> tuple[float, float]:
    """Return the range of a parameter in Morris trajectories, as cumulative prior probabilities."""
    return _NORMAL_ENDS if dimension.prior.shape == "normal" else (0.0, 1.0)


def grouped(names: Sequence[str], separate: Sequence[str]) -> list[str]:
    """Return the group of each name: the name itself if separate, otherwise `OTHERS`."""
    return [name if name in separate else OTHERS for name in names]


def complete_blocks(sample: Sample, values: NDArray[np.float64]) -> int:
    """Return the number of blocks without a missing value."""
    return int((~np.isnan(values.reshape(sample.blocks, sample.block_size)).any(axis=1)).sum())


def estimate_indices(
    sample: Sample, output: str, values: NDArray[np.float64], rerun_values: NDArray[np.float64]
) -> list[Index]:
    """Estimate the indices of each group, and of the noise, from the complete blocks.

    Args:
        sample: sample that was evaluated.
        output: name of the output.
        values: (N,) values of the output; NaN if the evaluation failed.
        rerun_values: (blocks,) values at the first point of each block with another seed; NaN if not evaluated.
    """
    blocks = values.reshape(sample.blocks, sample.block_size)
    complete = ~np.isnan(blocks).any(axis=1)
    blocks, noise = blocks[complete], (rerun_values - blocks[:, 0])[complete]
    noise = noise[~np.isnan(noise)]
    points = sample.uniforms.reshape(sample.blocks, sample.block_size, -1)[complete]
    if sample.method == "morris":
        estimates = _morris_indices(sample, points, blocks, noise)
    else:
        estimates = _sobol_indices(sample, blocks, noise)
    return [
        Index(sample.method, output, parameter, index, value, value - half, value + half)
        for (index, parameter), (value, half) in estimates.items()
    ]


def parameter_label(name: str, translate: Language) -> str:
    """Return the label of a row: the name of a parameter, or of a row that is none in words."""
    return translate.words(name) if name in {NOISE, OTHERS, DUMMY} else name


def ranked(indices: list[Index]) -> list[str]:
    """Sort parameter names by the upper ends of their intervals, the noise last.

    Args:
        indices: indices of one method.
    """
    importance = _upper_importance(indices)
    return sorted(importance, key=lambda name: (name == NOISE, -importance[name]))


def influential(indices: list[Index]) -> list[str]:
    """List the parameters that may be important for at least one output.

    These are the parameters whose interval reaches a quarter of the largest index of an output.
    """
    importance = _upper_importance(indices)
    return [name for name, upper in importance.items() if upper >= _INFLUENTIAL_FROM and name not in {NOISE, DUMMY}]


def _output_values(entry: Entry) -> list[float]:
    if entry.result is None:
        return [np.nan] * len(output_names())
    return [entry.result["decembers"][HISTORY_END], *(entry.result["effects"][name] for name in policy_names())]


def _morris_indices(
    sample: Sample, points: NDArray[np.float64], blocks: NDArray[np.float64], noise: NDArray[np.float64]
) -> _Estimates:
    """Compute mu_star and sigma of each group of parameters and of the noise.

    Args:
        sample: the Morris sample.
        points: (trajectories, points, groups) design points.
        blocks: (trajectories, points) outputs.
        noise: differences between two evaluations of the same point with different seeds.
    """

    def analyse(chosen: NDArray[np.int64], resamples: int) -> dict[str, NDArray[np.float64]]:
        estimates = salib_morris_analysis.analyze(
            sample.problem,
            points[chosen].reshape(-1, points.shape[2]),
            blocks[chosen].ravel(),
            num_resamples=resamples,
            conf_level=CONFIDENCE,
            num_levels=_LEVELS,
            seed=sample.seed,
        )
        return {name: np.asarray(estimates[name], dtype=np.float64) for name in ("mu_star", "mu_star_conf", "sigma")}

    rng = np.random.default_rng(sample.seed)
    estimates = analyse(np.arange(len(blocks)), _RESAMPLES)
    # SALib has an interval for mu_star only; that of sigma is bootstrapped here.
    sigmas = [analyse(rng.integers(len(blocks), size=len(blocks)), 2)["sigma"] for _ in range(_SIGMA_RESAMPLES)]
    sigma_conf = _HALF_WIDTH * np.std(sigmas, axis=0, ddof=1)
    return {
        **_by_group(sample, "mu_star", estimates["mu_star"], estimates["mu_star_conf"]),
        ("mu_star", NOISE): _bootstrap(noise, lambda drawn: np.abs(drawn).mean(axis=-1), sample.seed),
        **_by_group(sample, "sigma", estimates["sigma"], sigma_conf),
        ("sigma", NOISE): _bootstrap(noise, lambda drawn: drawn.std(axis=-1, ddof=1), sample.seed),
    }


def _sobol_indices(sample: Sample, blocks: NDArray[np.float64], noise: NDArray[np.float64]) -> _Estimates:
    """Compute Sobol indices of each group of parameters, and the ST of the noise.

    Args:
        sample: the Sobol sample.
        blocks: (base points, points per block) outputs.
        noise: differences between two evaluations of the same point with different seeds.
    """
    variance = float(np.var(blocks[:, [0, -1]]))  # the first and last points of a block are independent
    if variance == 0.0:
        groups = sample.distinct_groups
        return {(index, group): (math.nan, math.nan) for index in INDICES["sobol"] for group in groups}
    estimates = salib_sobol_analysis.analyze(
        sample.problem,
        blocks.ravel(),
        calc_second_order=False,
        num_resamples=_RESAMPLES,
        conf_level=CONFIDENCE,
        seed=sample.seed + 1,  # because SALib ignores a seed of 0
    )
    return {
        **_by_group(sample, "ST", estimates["ST"], estimates["ST_conf"]),
        ("ST", NOISE): _bootstrap(noise, lambda drawn: 0.5 * (drawn**2).mean(axis=-1) / variance, sample.seed),
        **_by_group(sample, "S1", estimates["S1"], estimates["S1_conf"]),
    }


def _by_group(sample: Sample, index: str, values: NDArray[np.float64], halves: NDArray[np.float64]) -> _Estimates:
    estimates = zip(sample.distinct_groups, values.tolist(), halves.tolist(), strict=True)
    return {(index, group): (value, half) for group, value, half in estimates}


def _bootstrap(
    values: NDArray[np.float64], statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]], seed: int
) -> tuple[float, float]:
    """Return a statistic of values, and the half width of its bootstrap interval."""
    if len(values) < _MIN_BLOCKS:
        return math.nan, math.nan
    drawn = values[np.random.default_rng(seed).integers(len(values), size=(_RESAMPLES, len(values)))]
    return float(statistic(values)), _HALF_WIDTH * float(statistic(drawn).std(ddof=1))


def _upper_importance(indices: list[Index]) -> dict[str, float]:
    """Return an upper bound of each parameter's relative importance, from 0 to 1.

    The bound is the upper end of the interval of mu_star or ST, divided by the largest upper end for the same output.
    Of several outputs, the largest bound counts.
    """
    main = [each for each in indices if each.index == INDICES[each.method][0]]
    largest = dict.fromkeys((each.output for each in main), 0.0)
    for each in main:
        largest[each.output] = max(largest[each.output], each.high)
    importance = dict.fromkeys((each.parameter for each in main), 0.0)
    for each in main:
        if largest[each.output] > 0.0:
            importance[each.parameter] = max(importance[each.parameter], each.high / largest[each.output])
    return importance


def _problem(names: Sequence[str], groups: Sequence[str], bounds: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {
        "num_vars": len(names),
        "names": list(names),
        "groups": list(groups),
        "bounds": [list(ends) for ends in bounds],
    }
