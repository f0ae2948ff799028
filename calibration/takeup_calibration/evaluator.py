"""Evaluation of the model at parameter values, with a journal of results.

The evaluation of a point simulates one history up to December 2018, and from then on a baseline without a policy and
each of the policies up to the end of 2023. Outputs of later months are those of the baseline. On request, it
replicates published experiments from the end of 2018 on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from takeup.analysis.validation.replications import replicate
from takeup.analysis.why import REASONS, Reason, count_reasons
from takeup.district import District, load_district
from takeup.errors import InputError, RunError
from takeup.message import Message
from takeup.months import END, END_OF_HISTORY, parse_month
from takeup.report.formatting import PERCENT
from takeup.rules import LAPSED, NEVER, VALID
from takeup.runs.journal import Entry, key_of
from takeup.runs.scheduler import Job, Runner
from takeup.scenario import Scenario, load_scenario
from takeup.simulation import DistrictModel, entitled
from takeup_calibration.experiments import ReplicationPlan
from takeup_calibration.targets import EXTRA_STOCKS, FLOW_OUTPUTS, OUTPUTS, output_key

HISTORY_END: Final = END_OF_HISTORY
"""Last month before the policies begin. Targets of later months are compared with the baseline."""
BRANCHES: Final = Path(__file__).resolve().parent / "branches"
"""Folder of the policies that an evaluation simulates by default."""
_DECEMBER: Final = "-12"
_MONTHS_PER_YEAR: Final = 12
_RESIDENCE_CLASSES: Final = tuple(_MONTHS_PER_YEAR * years for years in (1, 3, 5, 10))
"""Limits between the classes of length of residence in `EXTRA_STOCKS`, in months."""
_HALF_YEAR: Final = 6
_FIVE_YEARS: Final = 60

NO_PERMIT_REASONS: Final = tuple(name for name in REASONS if name != REASONS[Reason.VALID])
"""Names of the reasons for having no valid permit, see `takeup why`."""

Output = dict[str, dict[str, float]]
"""The result of an evaluation, see `evaluate_point`."""
OnProgress = Callable[[int, int], None]
"""Function called with the number of finished evaluations and their total."""
OnStep = Callable[[str, int, int], None]
"""Function called with the name of the current step, the number of its finished evaluations, and their total."""


def ignore_step(_step: str, _done: int, _total: int) -> None:
    """Ignore the progress: the `OnStep` of a caller who does not want it."""


class EvaluationSpec(NamedTuple):
    """The inputs of an evaluation, in a form that can be sent to a worker process.

    Attributes:
        district: folder of the district.
        digest: digest of the district's files.
        parameters: parameter values that replace those of the district, by dotted name.
        seed: seed of the population and of all random draws.
        agents: maximal number of simulated migrants.
        windows: (first, last) months of the windows over which outputs are recorded.
        names: names of the recorded outputs; None for all.
        scenarios: policies, which act only after the end of the history; None for those in `BRANCHES`, and an empty
            tuple for none.
        experiments: replications of experiments after the end of the history; None for none.
    """

    district: str
    digest: str
    parameters: dict[str, float]
    seed: int
    agents: int
    windows: list[tuple[int, int]]
    names: tuple[str, ...] | None = None
    scenarios: tuple[Scenario, ...] | None = None
    experiments: ReplicationPlan | None = None

    @property
    def policies(self) -> tuple[Scenario, ...]:
        """The policies that the evaluation simulates after the history."""
        return load_policies() if self.scenarios is None else self.scenarios

    @property
    def key(self) -> str:
        """Digest of everything that determines the result, its key in the journal."""
        policies = [
            [policy.name, *(each.intervention.model_dump_json() for each in policy.stated)]
            for policy in self.policies
        ]
        with_costs = self.scenarios is not None
        experiments = None if self.experiments is None else self.experiments.content
        # The path of the district's folder is left out, because its files' digest is included.
        return key_of(policies, with_costs, experiments, *self[1 : self._fields.index("scenarios")])


def policy_names() -> list[str]:
    """List the names of the policies in `BRANCHES`, in alphabetical order."""
    return sorted(file.stem for file in BRANCHES.glob("*.toml"))


@cache
def load_policies() -> tuple[Scenario, ...]:
    """Load the policies in `BRANCHES`, in alphabetical order."""
    return tuple(load_scenario(BRANCHES / f"{name}.toml") for name in policy_names())


def evaluate_point(spec: EvaluationSpec) -> Output:
    """Simulate a district up to December 2018, and each policy up to the end of 2023.

    Outputs of months after December 2018 are those of the baseline, which has no policy.

    Returns:
        A dictionary of dictionaries. "windows": outputs by `output_key`. "decembers": share of valid permits in % at
        the end of each year of the history. "effects": percentage points that each policy adds to this share at the
        end of 2023, and "baseline", the share without any policy, in %. "reasons": share of all migrants with each
        main reason for having no valid permit at the end of the history, in %. "costs", only if the spec has its own
        scenarios: cost of each until the end of 2023, in yuan. "experiments", only if the spec has a plan: the
        quantities of the plan that are defined.

    Raises:
        InputError: the district's files have changed since the spec was made.
    """
    district = _district(spec.district)
    if district.digest != spec.digest:
        raise InputError(
            "the district's files have changed since the command was started",
            file=district.folder,
            allowed="files that stay the same until the command ends; to use the new files, run the command again",
        )
    model = DistrictModel(district, None, spec.agents, rng=spec.seed, parameters=spec.parameters)
    end = parse_month(HISTORY_END)
    months = sorted({month for first, last in spec.windows for month in range(first, last + 1)})
    recorded = _run_and_record(model, [month for month in months if month <= end], end)
    decembers = {str(row["month"]): _share(row) for row in model.rows if str(row["month"]).endswith(_DECEMBER)}
    experiments: dict[str, dict[str, float]] = {}
    if spec.experiments is not None:
        quantities = replicate(model, spec.experiments.set_up, spec.experiments.quantities)
        experiments["experiments"] = {name: value for name, value in quantities.items() if value is not None}
    baseline = model.branch(None)
    recorded |= _run_and_record(baseline, [month for month in months if month > end], parse_month(END))
    effects, costs = _policy_effects(model, baseline, spec.policies)
    return {
        "windows": _over_windows(recorded, spec),
        "decembers": decembers,
        "effects": effects,
        "reasons": _reason_shares(model),
        **({} if spec.scenarios is None else {"costs": costs}),
        **experiments,
    }


def _run_and_record(model: DistrictModel, months: Iterable[int], end: int) -> dict[int, dict[str, float]]:
    """Run the model up to a month, and return the outputs of some months on the way.

    Args:
        model: the model, which is changed.
        months: months whose outputs are returned, in order, after the model's present month.
        end: the month to which the model is run.

    Returns:
        The monthly row and the outputs of the `OutputRecorder`, by month.
    """
    recorder, recorded = OutputRecorder(model), {}
    for month in months:
        model.run_until(month - 1)
        recorder.before_month()
        model.run_until(month)
        row = {name: float(value) for name, value in model.rows[-1].items() if name != "month"}
        recorded[month] = row | recorder.after_month()
    model.run_until(end)
    return recorded


class OutputRecorder:
    """Recorder of outputs that are not monthly columns: `EXTRA_STOCKS`, `EXTRA_FLOWS`."""

    def __init__(self, model: DistrictModel) -> None:
        self._model = model

    def before_month(self) -> None:
        """Store which migrants have a valid permit before the month."""
        columns = self._model.state.columns
        self._person = columns["person"].copy()
        self._was_valid = columns["status"] == VALID

    def after_month(self) -> dict[str, float]:
        """Return the month's `EXTRA_STOCKS` and `EXTRA_FLOWS` by name."""
        model = self._model
        columns, world = model.state.columns, model.world
        present = model.state.occupied(world)
        registered = columns["registered_months"][present]
        # Persons are counted once by the number of months, and these counts are added up.
        by_residence = np.bincount(columns["residence_months"][present])
        by_registration = np.bincount(registered[registered != NEVER])
        counts = [*np.split(by_residence, _RESIDENCE_CLASSES), by_residence[_HALF_YEAR:]]
        counts += [by_registration[:_MONTHS_PER_YEAR], by_registration[_FIVE_YEARS:]]
        stocks = (int(persons.sum()) for persons in counts)
        # A slot may have been given to another person during the month.
        same_holder = self._was_valid & (columns["person"] == self._person) & present
        lapsed = same_holder & (columns["status"] == LAPSED)
        endorsed = same_holder & (columns["status"] == VALID) & (columns["permit_months"] == 0)
        eligible = entitled(model.state.migrants, world.owned, model.months_to_qualify)
        return {
            **dict(zip(EXTRA_STOCKS, stocks, strict=True)),
            "due_entitled": float((eligible & (lapsed | endorsed)).sum()),
            "lost_entitled": float((eligible & lapsed).sum()),
        }


