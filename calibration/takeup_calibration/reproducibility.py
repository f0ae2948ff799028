"""Reproducibility of a calibration: agreement of the policies' effects between seeds of the design.

The medians of two calibrations of one district differ by Monte Carlo error, because each has a limited number of
points and draws.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from scipy import stats

from takeup.analysis.statistics import median_error
from takeup.district import EFFECT, POPULATION, POSTERIOR, SUMMARY, load_district, shipped_districts
from takeup.errors import InputError
from takeup.io import is_file
from takeup.message import Message
from takeup.report import formatting
from takeup.report.i18n import ENGLISH, Language
from takeup.report.results_folder import MANIFEST, district_record, verify_results
from takeup_calibration.diagnostics import independent_draws
from takeup_calibration.importance import weighted_quantile

_ERROR_RATE: Final = 0.01
"""Largest probability that calibrations whose medians differ only by Monte Carlo error are said to disagree."""


@dataclass(frozen=True)
class StoredCalibration:
    """A calibration in a results folder or in the folder of a district.

    Attributes:
        folder: results folder of `takeup calibrate`, or folder of the district.
        seed: seed of the design.
        effective_sample: effective sample size of the weighted points.
        effects: effects of each policy at the draws of the posterior, in percentage points.
        setting: what must be the same in calibrations that are compared, by name.
    """

    folder: Path
    seed: int
    effective_sample: float
    effects: dict[str, NDArray[np.float64]]
    setting: dict[str, Any]

    def independent_draws(self, policy: str) -> float:
        """Return the number of independent draws whose median has the same error."""
        return independent_draws(self.effective_sample, len(self.effects[policy]))


@dataclass(frozen=True)
class PolicyAgreement:
    """Agreement of the effects of a policy between S calibrations.

    Attributes:
        policy: name of the policy.
        medians: S medians of the effect in percentage points.
        errors: S Monte Carlo standard errors of the medians in percentage points.
        largest: largest standardised difference between two of the medians.
        agrees: whether it is within the limit.
    """

    policy: str
    medians: tuple[float, ...]
    errors: tuple[float, ...]
    largest: float
    agrees: bool


@dataclass(frozen=True)
class SeedComparison:
    """Agreement of the effects of all policies between calibrations with different seeds.

    Attributes:
        seeds: S seeds of the designs.
        policies: agreement by policy.
        limit: allowed standardised difference.
    """

    seeds: tuple[int, ...]
    policies: tuple[PolicyAgreement, ...]
    limit: float

    @property
    def agrees(self) -> bool:
        """Whether the medians of all policies agree."""
        return all(policy.agrees for policy in self.policies)


def compare_places(places: Sequence[str | Path]) -> SeedComparison:
    """Compare the median effects of policies between stored calibrations.

    Args:
        places: at least two results folders of `takeup calibrate` with different seeds, or names or folders of
            districts with an installed calibration.

    Raises:
        InputError: a place has no complete calibration, or the calibrations cannot be compared.
    """
    return compare_calibrations([read_calibration(place) for place in places])


def compare_calibrations(calibrations: Sequence[StoredCalibration]) -> SeedComparison:
    """Compare the median effects of policies between calibrations with different seeds.

    Two medians are compared on the scale of probabilities, where their error is known without an estimate of the
    density (Mood's median test). p is the share of the draws of a calibration below the common median of both, and n
    its number of independent draws, see `independent_draws`. The standardised difference is the absolute value of
    (p1 - p2) / sqrt((1 / n1 + 1 / n2) / 4). If the medians are equal, it is the absolute value of a standard normal
    variable. The limit is the quantile that all policies and pairs of seeds together exceed with a probability of at
    most 1 % (Bonferroni).

    Args:
        calibrations: at least two calibrations.

    Returns:
        Medians, their standard errors (see `median_error`) and the verdict, by policy.

    Raises:
        InputError: the calibrations differ in more than the seed and the numbers of points and draws.
    """
    _check_comparable(calibrations)
    pairs = list(combinations(calibrations, 2))
    policies = list(calibrations[0].effects)
    limit = float(stats.norm.isf(_ERROR_RATE / (2 * len(pairs) * len(policies))))
    agreements = []
    for policy in policies:
        largest = max(_standardised_difference(*pair, policy) for pair in pairs)
        errors = [median_error(each.effects[policy], each.independent_draws(policy)) for each in calibrations]
        medians = [float(np.median(each.effects[policy])) for each in calibrations]
        agreements.append(PolicyAgreement(policy, tuple(medians), tuple(errors), largest, largest <= limit))
    return SeedComparison(tuple(each.seed for each in calibrations), tuple(agreements), limit)


def read_calibration(place: str | Path) -> StoredCalibration:
    """Read a calibration that `takeup calibrate` has written.

    Args:
        place: results folder of the command, or name or folder of a district with an installed calibration.

    Raises:
        InputError: there is no complete calibration, or a file of the results was changed.
    """
    folder, district = Path(place), None
    if is_file(folder / MANIFEST):
        verify_results(folder)
        district = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["district"]
    elif str(place) in shipped_districts() or is_file(folder / POPULATION):
        installed = load_district(place, calibrated=False)
        folder, district = installed.folder, district_record(installed)
    if district is None or not all(is_file(folder / name) for name in (SUMMARY, POSTERIOR)):
        raise InputError(
            "no calibration found",
            file=folder,
            allowed=Message(
                "a results folder of takeup calibrate, or a district with {summary} and {posterior}",
                summary=SUMMARY,
                posterior=POSTERIOR,
            ),
        )
    summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    draws = pd.read_parquet(folder / POSTERIOR)
    effects = {
        name.removeprefix(EFFECT): draws[name].dropna().to_numpy(np.float64)
        for name in draws.columns
        if name.startswith(EFFECT)
    }
    for policy, values in effects.items():
        if not len(values):
            raise InputError(
                Message("no draw has an effect of the policy {policy}", policy=policy), file=folder / POSTERIOR
            )
    observations = summary["targets"] | summary.get("experiments", {})
    return StoredCalibration(
        folder,
        summary["seed"],
        summary["effective_sample"],
        effects,
        {
            "district": district,
            "number of agents": summary["agents"],
            "observations": {
                name: [each.get(key) for key in ("wanted", "estimate", "tolerance", "fitted")]
                for name, each in observations.items()
            },
            "policies": list(effects),
        },
    )


def _check_comparable(calibrations: Sequence[StoredCalibration]) -> None:
    """Check that calibrations have different seeds and are otherwise of the same posterior."""
    if len(calibrations) < 2:
        raise InputError(
            "one calibration has nothing to be compared with", allowed="two or more results folders or districts"
        )
    first, seeds = calibrations[0], [each.seed for each in calibrations]
    for place, each in enumerate(calibrations[1:], 1):
        for name, value in each.setting.items():
            if value != first.setting[name]:
                raise InputError(
                    Message("the calibration differs from that in {folder}", folder=first.folder),
                    file=each.folder,
                    key=name,
                    allowed="calibrations that differ only in the seed and in the numbers of points and draws",
                )
        if each.seed in seeds[:place]:
            raise InputError(
                "two calibrations have the same seed",
                file=each.folder,
                given=each.seed,
                allowed="calibrations with different values of --seed, whose points are independent",
            )


def _standardised_difference(one: StoredCalibration, other: StoredCalibration, policy: str) -> float:
    """Return the difference of two medians, divided by its standard error; see `compare_calibrations`."""
    sizes = np.array([each.independent_draws(policy) for each in (one, other)])
    effects = [each.effects[policy] for each in (one, other)]
    counts = [len(each) for each in effects]
    weights = np.repeat(sizes / counts, counts)
    middle = weighted_quantile(np.concatenate(effects), weights, 0.5)
    # Values equal to the median count half below it.
    shares = [np.mean(each < middle) + np.mean(each == middle) / 2 for each in effects]
    return float(abs(shares[0] - shares[1]) / np.sqrt((1 / sizes).sum() / 4))


def print_comparison(comparison: SeedComparison, translate: Language = ENGLISH) -> None:
    """Print one row per policy: medians, their errors and the largest standardised difference."""
    title = translate(
        "Policies: median effect ± Monte Carlo error, percentage points; differences up to {limit} agree",
        limit=formatting.decimal(comparison.limit, 2),
    )
    table = formatting.plain_table(title, gap=1)
    seeds = [translate("Seed {number}", number=seed) for seed in comparison.seeds]
    headers = (translate("Policy"), *seeds, translate("Largest\ndifference"), "")
    for number, header in enumerate(headers):
        table.add_column(header, no_wrap=number == 0)
    for each in comparison.policies:
        pairs = zip(each.medians, each.errors, strict=True)
        medians = (f"{formatting.decimal(median, 2)} ± {formatting.half_width(error, 2)}" for median, error in pairs)
        verdict = translate("agrees") if each.agrees else translate("DIFFERS")
        table.add_row(each.policy, *medians, formatting.decimal(each.largest, 2), verdict)
    Console().print(table)
