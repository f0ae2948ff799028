"""Result of a validation: every study with the model's interval and a verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.batch import Batch, check_run, settings_by_run
from takeup.analysis.statistics import QUANTILES
from takeup.analysis.validation.replications import ReplicationRun, run_replication
from takeup.analysis.validation.studies import QUANTITIES, SCENARIOS, Studies, Study, calibrated_on
from takeup.district import District, Posterior, load_district
from takeup.runs import RunSettings
from takeup.scenario import Timeline, load_scenario


@dataclass(frozen=True)
class ValidationSpec(Batch[ReplicationRun]):
    """Specification of a validation: the studies and the draws that replicate them.

    Attributes:
        district: district that is simulated.
        runs: specifications of the replications, one per draw of the posterior.
        drawn: always true.
        studies: studies to compare with.
        posterior: hash of the file of the posterior.
    """

    studies: Studies
    posterior: str

    work = staticmethod(run_replication)
    reports_months = False

    @staticmethod
    def of(
        district: District, studies: Studies, posterior: Posterior, settings: RunSettings, *, draws: int
    ) -> ValidationSpec:
        """Make and check the specification from the options of the command.

        Args:
            district: district that is simulated.
            studies: studies to compare with.
            posterior: posterior of the district.
            settings: settings of the first draw, see `settings_by_run`.
            draws: number of draws of the posterior to use.

        Raises:
            InputError: the posterior has too few draws, there are too few agents, or a set-up does not fit the
                district.
        """
        of_draws = settings_by_run(district, settings, posterior.thinned(draws), 1, [])
        for each in of_draws:
            check_run(district, each)
        for file in sorted(SCENARIOS.glob("*.toml")):
            Timeline(load_scenario(file), district)
        runs = tuple(
            ReplicationRun(str(district.folder), district.digest, each, studies.until, studies.set_up)
            for each in of_draws
        )
        return ValidationSpec(district, runs, True, studies, posterior.digest)


INSIDE: Final = "inside"
OVERLAPS: Final = "overlaps"
OUTSIDE: Final = "outside"
RIGHT: Final = "sign only (right)"
WRONG: Final = "sign only (wrong)"
NO_RESULT: Final = "no result"
VERDICTS: Final = (INSIDE, OVERLAPS, OUTSIDE, RIGHT, WRONG, NO_RESULT)
MISSES: Final = (OUTSIDE, WRONG)


COLUMNS: Final = {
    "finding": "name in the data file",
    "title": "subject",
    "study": "citation",
    "found": "reported result in words",
    "unit": "unit of the range and of the model's values",
    "range_low": "low end of the study's range; empty for a direction",
    "range_high": "high end of the range",
    "sign": "direction, + or -; empty for a range",
    "status": "how the result is known: observed, derived, assumed",
    "source": "source of the result",
    "transfers": "how far the study's setting is from the model's: near, far, very far",
    "transfers_because": "reason for `transfers`",
    "quantity": "column of draws.csv to compare with",
    "median": "median over the draws",
    "low": "low end of the middle 90 % of the draws",
    "high": "high end of it",
    "draws": "draws in which the quantity is defined",
    "agreeing": "share of these draws that agree",
    "verdict": "verdict on the study",
    "likeliest_reason": "most likely reason of a miss; a judgement",
    "parameters_from_it": "guided parameters",
}
"""The columns of the table."""


@dataclass(frozen=True)
class StudyCheck:
    """A study compared with the model.

    Attributes:
        study: study that is compared.
        median, low, high: median and middle 90 % over the draws; NaN if the quantity is undefined in all of them.
        draws: number of draws in which the quantity is defined.
        agreement: share of these draws within the study's range, or on the study's side of zero.
        verdict: INSIDE, OVERLAPS, OUTSIDE, RIGHT, WRONG or NO_RESULT.
        reason: most likely reason of a miss, a judgement; otherwise empty.
        calibrated: parameters whose value or range is based on the same study.
    """

    study: Study
    median: float
    low: float
    high: float
    draws: int
    agreement: float
    verdict: str
    reason: str
    calibrated: tuple[str, ...]

    @property
    def is_miss(self) -> bool:
        """Whether the model misses the study's result."""
        return self.verdict in MISSES


