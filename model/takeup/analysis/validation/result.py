"""What is to be lived: findings, and draws of a posterior to hold beside them.

The answer: every finding with the model's interval and a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.batch import Batch
from takeup.analysis.statistics import QUANTILES
from takeup.analysis.validation.replications import ReplicationRun, run_replication
from takeup.analysis.validation.studies import QUANTITIES, SCENARIOS, Studies, Study, calibrated_on
from takeup.district import District, Posterior, load_district
from takeup.scenario import Timeline, load_scenario
from takeup.simulation import street_slot_counts


@dataclass(frozen=True)
class ValidationSpec(Batch[ReplicationRun]):
    """Findings of studies, and the draws of a posterior that they are compared with.

    Attributes:
        district: the place.
        runs: one per draw.
        drawn: true.
        findings: of the studies.
        posterior: a hash of the file that the draws are from.
    """

    findings: Studies
    posterior: str

    work = staticmethod(run_replication)
    has_ticks = False

    @staticmethod
    def of(
        district: District, findings: Studies, posterior: Posterior, *, draws: int, agents: int, seed: int
    ) -> ValidationSpec:
        """The plan that the options make.

        Args:
            district: the place.
            findings: of others.
            posterior: of the district.
            draws: how many of its draws, evenly spaced.
            agents: simulated migrants at the most.
            seed: draw i has seed + i.

        Raises:
            InputError: there are not so many draws, or too few migrants, or a set-up does not fit the district.
        """
        chosen = posterior.thinned(draws)
        for values in chosen:
            known = district.parameters.override(values, "drawn")
            street_slot_counts(district, agents, int(known.number("contacts")))
        for file in sorted(SCENARIOS.glob("*.toml")):
            Timeline(load_scenario(file), district)
        runs = tuple(
            ReplicationRun(
                str(district.folder), district.digest, findings.until, findings.set_up, values, seed + number, agents
            )
            for number, values in enumerate(chosen)
        )
        return ValidationSpec(district, runs, True, findings, posterior.digest)


INSIDE: Final = "inside"
OVERLAPS: Final = "overlaps"
OUTSIDE: Final = "outside"
RIGHT: Final = "sign only (right)"
WRONG: Final = "sign only (wrong)"
NO_RESULT: Final = "no result"
MISSES: Final = (OUTSIDE, WRONG)


COLUMNS: Final = {
    "finding": "its name in the data file",
    "title": "what is looked at",
    "study": "who found it",
    "found": "the figure in words",
    "unit": "of the range and of the model's numbers",
    "range_low": "low end of the range that the study's figure lies in; empty of a direction alone",
    "range_high": "its high end",
    "sign": "the direction, + or -; empty where there is a range",
    "status": "how the figure is known: observed, derived, assumed",
    "source": "where it was read",
    "transfers": "how far the study's setting is: near, far, very far",
    "transfers_because": "what makes it so",
    "quantity": "what of the model stands beside it: a column of draws.csv",
    "median": "of the model, over the draws",
    "low": "low end of the middle 90 % of the draws",
    "high": "its high end",
    "draws": "draws that have a number",
    "agreeing": "share of them within the range, or on the right side of zero",
    "verdict": "see above",
    "likeliest_reason": "of a miss; a judgement",
    "parameters_from_it": "parameters whose value or range was judged with the study in view",
}
"""The columns of the table."""


@dataclass(frozen=True)
class StudyCheck:
    """A finding beside what the model gives.

    Attributes:
        finding: what the study found.
        median, low, high: over the draws, and the middle 90 % of them; NaN without a draw that has a number.
        draws: how many have one.
        agreeing: the share of them within the finding's range, or on its side of zero.
        verdict: INSIDE, OVERLAPS, OUTSIDE, RIGHT, WRONG or NO_RESULT.
        reason: the likeliest reason of a miss, a judgement; empty where there is none.
        resting: parameters whose value or range rests on the same study.
    """

    finding: Study
    median: float
    low: float
    high: float
    draws: int
    agreeing: float
    verdict: str
    reason: str
    resting: tuple[str, ...]

    @property
    def is_miss(self) -> bool:
        """Whether the model misses the finding."""
        return self.verdict in MISSES


@dataclass(frozen=True)
class Validation:
    """Findings of others beside what the model gives.

    Attributes:
        plan: what was held against what.
        draws: a row a draw that ended well: draw, seed, and every quantity.
        judged: the findings, in order.
    """

    plan: ValidationSpec
    draws: pd.DataFrame
    judged: tuple[StudyCheck, ...]

    @property
    def table(self) -> pd.DataFrame:
        """A row a finding, with its study, range, transferability, the model's numbers, verdict and reason."""
        return pd.DataFrame([_row(each) for each in self.judged], columns=list(COLUMNS))

    def number(self, verdict: str) -> int:
        """How many findings have a verdict."""
        return sum(each.verdict == verdict for each in self.judged)


