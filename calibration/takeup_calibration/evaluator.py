"""Evaluation of points: runs of the model, stored in a journal, and the design of all evaluated points.

Evaluating a point simulates one history up to December 2018 and, on request, branches it into policies up to the
end of 2023.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.digest import code_digest
from takeup.district import District, load_district
from takeup.errors import InputError, RunError
from takeup.months import END, START, parse_month
from takeup.rules import LAPSED, VALID
from takeup.runs.journal import Entry, Journal
from takeup.runs.scheduler import Job, run_jobs
from takeup.scenario import Scenario, load_scenario
from takeup.simulation import COLUMNS, PermitModel, entitled
from takeup.simulation.state import FLOWS
from takeup_calibration.importance import log_likelihoods, mixture_weights
from takeup_calibration.priors import (
    DUMMY,
    Dimension,
    parameter_values,
    prior_dimensions,
    sobol_points,
    to_normal_scores,
    to_uniforms,
)
from takeup_calibration.proposals import Proposal
from takeup_calibration.targets import EXTRA_FLOWS, EXTRA_STOCKS, Target, output_key

HISTORY_END: Final = "2018-12"
BRANCHES: Final = Path(__file__).resolve().parent / "branches"
"""The policies that evaluations are branched into unless others are given."""
PERCENT: Final = 100.0
_DECEMBER: Final = "-12"
_YEARS: Final = (1, 3, 5, 10)
_MONTHS_PER_YEAR: Final = 12
_HALF_YEAR: Final = 6
_SEED_STRIDE: Final = 1_000_003

Output = dict[str, dict[str, float]]
"""The result of an evaluation: see `evaluate_point`."""
OnProgress = Callable[[int, int], None]
"""Called with the number of finished evaluations and their total."""


class EvaluationSpec(NamedTuple):
    """An evaluation, in a form that a worker process can receive.

    Attributes:
        district, digest: the district's folder, and the digest of its files.
        parameters: overrides by dotted name.
        seed: of the population and of all random draws.
        agents: maximal number of simulated migrants.
        windows: the (first, last) months over which outputs are recorded.
        branches: whether to simulate the policies too.
        names: of the recorded outputs; None: all.
        scenarios: the policies; None: those of `BRANCHES`. None may act before the end of the history.
    """

    district: str
    digest: str
    parameters: dict[str, float]
    seed: int
    agents: int
    windows: list[tuple[int, int]]
    branches: bool = True
    names: tuple[str, ...] | None = None
    scenarios: tuple[Scenario, ...] | None = None

    @property
    def policies(self) -> tuple[Scenario, ...]:
        """The policies that the history is branched into."""
        if not self.branches:
            return ()
        return load_policies() if self.scenarios is None else self.scenarios

    @property
    def key(self) -> str:
        """A digest of everything that determines the result: code, district, policies and the settings above."""
        policies = [
            [policy.name, *(each.intervention.model_dump_json() for each in policy.stated)]
            for policy in self.policies
        ]
        with_costs = self.scenarios is not None
        content = json.dumps([code_digest(), policies, with_costs, *self[1 : self._fields.index("scenarios")]])
        return hashlib.sha256(content.encode()).hexdigest()[:24]


def policy_names() -> list[str]:
    """List the names of the policies in `BRANCHES`, in order."""
    return sorted(file.stem for file in BRANCHES.glob("*.toml"))


@cache
def load_policies() -> tuple[Scenario, ...]:
    """Load the policies in `BRANCHES`, in order."""
    return tuple(load_scenario(BRANCHES / f"{name}.toml") for name in policy_names())


def evaluate_point(spec: EvaluationSpec) -> Output:
    """Simulate one history, and branch it into the policies.

    Returns:
        "windows": outputs by `output_key`; "decembers": valid share in % by month; "effects": percentage points that
        each policy adds to the valid share by the end, and "baseline", that share in %; if the spec has scenarios of
        its own, also "costs": yuan that each has spent by then.

    Raises:
        InputError: the district's files have changed.
    """
    district = _district(spec.district)
    if district.digest != spec.digest:
        raise InputError("not the files that the calibration was started with", file=district.folder)
    model = PermitModel(district, None, spec.agents, rng=spec.seed, parameters=spec.parameters)
    recorder = OutputRecorder(model)
    recorded: dict[int, dict[str, float]] = {}
    end = parse_month(HISTORY_END)
    for month in sorted({month for first, last in spec.windows for month in range(first, min(last, end) + 1)}):
        model.run_until(month - 1)
        recorder.before_month()
        model.run_until(month)
        recorded[month] = recorder.after_month()
    model.run_until(end)
    output: Output = {
        "windows": _over_windows(model, recorded, spec),
        "decembers": {str(row["month"]): _share(row) for row in model.rows if str(row["month"]).endswith(_DECEMBER)},
        "effects": {},
    }
    if spec.branches:
        output["effects"], costs = _policy_effects(model, spec.policies)
        if spec.scenarios is not None:
            output["costs"] = costs
    return output


class OutputRecorder:
    """Records the extra stocks and flows of a model, called before and after a month."""

    def __init__(self, model: PermitModel) -> None:
        self._model = model

    def before_month(self) -> None:
        """Remember which persons hold a valid permit."""
        columns = self._model.state.columns
        self._person = columns["person"].copy()
        self._was_valid = columns["status"] == VALID

    def after_month(self) -> dict[str, float]:
        """Return the extra stocks and flows of the month, by name."""
        model = self._model
        columns, world = model.state.columns, model.world
        present = model.state.occupied(world)
        years = np.searchsorted(_YEARS, columns["residence_months"][present] // _MONTHS_PER_YEAR, side="right")
        stocks = [*np.bincount(years, minlength=len(_YEARS) + 1).tolist()]
        stocks.append(int((columns["residence_months"][present] >= _HALF_YEAR).sum()))
        same_holder = self._was_valid & (columns["person"] == self._person) & present
        lapsed = same_holder & (columns["status"] == LAPSED)
        endorsed = same_holder & (columns["status"] == VALID) & (columns["permit_months"] == 0)
        eligible = entitled(model.state.migrants, world.owned, model.months_to_qualify)
        return {
            **dict(zip(EXTRA_STOCKS, stocks, strict=True)),
            "due_entitled": float((eligible & (lapsed | endorsed)).sum()),
            "lost_entitled": float((eligible & lapsed).sum()),
        }


def _policy_effects(model: PermitModel, policies: Iterable[Scenario]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the effect of each policy by the end, after the baseline's share; and the cost of each."""
    branch = model.branch(None)
    branch.run_until(END)
    baseline = _share(branch.rows[-1])
    effects, costs = {"baseline": baseline}, dict[str, float]()
    for policy in policies:
        branch = model.branch(policy)
        branch.run_until(END)
        effects[policy.name] = _share(branch.rows[-1]) - baseline
        costs[policy.name] = sum(float(row["cost_cny"]) for row in branch.rows if str(row["month"]) > HISTORY_END)
    return effects, costs