def _policy_effects(
    model: DistrictModel, baseline: DistrictModel, policies: Iterable[Scenario]
) -> tuple[dict[str, float], dict[str, float]]:
    """Return "effects" and "costs" of the policies, see `evaluate_point`.

    Args:
        model: model at the end of the history.
        baseline: branch of the model without any policy, at the end of 2023.
        policies: policies that are simulated.
    """
    baseline_share = _share(baseline.rows[-1])
    effects, costs = {"baseline": baseline_share}, dict[str, float]()
    for policy in policies:
        branch = model.branch(policy)
        branch.run_until(END)
        effects[policy.name] = _share(branch.rows[-1]) - baseline_share
        costs[policy.name] = sum(float(row["cost_cny"]) for row in branch.rows if str(row["month"]) > HISTORY_END)
    return effects, costs


def _reason_shares(model: DistrictModel) -> dict[str, float]:
    """Return "reasons", see `evaluate_point`."""
    counts = count_reasons(model)[0]
    shares = PERCENT * counts / counts.sum()
    return {name: float(shares[REASONS.index(name)]) for name in NO_PERMIT_REASONS}


def _over_windows(recorded: dict[int, dict[str, float]], spec: EvaluationSpec) -> dict[str, float]:
    """Return the sum of each flow and the mean of each stock over each window.

    Args:
        recorded: outputs of each month of the windows.
        spec: windows and names of the outputs.
    """
    names = list(OUTPUTS) if spec.names is None else spec.names
    outputs = {}
    for first, last in spec.windows:
        for name in names:
            values = [recorded[month][name] for month in range(first, last + 1)]
            outputs[output_key(first, last, name)] = sum(values) / (1 if name in FLOW_OUTPUTS else len(values))
    return outputs


def _share(row: dict[str, float | int | str]) -> float:
    return PERCENT * float(row["valid"]) / float(row["population"])


@cache
def _district(folder: str) -> District:
    return load_district(folder, calibrated=False)


class Evaluator(Runner):
    """Runner that evaluates points, and reuses the results that its journal contains."""

    def evaluate(self, specs: Iterable[EvaluationSpec], on_progress: OnProgress) -> list[Entry]:
        """Evaluate the specs that the journal does not contain, and return all results.

        Args:
            specs: inputs of the evaluations; equal ones are evaluated once.
            on_progress: function called with the number of distinct evaluations finished so far, and of all.

        Returns:
            One journal entry per spec, in order, with the result or the error.
        """
        keys = [(spec.key, spec) for spec in specs]
        jobs = {key: Job(key, spec) for key, spec in keys}
        self.run(evaluate_point, jobs.values(), on_progress=lambda done: on_progress(done, len(jobs)))
        return [self._entry(key) for key, _ in keys]

    def _entry(self, key: str) -> Entry:
        entry = self.journal.entry(key)
        if entry is None:
            raise RunError(
                Message("{file}: the journal has no entry for the evaluation {key}", file=self.journal.file, key=key)
            )
        return entry