def summarise_validation(plan: ValidationSpec, found: Sequence[Mapping[str, float | None] | None]) -> Validation:
    """The answer that the draws make.

    Args:
        plan: what was held against what.
        found: what each draw gave; None where it failed.
    """
    rows = [
        {"draw": number, "seed": life.seed, **{name: result[name] for name in QUANTITIES}}
        for number, (life, result) in enumerate(zip(plan.runs, found, strict=True))
        if result is not None
    ]
    draws = pd.DataFrame(rows, columns=["draw", "seed", *QUANTITIES])
    draws[list(QUANTITIES)] = draws[list(QUANTITIES)].astype(np.float64)
    sourced = load_district(plan.district.folder, calibrated=False)
    judged = tuple(
        check_study(each, draws[each.quantity].to_numpy(np.float64), calibrated_on(each, sourced))
        for each in plan.findings.finding
    )
    return Validation(plan, draws, judged)


def check_study(finding: Study, values: NDArray[np.float64], resting: tuple[str, ...] = ()) -> StudyCheck:
    """Hold a finding against the model's numbers, one a draw; a NaN is a draw without one.

    Inside: the median of the draws lies in the finding's range. Overlaps: it does not, but their middle 90 % reaches
    into it. Of a direction: right if the whole of these 90 % lies on its side of zero.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return StudyCheck(finding, math.nan, math.nan, math.nan, 0, math.nan, NO_RESULT, "", resting)
    low, median, high = (float(each) for each in np.quantile(known, QUANTILES))
    least, most = finding.range
    if finding.sign is not None:
        agreeing = (known > 0.0) if finding.sign == "+" else (known < 0.0)
        right = low > 0.0 if finding.sign == "+" else high < 0.0
        verdict, reason = (RIGHT, None) if right else (WRONG, finding.if_wrong)
    else:
        agreeing = (known >= least) & (known <= most)
        if low > most:
            verdict, reason = OUTSIDE, finding.if_above
        elif high < least:
            verdict, reason = OUTSIDE, finding.if_below
        else:
            verdict, reason = INSIDE if least <= median <= most else OVERLAPS, None
    return StudyCheck(finding, median, low, high, len(known), float(agreeing.mean()), verdict, reason or "", resting)


def _row(judged: StudyCheck) -> dict[str, str | float | int]:
    finding = judged.finding
    return {
        "finding": finding.name,
        "title": finding.title,
        "study": finding.study,
        "found": finding.found,
        "unit": finding.unit,
        "range_low": math.nan if finding.low is None else finding.low,
        "range_high": math.nan if finding.high is None else finding.high,
        "sign": finding.sign or "",
        "status": finding.status,
        "source": finding.source,
        "transfers": finding.transfers,
        "transfers_because": finding.why,
        "quantity": finding.quantity,
        "median": judged.median,
        "low": judged.low,
        "high": judged.high,
        "draws": judged.draws,
        "agreeing": judged.agreeing,
        "verdict": judged.verdict,
        "likeliest_reason": judged.reason,
        "parameters_from_it": " ".join(judged.resting),
    }