def _over_windows(
    model: PermitModel, recorded: dict[int, dict[str, float]], spec: EvaluationSpec
) -> dict[str, float]:
    """Sum flows and average stocks over each window."""
    begin, extra = parse_month(START), {**EXTRA_STOCKS, **EXTRA_FLOWS}
    flows = {*(FLOWS.names or ()), *EXTRA_FLOWS, "cost_cny"}
    names = [*(name for name in COLUMNS if name != "month"), *extra] if spec.names is None else spec.names
    outputs = {}
    for first, last in spec.windows:
        months = range(first, last + 1)
        for name in names:
            values = [
                float((recorded[month] if name in extra else model.rows[month - begin])[name]) for month in months
            ]
            outputs[output_key(first, last, name)] = sum(values) / (1 if name in flows else len(values))
    return outputs


def _share(row: dict[str, float | int | str]) -> float:
    return PERCENT * float(row["valid"]) / float(row["population"])


@cache
def _district(folder: str) -> District:
    return load_district(folder, calibrated=False)


class Evaluator(NamedTuple):
    """Evaluates points in parallel; results that the journal contains are not computed again.

    Attributes:
        journal: of the calibration or analysis.
        workers: number of processes.
        cluster: address of a Dask scheduler to use instead of local processes.
    """

    journal: Journal
    workers: int = 1
    cluster: str | None = None

    def evaluate(self, specs: Iterable[EvaluationSpec], on_progress: OnProgress) -> list[Entry]:
        """Evaluate all specs and return a journal entry per spec, in order; failed ones carry their error.

        Args:
            specs: equal ones are evaluated once.
            on_progress: called with the number of distinct specs evaluated so far, and of all.
        """
        keys = [(spec.key, spec) for spec in specs]
        jobs = {key: Job(key, spec) for key, spec in keys}
        run_jobs(
            evaluate_point,
            jobs.values(),
            self.journal,
            workers=self.workers,
            cluster=self.cluster,
            on_progress=lambda done: on_progress(done, len(jobs)),
        )
        return [self._entry(key) for key, _ in keys]

    def _entry(self, key: str) -> Entry:
        entry = self.journal.entry(key)
        if entry is None:
            raise RunError(f"{self.journal.file}: the result {key} is missing")
        return entry


