"""The value of every candidate: for the whole choice, for each pair of scenarios, and one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from takeup_calibration.value.candidates import Candidate
from takeup_calibration.value.evidence import Evidence
from takeup_calibration.value.worth import Bench, Estimate, Gained, ahead_of_best


@dataclass(frozen=True)
class Worth:
    """What a candidate is worth.

    Attributes:
        candidate: the figure.
        evsi: expected value of collecting it.
        usual: the same as it is usually estimated, from regressions on all draws.
    """

    candidate: Candidate
    evsi: Estimate
    usual: float


@dataclass(frozen=True)
class Part:
    """What a candidate tells of a choice between two.

    Attributes:
        candidate: its name.
        evsi: expected value of collecting it for this choice.
        removed: share of the variance of the two benefits' difference that it removes.
    """

    candidate: str
    evsi: Estimate
    removed: Estimate


@dataclass(frozen=True)
class Pair:
    """A choice between two scenarios.

    Attributes:
        one, other: their names.
        mean, sd: of the difference of their benefits, the one's less the other's.
        chance: standard deviation of the part of it that is chance; NaN where no draw was lived twice.
        better: share of the draws under which the one is better.
        evpi: expected value of perfect information.
        parts: of each candidate.
    """

    one: str
    other: str
    mean: float
    sd: float
    chance: float
    better: float
    evpi: Estimate
    parts: list[Part]


@dataclass(frozen=True)
class Step:
    """A candidate collected after others.

    Attributes:
        candidate: its name.
        gain: beside those collected before.
        total: of all so far.
    """

    candidate: str
    gain: Estimate
    total: Estimate


@dataclass(frozen=True)
class Valuation:
    """What information is worth for a choice.

    Attributes:
        evidence: it is found from.
        best: the scenario that is best on average.
        evpi: expected value of perfect information.
        worths: of each candidate, the dearest first.
        pairs: of scenarios.
        steps: what to collect, in order, for as long as a gain is larger than its standard error.
    """

    evidence: Evidence
    best: str
    evpi: Estimate
    worths: list[Worth]
    pairs: list[Pair]
    steps: list[Step]

    def pair(self, one: str, other: str) -> Pair:
        """The choice between two, in whichever order."""
        return next(pair for pair in self.pairs if {pair.one, pair.other} == {one, other})

    @property
    def hardest(self) -> Pair:
        """The two between which knowing everything is worth most."""
        return max(self.pairs, key=lambda pair: pair.evpi.value)


def valued(evidence: Evidence, seed: int, on_step: Callable[[int], None] = lambda _: None) -> Valuation:
    """The value of information for a choice.

    Linear algebra runs on one thread, for the same bits on any machine of a kind.

    Args:
        evidence: of the draws.
        seed: of the errors in the data, of parting the draws and of resampling them.
        on_step: called with the number of candidates looked at so far.
    """
    with threadpool_limits(1):
        return _valued(evidence, seed, on_step)


def _valued(evidence: Evidence, seed: int, on_step: Callable[[int], None]) -> Valuation:
    bench = Bench(evidence, seed)
    benefits, count = evidence.benefits, len(evidence.scenarios)
    couples = list(combinations(range(count), 2))
    differences = np.column_stack([benefits[:, one] - benefits[:, other] for one, other in couples])
    targets = np.hstack([bench.ahead, differences])
    worths, gained, parts = [], [], []
    for column, candidate in enumerate(evidence.candidates):
        expected = bench.expected([column], targets)
        gained.append(bench.gained(bench.ahead, expected[:, :, :count]))
        worths.append(Worth(candidate, gained[-1].worth, bench.usual(column)))
        parts.append(_parts(bench, candidate.name, differences, expected[:, :, count:]))
        on_step(column + 1)
    return Valuation(
        evidence,
        evidence.scenarios[int(benefits.mean(axis=0).argmax())],
        bench.perfect(bench.ahead),
        sorted(worths, key=lambda worth: -worth.evsi.value),
        [_pair(bench, *couple, [part[i] for part in parts]) for i, couple in enumerate(couples)],
        _steps(bench, gained),
    )


def _parts(bench: Bench, name: str, differences: NDArray[np.float64], expected: NDArray[np.float64]) -> list[Part]:
    """What a candidate tells of each pair."""
    found = []
    for column, difference in enumerate(differences.T):
        of_it = expected[:, :, column]
        ahead = ahead_of_best(np.column_stack([difference, np.zeros_like(difference)]))
        shown = np.stack([of_it, np.zeros_like(of_it)], axis=2)
        found.append(Part(name, bench.gained(ahead, shown).worth, bench.removed(difference, of_it)))
    return found


def _pair(bench: Bench, one: int, other: int, parts: list[Part]) -> Pair:
    evidence = bench.evidence
    difference = evidence.benefits[:, one] - evidence.benefits[:, other]
    again = evidence.again[:, one] - evidence.again[:, other]
    apart = difference[evidence.twice] - again
    return Pair(
        evidence.scenarios[one],
        evidence.scenarios[other],
        float(difference.mean()),
        float(difference.std(ddof=1)),
        float(np.sqrt((apart**2).mean() / 2)) if len(apart) else float("nan"),
        float((difference > 0).mean()),
        bench.perfect(ahead_of_best(evidence.benefits[:, [one, other]])),
        parts,
    )


def _steps(bench: Bench, alone: list[Gained]) -> list[Step]:
    """The candidate that gains most, then the one that gains most beside it, until none gains more than its error."""
    found: list[Step] = []
    taken: list[int] = []
    before: Gained | None = None
    left = dict(enumerate(alone))
    while left:
        best = max(left, key=lambda column: left[column].worth.value)
        gain = bench.more(left[best], before)
        if gain.value <= gain.error:
            break
        before = left.pop(best)
        taken.append(best)
        found.append(Step(bench.evidence.candidates[best].name, gain, before.worth))
        left = {column: bench.gained(bench.ahead, bench.expected([*taken, column], bench.ahead)) for column in left}
    return found