@dataclass(frozen=True)
class Validation:
    """Studies compared with the model over the draws.

    Attributes:
        spec: specification of the validation.
        draws: table with one row per successful draw: draw, seed, and every quantity.
        checks: results of the comparison, in the order of the studies.
    """

    spec: ValidationSpec
    draws: pd.DataFrame
    checks: tuple[StudyCheck, ...]

    @property
    def table(self) -> pd.DataFrame:
        """Table with one row per study and the columns of `COLUMNS`."""
        return pd.DataFrame([_table_row(each) for each in self.checks], columns=list(COLUMNS))

    def number(self, verdict: str) -> int:
        """Return the number of studies with a verdict."""
        return sum(each.verdict == verdict for each in self.checks)


def summarise_validation(
    spec: ValidationSpec, run_results: Sequence[Mapping[str, float | None] | None]
) -> Validation:
    """Summarise the draws of a specification.

    Args:
        spec: specification of the validation.
        run_results: values of each draw by quantity; None for a failed draw.

    Returns:
        The values of all draws, and the comparison of each study with them.
    """
    rows = [
        {"draw": number, "seed": run.settings.seed, **{name: result[name] for name in QUANTITIES}}
        for number, (run, result) in enumerate(zip(spec.runs, run_results, strict=True))
        if result is not None
    ]
    draws = pd.DataFrame(rows, columns=["draw", "seed", *QUANTITIES])
    draws[list(QUANTITIES)] = draws[list(QUANTITIES)].astype(np.float64)
    sourced = load_district(spec.district.folder, calibrated=False)
    checks = tuple(
        check_study(each, draws[each.quantity].to_numpy(np.float64), calibrated_on(each, sourced))
        for each in spec.studies.each
    )
    return Validation(spec, draws, checks)


def check_study(study: Study, values: NDArray[np.float64], calibrated: tuple[str, ...] = ()) -> StudyCheck:
    """Compare a study with the model's values over the draws.

    The verdict on a range is "inside" if the median of the draws lies in it, "overlaps" if only a part of their
    middle 90 % does, and "outside" otherwise. The verdict on a direction is "right" if the whole middle 90 % lies on
    the study's side of zero.

    Args:
        study: study with its range or direction.
        values: value of the study's quantity per draw, shape (draws,); NaN where it is undefined.
        calibrated: parameters whose value or range is based on the same study.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return StudyCheck(study, math.nan, math.nan, math.nan, 0, math.nan, NO_RESULT, "", calibrated)
    low, median, high = (float(each) for each in np.quantile(known, QUANTILES))
    least, most = study.range
    if study.sign is not None:
        agrees = (known > 0.0) if study.sign == "+" else (known < 0.0)
        right = low > 0.0 if study.sign == "+" else high < 0.0
        verdict, reason = (RIGHT, None) if right else (WRONG, study.if_wrong)
    else:
        agrees = (known >= least) & (known <= most)
        if low > most:
            verdict, reason = OUTSIDE, study.if_above
        elif high < least:
            verdict, reason = OUTSIDE, study.if_below
        else:
            verdict, reason = INSIDE if least <= median <= most else OVERLAPS, None
    return StudyCheck(study, median, low, high, len(known), float(agrees.mean()), verdict, reason or "", calibrated)


def _table_row(check: StudyCheck) -> dict[str, str | float | int]:
    study = check.study
    return {
        "finding": study.name,
        "title": study.title,
        "study": study.citation,
        "found": study.reported,
        "unit": study.unit,
        "range_low": math.nan if study.low is None else study.low,
        "range_high": math.nan if study.high is None else study.high,
        "sign": study.sign or "",
        "status": study.status,
        "source": study.source,
        "transfers": study.transfers,
        "transfers_because": study.transfers_because,
        "quantity": study.quantity,
        "median": check.median,
        "low": check.low,
        "high": check.high,
        "draws": check.draws,
        "agreeing": check.agreement,
        "verdict": check.verdict,
        "likeliest_reason": check.reason,
        "parameters_from_it": " ".join(check.calibrated),
    }