@dataclass
class EvaluatedDesign:
    """All points evaluated so far in a calibration, with predictions and weights.

    Attributes:
        district, targets: the calibration's.
        seed, agents: of the design, and simulated migrants per evaluation.
        proposals, counts: of each wave.
        uniforms: (N, D + 1) prior probabilities of each point's values; the last column is the dummy's.
        outputs: of each evaluation; None where it failed. Not every one includes the policies.
        predicted: (N, T) predictions of each target; NaN where the evaluation failed.
        weights: (N,) of the points, summing to 1.
    """

    district: District
    targets: list[Target]
    seed: int
    agents: int
    proposals: list[Proposal] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    uniforms: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    outputs: list[Output | None] = field(default_factory=list)
    predicted: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    weights: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def dimensions(self) -> list[Dimension]:
        """The dimensions of the prior, without the dummy."""
        return prior_dimensions(self.district.parameters)

    @property
    def names(self) -> list[str]:
        """The names of the dimensions, the dummy's last."""
        return [*(dimension.name for dimension in self.dimensions), DUMMY]

    @property
    def adapted(self) -> NDArray[np.int64]:
        """The columns that are calibrated: all dimensions that are not inert, and the dummy."""
        inert = [dimension.prior.inert for dimension in self.dimensions]
        return np.flatnonzero(~np.array([*inert, False]))

    @property
    def points(self) -> NDArray[np.float64]:
        """(N, D) values of each point in the dimensions' own units."""
        columns = [dimension.quantile(self.uniforms[:, i]) for i, dimension in enumerate(self.dimensions)]
        return np.stack(columns, axis=1)

    @property
    def scores(self) -> NDArray[np.float64]:
        """(N, adapted) normal scores."""
        return to_normal_scores(self.uniforms[:, self.adapted])

    @property
    def effects(self) -> NDArray[np.float64]:
        """(N, policies) percentage points that each policy adds; NaN where it was not simulated."""
        return self.output_table(policy_names(), "effects")

    @property
    def likelihood(self) -> NDArray[np.float64]:
        """(N,) log-likelihoods."""
        return log_likelihoods(self.targets, self.predicted)

    def output_table(self, names: list[str], kind: str) -> NDArray[np.float64]:
        """Return (N, names) outputs of one kind; NaN where there are none."""
        tables = [(output or {}).get(kind, {}) for output in self.outputs]
        return np.array([[table.get(name, np.nan) for name in names] for table in tables])

    def propose(self, proposal: Proposal, count: int) -> NDArray[np.float64]:
        """Draw (count, D + 1) prior probabilities of the next wave; dimensions that are not adapted are uniform."""
        seed, adapted = self.seed + len(self.counts) * _SEED_STRIDE, self.adapted
        uniforms = sobol_points(count, len(self.names), seed)
        uniforms[:, adapted] = to_uniforms(proposal.draw(count, len(adapted), seed + 1))
        return uniforms

    def evaluate_wave(
        self,
        proposal: Proposal,
        uniforms: NDArray[np.float64],
        evaluator: Evaluator,
        on_progress: OnProgress,
        *,
        branches: bool,
    ) -> None:
        """Evaluate the points of a wave and add them to the design.

        Args:
            proposal: that the points were drawn from.
            uniforms: (count, D + 1) prior probabilities.
            evaluator: runs the model.
            on_progress: called with the number of evaluated points of this wave, and their number.
            branches: whether to simulate the policies too.
        """
        first, count = sum(self.counts), len(uniforms)
        self.uniforms = np.concatenate([self.uniforms, uniforms]) if first else uniforms
        points = self.points
        specs = [self._spec(i, points[i], self.agents, None, branches=branches) for i in range(first, first + count)]
        outputs = [entry.result for entry in evaluator.evaluate(specs, on_progress)]
        predicted = np.array([self.predict(output) for output in outputs])
        self.predicted = np.concatenate([self.predicted, predicted]) if first else predicted
        self.outputs.extend(outputs)
        self.proposals.append(proposal)
        self.counts.append(count)

    def update_weights(self) -> None:
        """Compute the weights of all points from all waves together."""
        self.weights = mixture_weights(self.likelihood, self.scores, self.proposals, self.counts)

    def add_policies(self, points: Iterable[int], evaluator: Evaluator, on_progress: OnProgress) -> None:
        """Simulate the policies at points, by index, whose evaluation does not include them yet."""
        candidates = {point: self.outputs[point] for point in points}
        missing = sorted(point for point, output in candidates.items() if output and not output["effects"])
        outputs = self.evaluate_points(missing, self.agents, evaluator, on_progress)
        for point, output in zip(missing, outputs, strict=True):
            self.outputs[point] = output

    def evaluate_points(
        self,
        points: list[int],
        agents: int,
        evaluator: Evaluator,
        on_progress: OnProgress,
        seed: int | None = None,
    ) -> list[Output | None]:
        """Evaluate points of the design, by index, with the policies.

        Args:
            points: indices.
            agents: simulated migrants per evaluation.
            evaluator: runs the model.
            on_progress: called with the number of evaluated points, and their number.
            seed: the same for all points; None: the point's own.
        """
        values = self.points
        specs = [self._spec(point, values[point], agents, seed, branches=True) for point in points]
        return [entry.result for entry in evaluator.evaluate(specs, on_progress)]

    def predict(self, output: Output | None) -> list[float]:
        """Return the prediction of each target; NaN if the evaluation failed."""
        return [float("nan") if output is None else target.predict(output["windows"]) for target in self.targets]

    def _spec(
        self, index: int, point: NDArray[np.float64], agents: int, seed: int | None, *, branches: bool
    ) -> EvaluationSpec:
        return EvaluationSpec(
            str(self.district.folder),
            self.district.digest,
            parameter_values(self.dimensions, point, self.district.parameters),
            self.seed * _SEED_STRIDE + index if seed is None else seed,
            agents,
            sorted({(target.first, target.last) for target in self.targets}),
            branches,
            tuple(sorted({name for target in self.targets for name in target.expression.names})),
        )
