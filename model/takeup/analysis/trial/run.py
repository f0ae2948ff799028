"""Simulation of trials, one per replicate or draw, and their summary.

Each trial begins with a common history. From the month before the trial on, three runs with the same agents and
random numbers continue it: the trial, the district without it, and the district with everyone treated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.batch import Batch, check_run, settings_by_run
from takeup.analysis.statistics import TRIAL_CONFIDENCE, estimate_parts, t_interval
from takeup.analysis.trial.design import Enrolment, TrialDesign, enrol_persons, treated_streets
from takeup.analysis.trial.estimators import FollowUp, TrialEstimates, estimate_effects
from takeup.district import District, load_checked
from takeup.months import format_month, parse_month
from takeup.report.formatting import PERCENT
from takeup.rng import PERMANENT, TRIAL, stream_start
from takeup.rules import VALID
from takeup.runs.journal import key_of
from takeup.runs.scheduler import Job
from takeup.runs.task import RunSettings
from takeup.scenario import Scenario
from takeup.simulation import DistrictModel, Migrants

ARMS = ("treated", "control")
DEFAULT_DRAWS: Final = 100
"""Default number of draws, and therefore of trials: five of 100 lie beyond each end of their 90 % interval."""

TrialRow = dict[str, float | int | str]


class TrialRun(NamedTuple):
    """The inputs of one trial, as a worker receives them.

    Attributes:
        district, digest: folder of the district, and its expected digest.
        scenario: treatment.
        design: design of the trial.
        settings: settings of the simulations; their seed is also that of the arms.
    """

    district: str
    digest: str
    scenario: Scenario
    design: TrialDesign
    settings: RunSettings

    @property
    def months(self) -> int:
        """Number of months to simulate, for a progress bar."""
        design = self.design
        return design.begin - parse_month(self.settings.start) + 3 * (design.months[-1] + 1 - design.begin)

    def job(self) -> Job[TrialRun]:
        """Make the job of the trial, with a key that hashes all inputs of the results."""
        design = self.design
        key = key_of(
            self.digest,
            self.scenario.content,
            [design.share, design.unit, design.eligible, design.groups, design.begin, design.months],
            *self.settings.content,
        )
        return Job(key, self, self.months)


def run_trial_replicate(run: TrialRun, tick: Callable[[], None] = lambda: None) -> list[TrialRow]:
    """Simulate a history and the trial that follows it.

    Args:
        run: inputs of the trial.
        tick: function called after every simulated month of every run.

    Returns:
        One row per month of follow-up and arm: month, arm; the numbers of persons assigned, persons followed up, and
        valid permits among them; and the estimates, which are the same in the rows of both arms.
    """
    model = run.settings.model(load_checked(run.district, run.digest))
    model.run_until(run.design.begin - 1, tick)
    return run_trial(model, run.scenario, run.design, tick)


def run_trial(
    model: DistrictModel, scenario: Scenario, design: TrialDesign, tick: Callable[[], None] = lambda: None
) -> list[TrialRow]:
    """Conduct a trial from a model at the end of the month before it.

    Args:
        model: model with the history; it continues without the trial.
        scenario: treatment.
        design: design of the trial.
        tick: function called after every simulated month of every run.

    Returns:
        Rows as `run_trial_replicate` returns them.
    """
    enrolment = enrol_persons(model, design)
    models = (model.start_trial(scenario, enrolment.assignment), model, model.branch(scenario))
    rows: list[TrialRow] = []
    for month in design.months:
        for each in models:
            each.run_until(month, tick)
        followed = _follow_up(enrolment, models)
        estimates = _estimate_columns(estimate_effects(followed, by_street=design.unit == "street"))
        for arm in ARMS:
            is_assigned = enrolment.treated == (arm == "treated")
            is_followed = followed.treated == (arm == "treated")
            counts: TrialRow = {
                "assigned": int(is_assigned.sum()),
                "persons": int(is_followed.sum()),
                "valid": int(followed.in_trial[is_followed].sum()),
            }
            rows.append({"month": format_month(month), "arm": arm, **counts, **estimates})
    return rows


def has_permit(migrants: Migrants) -> NDArray[np.bool_]:
    """Return whether each migrant has a valid permit, shape (slots,)."""
    return np.asarray(migrants.status == VALID)


class ArmContrast(NamedTuple):
    """Contrast of the arms of one trial at its last month of follow-up.

    Attributes:
        persons: number of persons followed up.
        control: share of the controls who have the outcome, in %; NaN without controls.
        effect: intention-to-treat effect in percentage points, see `TrialEstimates`; NaN if an arm is empty.
    """

    persons: int
    control: float
    effect: float

    @property
    def ratio(self) -> float:
        """Ratio of the outcome with the treatment to that without it; NaN if no control has the outcome."""
        return 1.0 + self.effect / self.control if self.control > 0.0 else float("nan")


def contrast_arms(
    model: DistrictModel,
    scenario: Scenario,
    design: TrialDesign,
    *,
    among: NDArray[np.bool_] | None = None,
    outcome: Callable[[Migrants], NDArray[np.bool_]] = has_permit,
) -> ArmContrast:
    """Conduct a trial of any outcome, without the run in which everyone is treated.

    Args:
        model: model with the history; it continues without the trial.
        scenario: treatment.
        design: design of the trial.
        among: restriction of the enrolled persons, see `enrol_persons`.
        outcome: function that returns whether each migrant has the outcome, shape (slots,).
    """
    enrolment = enrol_persons(model, design, among)
    models = (model.start_trial(scenario, enrolment.assignment), model)
    for each in models:
        each.run_until(design.months[-1])
    is_present = _are_present(enrolment, models)
    slots, treated = enrolment.slots[is_present], enrolment.treated[is_present]
    in_trial, untreated = (outcome(each.state.migrants)[slots].astype(np.float64) for each in models)
    if treated.all() or not treated.any():
        return ArmContrast(len(slots), float("nan"), float("nan"))
    change = in_trial - untreated
    effect = PERCENT * (change[treated].mean() - change[~treated].mean())
    return ArmContrast(len(slots), PERCENT * float(in_trial[~treated].mean()), float(effect))


def _are_present(enrolment: Enrolment, models: Sequence[DistrictModel]) -> NDArray[np.bool_]:
    """Return whether each enrolled person is still a resident in all runs, shape (E,).

    Persons who left the district or settled (gained local household registration) in any run are not.
    """
    slots, is_present = enrolment.slots, np.ones(len(enrolment.slots), dtype=bool)
    for model in models:
        is_present &= model.state.migrants.person[slots] == enrolment.persons
        is_present &= model.world.rank[slots] < model.state.population
    return is_present


def _follow_up(enrolment: Enrolment, models: Sequence[DistrictModel]) -> FollowUp:
    """Select the enrolled persons who are still residents in all runs."""
    is_present = _are_present(enrolment, models)
    valid = [has_permit(model.state.migrants)[enrolment.slots[is_present]] for model in models]
    return FollowUp(enrolment.treated[is_present], enrolment.streets[is_present], *valid)


def _estimate_columns(estimates: TrialEstimates) -> TrialRow:
    return {
        "itt": estimates.itt.points,
        "low": estimates.itt.low,
        "high": estimates.itt.high,
        "naive_points": estimates.naive.points,
        "naive_low": estimates.naive.low,
        "naive_high": estimates.naive.high,
        "spillover_points": estimates.spillover,
        "true_effect_points": estimates.true_effect,
        "bias_points": estimates.bias,
        "imbalance_points": estimates.imbalance,
    }


class TrialSpec(Batch[TrialRun]):
    """Specification of trials with the same design, one per replicate or draw."""

    work = staticmethod(run_trial_replicate)

    @staticmethod
    def of(
        district: District,
        scenario: Scenario,
        design: TrialDesign,
        settings: RunSettings,
        *,
        replicates: int = 1,
        draws: Sequence[Mapping[str, float]] = (),
    ) -> TrialSpec:
        """Make and check the specification from the options of the command.

        Args:
            district: district that is simulated.
            scenario: treatment.
            design: design of the trials.
            settings: settings of the first trial, see `settings_by_run`; the last month is that of the design.
            replicates: number of trials if there are no draws.
            draws: draws of the posterior, one trial each; if empty, the trials are replicates.

        Raises:
            InputError: an input is wrong or does not fit the district.
        """
        of_runs = settings_by_run(district, replace(settings, until=design.last), draws, replicates, [scenario])
        for each in of_runs:
            check_run(district, each, scenario)
        if design.unit == "street":
            treated_streets(stream_start(settings.seed, PERMANENT, TRIAL), design.share, len(district.streets))
        runs = tuple(TrialRun(str(district.folder), district.digest, scenario, design, each) for each in of_runs)
        return TrialSpec(district, runs, drawn=bool(draws))

    @property
    def scenario(self) -> Scenario:
        """Scenario of the treatment."""
        return self.runs[0].scenario

    @property
    def design(self) -> TrialDesign:
        """Design of the trials."""
        return self.runs[0].design


QUANTITIES: Final = (
    "itt",
    "naive_points",
    "true_effect_points",
    "spillover_points",
    "bias_points",
    "imbalance_points",
)
_INTERVALS: Final = {"itt": ("low", "high"), "naive_points": ("naive_low", "naive_high")}


@dataclass(frozen=True)
class TrialResult:
    """Results of the trials of one design.

    Attributes:
        spec: specification of the trials.
        runs: number of successful trials.
        table: table with one row per trial (replicate or draw), month and arm: assigned, persons, valid, share; and
            the estimates in percentage points, the same for both arms: itt (low, high), naive_points (naive_low,
            naive_high), spillover_points, true_effect_points, bias_points, imbalance_points.
        summary: table with one row per month and quantity of `QUANTITIES`: trials, the number of trials in which the
            quantity is defined; points, low, high. A single trial has its own interval, if there is one; replicates
            have the mean with its t interval; draws have the mean with the interval that contains 90 % of them.
        coverage: table with one row per month: the number of trials whose interval of itt, and of naive_points,
            contains the true effect.
    """

    spec: TrialSpec
    runs: int
    table: pd.DataFrame
    summary: pd.DataFrame
    coverage: pd.DataFrame

    @property
    def months(self) -> tuple[str, ...]:
        """Months of follow-up, YYYY-MM."""
        return tuple(format_month(month) for month in self.spec.design.months)

    def arm(self, month: str, arm: str) -> pd.Series[float]:
        """Return the means over trials of one arm: assigned, persons, valid, share."""
        rows = self.table[(self.table["month"] == month) & (self.table["arm"] == arm)]
        return rows[["assigned", "persons", "valid", "share"]].mean()


def summarise_trials(spec: TrialSpec, run_results: Sequence[list[TrialRow] | None]) -> TrialResult:
    """Summarise the trials of a specification.

    Args:
        spec: specification of the trials.
        run_results: rows of each trial, one per month and arm as `run_trial` returns them; None for a failed trial.
            At least one trial must have succeeded.

    Returns:
        The rows of all trials, and per month the mean of each quantity over trials and the coverage of its interval.
    """
    number = "draw" if spec.drawn else "replicate"
    table = pd.DataFrame(
        [{number: run, **row} for run, rows in enumerate(run_results) if rows is not None for row in rows]
    )
    share = table["valid"] / table["persons"]  # NaN for an empty arm
    table.insert(list(table.columns).index("valid") + 1, "share", share)
    by_trial = table[table["arm"] == ARMS[0]]
    months = [(str(month), rows) for month, rows in by_trial.groupby("month", sort=False)]
    summary = [
        {"month": month, "quantity": quantity, **_over_trials(rows, quantity, drawn=spec.drawn)}
        for month, rows in months
        for quantity in QUANTITIES
    ]
    coverage = [{"month": month, **_coverage(rows)} for month, rows in months]
    return TrialResult(spec, by_trial[number].nunique(), table, pd.DataFrame(summary), pd.DataFrame(coverage))


def _over_trials(rows: pd.DataFrame, quantity: str, *, drawn: bool) -> dict[str, float]:
    """Summarise a quantity over trials; for a single trial, return its own interval."""
    defined = rows[rows[quantity].notna()]
    values = defined[quantity].to_numpy(np.float64)
    if len(values) == 0:
        return {"trials": 0, "points": np.nan, "low": np.nan, "high": np.nan}
    over_trials = estimate_parts(values, drawn=True) if drawn else t_interval(values, TRIAL_CONFIDENCE)
    low, high = over_trials.low, over_trials.high
    if len(rows) == 1 and quantity in _INTERVALS:
        low, high = (defined[end].iloc[0] for end in _INTERVALS[quantity])
    return {"trials": len(values), "points": float(over_trials.center), "low": float(low), "high": float(high)}


def _coverage(rows: pd.DataFrame) -> dict[str, int]:
    """Count the trials whose interval contains the true effect, by quantity."""
    truth: NDArray[np.float64] = rows["true_effect_points"].to_numpy(np.float64)
    return {
        quantity: int(((rows[low] <= truth) & (truth <= rows[high])).sum())
        for quantity, (low, high) in _INTERVALS.items()
    }
