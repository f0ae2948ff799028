"""Calibration of a district's parameters to targets by importance sampling.

The points of the first wave cover the prior evenly. A surrogate model fitted to the points evaluated so far
determines where the points of the next wave are drawn. Every point is evaluated by a run of the model itself. The
weighted points of all waves represent the posterior.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.district import TARGETS, District, load_district
from takeup.errors import InputError, RunError
from takeup.message import DataText, Message
from takeup.report.i18n import ENGLISH, Language
from takeup_calibration.evaluator import (
    NO_PERMIT_REASONS,
    EvaluationSpec,
    Evaluator,
    OnProgress,
    OnStep,
    Output,
    ignore_step,
    policy_names,
)
from takeup_calibration.experiments import Experiment, ReplicationPlan, plan_replications, read_observations
from takeup_calibration.full_size import FullSizeCheck, compare_sizes
from takeup_calibration.importance import (
    CONSTRAINED_BELOW,
    Proposal,
    contraction_ratios,
    effective_sample_size,
    fit_surrogate,
    log_likelihoods,
    mixture_weights,
    surrogate_proposal,
)
from takeup_calibration.observations import Observation
from takeup_calibration.priors import (
    DUMMY,
    Dimension,
    parameter_values,
    prior_dimensions,
    sobol_points,
    to_normal_scores,
    to_uniforms,
)
from takeup_calibration.representative import CentralRegion, Points, Representative, choose_representative
from takeup_calibration.sequential_monte_carlo import resample
from takeup_calibration.targets import Target

Method = Literal["waves", "gp"]
_MAX_UNDEFINED: Final = 0.5
"""Largest allowed share of the evaluations in which a target is undefined."""
_SEED_STRIDE: Final = 1_000_003
"""Difference between the seeds of two designs, and between those of two waves of a design."""
_DEFAULT_SEED: Final = 1
"""Default seed of the commands. With this seed, the representative values meet the local targets."""


class CalibrationSettings(NamedTuple):
    """The settings of a calibration.

    Attributes:
        rows: number of points of the first wave; each later wave has half as many.
        waves: maximal number of waves.
        effective: effective sample size from which no further wave is run.
        agents: number of simulated migrants per evaluation.
        draws: number of draws of the posterior.
        confirmed: number of draws that are also evaluated at full size: with all migrants of the district.
        seed: seed of the design.
        method: "waves", or "gp": two waves, and only the points of the second, drawn with the surrogate, have weight.
    """

    rows: int = 1024
    waves: int = 12
    effective: float = 500.0
    agents: int = 24_000
    draws: int = 300
    confirmed: int = 20
    seed: int = 1
    method: Method = "waves"

    @property
    def later_rows(self) -> int:
        """Number of points of each wave after the first."""
        return max(self.rows // 2, 1)

    @property
    def max_waves(self) -> int:
        """Maximal number of waves; the method "gp" always has two."""
        return self.waves if self.method == "waves" else 2


DEFAULTS: Final = CalibrationSettings()
"""Default settings of the command and of `calibrate`."""


@dataclass
class EvaluatedDesign:
    """All points evaluated so far in a calibration, with predictions and weights.

    There are N points, D dimensions of the prior and T observations. One more dimension, the dummy, affects nothing.

    Attributes:
        district: district whose parameters are calibrated.
        observations: targets of the calibration, and after them its experiments.
        seed: seed of the design.
        agents: number of simulated migrants per evaluation.
        proposals: proposal distribution of each wave.
        counts: number of points of each wave.
        uniforms: (N, D + 1) cumulative prior probability of each point's values; the last column is the dummy.
        outputs: output of each evaluation; None if it failed.
        predicted: (N, T) predictions of the observations; NaN if the evaluation failed.
        log_densities: logarithms of the density ratio of each wave's proposal to the prior, at the points known when
            the weights were last updated.
        weights: (N,) weights of the points, summing to 1.
    """

    district: District
    observations: Sequence[Observation]
    seed: int
    agents: int
    proposals: list[Proposal] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    uniforms: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    outputs: list[Output | None] = field(default_factory=list)
    predicted: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    log_densities: list[NDArray[np.float64]] = field(default_factory=list)
    weights: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def targets(self) -> list[Target]:
        """The targets, which are the first observations."""
        return [each for each in self.observations if isinstance(each, Target)]

    @property
    def experiments(self) -> list[Experiment]:
        """The experiments, which follow the targets."""
        return [each for each in self.observations if isinstance(each, Experiment)]

    @property
    def dimensions(self) -> list[Dimension]:
        """The dimensions of the prior, without the dummy."""
        return prior_dimensions(self.district.parameters)

    @property
    def names(self) -> list[str]:
        """The names of the dimensions, the dummy last."""
        return [*(dimension.name for dimension in self.dimensions), DUMMY]

    @property
    def adapted(self) -> NDArray[np.int64]:
        """Indices of the A calibrated columns: all but those whose prior is `inert`."""
        inert = [dimension.prior.inert for dimension in self.dimensions]
        return np.flatnonzero(~np.array([*inert, False]))

    @property
    def points(self) -> NDArray[np.float64]:
        """(N, D) values of each point in the dimensions' own units."""
        return self.quantiles(self.uniforms)

    @property
    def scores(self) -> NDArray[np.float64]:
        """(N, A) normal scores of the calibrated columns."""
        return to_normal_scores(self.uniforms[:, self.adapted])

    @property
    def effects(self) -> NDArray[np.float64]:
        """(N, policies) effects of policies in percentage points; NaN if the evaluation failed."""
        return self.output_table(policy_names(), "effects")

    @property
    def outcome_names(self) -> list[str]:
        """Names of the outcomes: "effect NAME" of each policy, "reason NAME" of each reason for having no permit."""
        return [*(f"effect {name}" for name in policy_names()), *(f"reason {name}" for name in NO_PERMIT_REASONS)]

    @property
    def outcomes(self) -> NDArray[np.float64]:
        """(N, outcomes) effects and shares of reasons in percentage points; NaN if the evaluation failed."""
        return np.array([tabulate_outcomes(output) for output in self.outputs])

    @property
    def likelihood(self) -> NDArray[np.float64]:
        """(N,) log-likelihoods of the points."""
        return log_likelihoods(self.observations, self.predicted)

    def output_table(self, names: list[str], kind: str) -> NDArray[np.float64]:
        """Tabulate outputs of all points.

        Args:
            names: names of the outputs.
            kind: key of an evaluation's output, such as "effects", see `evaluate_point`.

        Returns:
            (N, names) values; NaN if a point has no such output.
        """
        tables = [(output or {}).get(kind, {}) for output in self.outputs]
        return np.array([[table.get(name, np.nan) for name in names] for table in tables])

    def quantiles(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of points in the dimensions' own units.

        Args:
            uniforms: (..., D) cumulative prior probabilities; further columns are ignored.

        Returns:
            (..., D) values.
        """
        columns = [dimension.quantile(uniforms[..., i]) for i, dimension in enumerate(self.dimensions)]
        return np.stack(columns, axis=-1)

    def propose(self, proposal: Proposal, count: int) -> NDArray[np.float64]:
        """Draw the points of the next wave; columns not calibrated follow the prior.

        Args:
            proposal: distribution of the calibrated dimensions.
            count: number of points.

        Returns:
            (count, D + 1) cumulative prior probabilities.
        """
        seed, adapted = self.seed + len(self.counts) * _SEED_STRIDE, self.adapted
        inert = np.setdiff1d(np.arange(len(self.names)), adapted)
        uniforms = np.empty((count, len(self.names)))
        uniforms[:, adapted] = to_uniforms(proposal.draw(count, len(adapted), seed + 1))
        # Equal dimensions of two Sobol sequences are correlated, whatever their seeds: these columns take others.
        uniforms[:, inert] = sobol_points(count, len(self.names), seed)[:, len(adapted) :]
        return uniforms

    def evaluate_wave(
        self,
        proposal: Proposal,
        uniforms: NDArray[np.float64],
        evaluator: Evaluator,
        on_progress: OnProgress,
    ) -> None:
        """Evaluate the points of a wave and add them to the design.

        Args:
            proposal: distribution from which the points were drawn.
            uniforms: (count, D + 1) prior probabilities of the points.
            evaluator: evaluator that runs the model.
            on_progress: function called with the number of evaluated points and the number of all points of this
                wave.
        """
        first, count = sum(self.counts), len(uniforms)
        self.uniforms = np.concatenate([self.uniforms, uniforms]) if first else uniforms
        added = range(first, first + count)
        plan = plan_replications(self.experiments)
        outputs = self.evaluate_points(added, self.agents, evaluator, on_progress, experiments=plan)
        predicted = np.array([self.predict(output) for output in outputs])
        self.predicted = np.concatenate([self.predicted, predicted]) if first else predicted
        self.outputs.extend(outputs)
        self.proposals.append(proposal)
        self.log_densities.append(np.empty(0))
        self.counts.append(count)

    @property
    def undefined(self) -> NDArray[np.int64]:
        """(T,) numbers of evaluations in which each observation is undefined: it divides by 0."""
        evaluated = [output is not None for output in self.outputs]
        return np.asarray(np.isnan(self.predicted[evaluated]).sum(axis=0))

    def check_defined(self) -> None:
        """Check that every observation is defined in most evaluations.

        Raises:
            InputError: an observation is undefined in more than half of the evaluations.
        """
        evaluated = sum(output is not None for output in self.outputs)
        for observation, undefined in zip(self.observations, self.undefined, strict=True):
            if undefined > _MAX_UNDEFINED * evaluated:
                raise InputError(
                    Message("the {kind} divides by 0 in too many evaluations", kind=DataText(observation.kind)),
                    key=observation.place,
                    given=Message(
                        "undefined in {undefined:,} of {evaluated:,} evaluations",
                        undefined=undefined,
                        evaluated=evaluated,
                    ),
                    allowed=Message(
                        "undefined in at most {share:.0%} of them; {remedy}",
                        share=_MAX_UNDEFINED,
                        remedy=observation.remedy,
                    ),
                )

    def update_weights(self) -> None:
        """Compute the weights of all points from all waves together."""
        scores = self.scores
        self.log_densities = [
            np.concatenate([known, proposal.log_density(scores[len(known) :])])
            for known, proposal in zip(self.log_densities, self.proposals, strict=True)
        ]
        self.weights = mixture_weights(self.likelihood, np.array(self.log_densities), self.counts)

    def evaluate_points(
        self,
        points: Iterable[int],
        agents: int,
        evaluator: Evaluator,
        on_progress: OnProgress,
        *,
        experiments: ReplicationPlan | None = None,
    ) -> list[Output | None]:
        """Evaluate points of the design at a given number of migrants, each with a seed of its own.

        Args:
            points: indices of the points.
            agents: number of simulated migrants per evaluation.
            evaluator: evaluator that runs the model.
            on_progress: function called with the number of evaluated points and the number of all.
            experiments: replications of experiments; None for none.

        Returns:
            One output per point; None if the evaluation failed.
        """
        indices = list(points)
        seeds = [self.seed * _SEED_STRIDE + point for point in indices]
        return self.evaluate_uniforms(
            self.uniforms[indices], seeds, agents, evaluator, on_progress, experiments=experiments
        )

    def evaluate_uniforms(
        self,
        uniforms: NDArray[np.float64],
        seeds: list[int],
        agents: int,
        evaluator: Evaluator,
        on_progress: OnProgress,
        *,
        experiments: ReplicationPlan | None = None,
    ) -> list[Output | None]:
        """Evaluate points, which need not belong to the design.

        Args:
            uniforms: (m, D) cumulative prior probabilities of the points; further columns are ignored.
            seeds: seed of each evaluation.
            agents, evaluator, on_progress, experiments: see `evaluate_points`.

        Returns:
            One output per point; None if the evaluation failed.
        """
        parameters = self.district.parameters
        windows = sorted({window for target in self.targets for window in target.windows})
        names = tuple(sorted({name for target in self.targets for name in target.expression.names}))
        specs = [
            EvaluationSpec(
                str(self.district.folder),
                self.district.digest,
                parameter_values(self.dimensions, values, parameters),
                seed,
                agents,
                windows,
                names=names,
                experiments=experiments,
            )
            for values, seed in zip(self.quantiles(uniforms), seeds, strict=True)
        ]
        return [entry.result for entry in evaluator.evaluate(specs, on_progress)]

    def predict(self, output: Output | None) -> list[float]:
        """Return the predictions of the observations; NaN if the evaluation failed or did not simulate them."""
        return [float("nan") if output is None else each.predict_from(output) for each in self.observations]


@dataclass(frozen=True)
class CalibrationResult:
    """The result of a calibration.

    Attributes:
        design: all evaluated points.
        weights: (N,) weights of the points, summing to 1.
        drawn: (draws,) draws of the posterior, as indices of points resampled by weight.
        full_size: comparison with runs of all migrants of the district; None if the design has this size already, or
            if no comparison was requested.
        representative: values that the district uses without draws.
        settings: settings of the calibration.
    """

    design: EvaluatedDesign
    weights: NDArray[np.float64]
    drawn: NDArray[np.int64]
    full_size: FullSizeCheck | None
    representative: Representative
    settings: CalibrationSettings

    @property
    def effective(self) -> float:
        """The effective sample size."""
        return effective_sample_size(self.weights)


def tabulate_outcomes(output: Output | None) -> list[float]:
    """Return the `outcome_names` of an evaluation; NaN if it failed."""
    effects, reasons = ((output or {}).get(kind, {}) for kind in ("effects", "reasons"))
    return [
        *(effects.get(name, float("nan")) for name in policy_names()),
        *(reasons.get(name, float("nan")) for name in NO_PERMIT_REASONS),
    ]


class Calibrator:
    """Estimator of the posterior of a district's parameters, given targets and experiments.

    Args:
        district: district of which at least one parameter has a prior.
        observations: targets and then experiments, which are fitted or only compared with the predictions.
        settings: size, seed and method of the calibration.
        evaluator: evaluator that runs the model, except where its journal has the result.
        on_step: function called with the progress.
        translate: language of the steps.
    """

    def __init__(
        self,
        district: District,
        observations: Sequence[Observation],
        settings: CalibrationSettings,
        evaluator: Evaluator,
        on_step: OnStep = ignore_step,
        translate: Language = ENGLISH,
    ) -> None:
        self.design = EvaluatedDesign(district, observations, settings.seed, settings.agents)
        self.settings = settings
        self._evaluator = evaluator
        self._on_step = on_step
        self._translate = translate

    def run(self) -> CalibrationResult:
        """Run all waves, then draw from the posterior and choose the representative values."""
        return self._resample(self.evaluate_waves())

    def evaluate_waves(self) -> NDArray[np.float64]:
        """Run all waves: draw points, evaluate them, weight them, fit the surrogate.

        Returns:
            (N,) weights of the points, summing to 1.
        """
        design, settings, translate = self.design, self.settings, self._translate
        proposal = Proposal()
        for wave in range(settings.max_waves):
            uniforms = design.propose(proposal, settings.later_rows if wave else settings.rows)
            title = self._wave_title(wave + 1)
            design.evaluate_wave(proposal, uniforms, self._evaluator, self._progress(title))
            design.check_defined()
            design.update_weights()
            if self._is_last(wave):
                break
            self._on_step(translate("Fitting the surrogate"), 0, 1)
            surrogate = fit_surrogate(design.observations, design.scores, design.predicted, design.likelihood)
            proposal = surrogate_proposal(surrogate, settings.later_rows, len(design.adapted), settings.seed)
        return design.weights if settings.method == "waves" else self._second_wave_weights()

    def _is_last(self, wave: int) -> bool:
        if wave == self.settings.max_waves - 1:
            return True
        converged = effective_sample_size(self.design.weights) >= self.settings.effective
        return self.settings.method == "waves" and converged

    def _resample(self, weights: NDArray[np.float64]) -> CalibrationResult:
        """Resample the posterior, and choose the representative values."""
        design, settings = self.design, self.settings
        drawn = resample(weights, settings.draws, settings.seed)
        check = None
        if settings.confirmed and settings.agents < design.district.population.most:
            count = min(settings.confirmed, len(drawn))
            check = self._check_at_full_size(drawn[np.linspace(0, len(drawn) - 1, count).astype(int)])
        representative = self._choose_representative(weights, drawn)
        return CalibrationResult(design, weights, drawn, check, representative, settings)

    def _check_at_full_size(self, compared: NDArray[np.int64]) -> FullSizeCheck:
        """Evaluate points with all migrants of the district, and compare the results."""
        translate = self._translate
        design, progress = self.design, self._progress(translate("Draws at full size"))
        unique, places = np.unique(compared, return_inverse=True)
        size = design.district.population.most
        outputs = design.evaluate_points(unique.tolist(), size, self._evaluator, progress)
        full = [outputs[place] for place in places]
        predicted = np.array([design.predict(output) for output in full])
        return compare_sizes(compared, [design.outputs[point] for point in compared], full, predicted)

    def _choose_representative(self, weights: NDArray[np.float64], drawn: NDArray[np.int64]) -> Representative:
        """Choose the representative values: a draw, another weighted point, or values constructed from them.

        They are simulated at full size, or at the size of the design if no draw is evaluated at full size.
        """
        design, settings = self.design, self.settings
        local = [column for column, target in enumerate(design.targets) if target.fit and target.local]
        uniforms = design.uniforms[:, : len(design.dimensions)]
        points = Points(uniforms, design.outcomes, design.predicted[:, local])
        complete = points.complete
        draws = drawn[complete[drawn]]
        if len(draws) == 0:
            raise RunError("the policies could not be simulated for any draw of the posterior")
        translate = self._translate
        ratios = contraction_ratios(to_normal_scores(uniforms), weights)
        region = CentralRegion(
            points.take(draws),
            design.names[:-1],
            (ratios < CONSTRAINED_BELOW) & ~np.array([dimension.prior.inert for dimension in design.dimensions]),
            design.outcome_names,
            [design.targets[column] for column in local],
        )
        others = np.setdiff1d(np.flatnonzero(complete & (weights > 0)), drawn)
        size = design.district.population.most if settings.confirmed else settings.agents

        def simulate(candidates: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            outputs = design.evaluate_uniforms(
                candidates,
                [_DEFAULT_SEED] * len(candidates),
                size,
                self._evaluator,
                self._progress(translate("Representative values")),
            )
            predicted = np.array([design.predict(output) for output in outputs])[:, local]
            return np.array([tabulate_outcomes(output) for output in outputs]), predicted

        return choose_representative(region, points, [draws, others], simulate)

    def _second_wave_weights(self) -> NDArray[np.float64]:
        """Weight the points of the second wave only; those of the first have weight 0."""
        design = self.design
        first, second = design.counts
        weights = mixture_weights(design.likelihood[first:], design.log_densities[1][np.newaxis, first:], [second])
        return np.concatenate([np.zeros(first), weights])

    def _wave_title(self, number: int) -> str:
        translate, weights = self._translate, self.design.weights
        if not len(weights):
            return translate("Wave {number}", number=number)
        effective = f"{effective_sample_size(weights):.0f}"
        return translate("Wave {number}, effective sample so far {effective}", number=number, effective=effective)

    def _progress(self, step: str) -> OnProgress:
        return lambda done, total: self._on_step(step, done, total)


def calibrate(
    district: str | Path | District = "liwan",
    targets: Path | None = None,
    *,
    experiments: Path | None = None,
    rows: int = DEFAULTS.rows,
    waves: int = DEFAULTS.waves,
    agents: int = DEFAULTS.agents,
    draws: int = DEFAULTS.draws,
    seed: int = DEFAULTS.seed,
    workers: int = 1,
    folder: Path | None = None,
) -> CalibrationResult:
    """Compute the posterior of a district's parameters, given its targets.

    This is `takeup calibrate` for notebooks and scripts, without the evaluation of draws at full size.

    Args:
        district: name or folder of a district, or a District loaded with `calibrated=False`.
        targets: file of targets; by default the district's own.
        experiments: file of experiments to fit too, such as the shipped `takeup_calibration.EXPERIMENTS`; by default
            none.
        rows: number of points of the first wave; each later wave has half as many.
        waves: maximal number of waves.
        agents: number of simulated migrants per evaluation.
        draws: number of draws of the posterior.
        seed: seed of the design.
        workers: number of processes.
        folder: folder of the journal, with which an interrupted call can resume; by default it is in memory.

    Returns:
        The weighted points, the draws of the posterior and the representative values.

    Raises:
        InputError: a target, an experiment or a prior is invalid.

    Example:
        >>> result = calibrate("liwan", rows=64, waves=1, agents=4_000)
        >>> posterior_table(result).describe()
    """
    place = load_district(district, calibrated=False)
    settings = CalibrationSettings(rows=rows, waves=waves, agents=agents, draws=draws, confirmed=0, seed=seed)
    observations = read_observations(place.folder / TARGETS if targets is None else targets, experiments)
    with Evaluator.open(folder, workers) as evaluator:
        return Calibrator(place, observations, settings, evaluator).run()
