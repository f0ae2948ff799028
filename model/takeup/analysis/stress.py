"""Stress tests of a district: cases, accounting identities, results and output.

The identities are true in every month, for every district, scenario and population.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from rich.table import Table
from rich.text import Text

from takeup.district import ATTRIBUTES, Definition, District, levers
from takeup.district.population import Count
from takeup.errors import InputError, RunError
from takeup.io import parse_model
from takeup.months import START, format_month, parse_month
from takeup.report.formatting import count, plain_table, printable
from takeup.report.i18n import ENGLISH, Language
from takeup.report.results_folder import command_line, district_record, library_versions, results_writer, write_tables
from takeup.runs.scheduler import Job, Scheduler, WorkerDiedError
from takeup.scenario import BASELINE, Intervention, Scenario, SourcedIntervention
from takeup.simulation import GROUP_COUNTS, Engine, PermitModel, restore_model, save_model
from takeup.simulation.state import find_violations

LONG_MONTHS: Final = 1_200
_EMPTIED_SHARE: Final = 0.01
_YEARS_DOWN_MONTHS: Final = 60
_MONTHS: Final = 36
"""Length of the cases with levers at their limits: long enough for permits to be issued, expire and lapse."""
_ACTS_FROM_MONTHS: Final = 12
"""Months before the levers of a case take effect."""
_SAMPLE_MONTHS: Final = 24

_ENDS: Final = ("low", "high")

CaseKind = Literal["accounts", "engines", "saving"]


@dataclass(frozen=True)
class StressCase:
    """A stress test: a scenario to simulate in a district and the property to check.

    Attributes:
        name: name of the case in the table.
        kind: property to check. "accounts": the accounting identities are true in every month; "engines": both
            engines give the same bits; "saving": a model that was saved and restored, or branched, gives the same
            bits as one that was not.
        district, scenario: district and scenario that are simulated.
        months: number of months, from 2010-01 on.
    """

    name: str
    kind: CaseKind
    district: District
    scenario: Scenario
    months: int

    @property
    def until(self) -> str:
        """The last month, YYYY-MM."""
        return format_month(parse_month(START) + self.months - 1)


def stress_cases(district: District, translate: Language = ENGLISH) -> list[StressCase]:
    """Make all stress cases of a district, with their names in a language."""
    ends = {"low": translate("low"), "high": translate("high")}
    single_levers, together = [], []
    for end in _ENDS:
        values = {lever.name: dict(_ends(lever, district, end)) for lever in levers().values()}
        single_levers += [
            StressCase(
                translate("{lever} at its {end} end", lever=name, end=ends[end]),
                "accounts",
                district,
                _policy(f"{name}_{end}", limits),
                _MONTHS,
            )
            for name, limits in values.items()
        ]
        together.append(
            _policy(f"all_{end}", {name: limit for limits in values.values() for name, limit in limits.items()})
        )
    shrunk = _with_population_drop(district)
    shrinks = translate("population falls to 1 % and grows back")
    at_ends = [(ends[end], policy) for end, policy in zip(_ENDS, together, strict=True)]
    return [
        StressCase(translate("1,200 months"), "accounts", district, BASELINE, LONG_MONTHS),
        StressCase(shrinks, "accounts", shrunk, BASELINE, 3 * _YEARS_DOWN_MONTHS),
        *single_levers,
        *(
            StressCase(translate("all levers at their {end} ends", end=end), "accounts", district, policy, _MONTHS)
            for end, policy in at_ends
        ),
        StressCase(translate("both engines, same bits"), "engines", district, BASELINE, _SAMPLE_MONTHS),
        *(
            StressCase(
                translate("both engines, levers at their {end} ends", end=end),
                "engines",
                district,
                policy,
                _SAMPLE_MONTHS,
            )
            for end, policy in at_ends
        ),
        StressCase(translate("saved, restored and branched"), "saving", district, together[0], _SAMPLE_MONTHS),
    ]


def case_names(district: District, translate: Language) -> dict[str, str]:
    """Return the name of each stress case in a language, by its English name."""
    translated = stress_cases(district, translate)
    return {case.name: each.name for case, each in zip(stress_cases(district), translated, strict=True)}


def _ends(lever: Definition, district: District, end: str) -> Iterator[tuple[str, float]]:
    """Yield the names and limits of the values of a lever at one end of their range.

    Infinite limits are yielded for `supply` only, the only lever that may be infinite.
    """
    for name in lever.names:
        entry = district.parameters[name]
        value = entry.low if end == "low" else entry.high
        if math.isfinite(value) or lever.name == "supply":
            yield name, value


def _policy(name: str, values: dict[str, float]) -> Scenario:
    begins = format_month(parse_month(START) + _ACTS_FROM_MONTHS)
    stated = [
        SourcedIntervention(parse_model(Intervention, {"lever": lever, "set": value, "from": begins}), None, number)
        for number, (lever, value) in enumerate(values.items(), 1)
    ]
    return Scenario(name, name, "", "assumed: the ends of the ranges", tuple(stated))


def _with_population_drop(district: District) -> District:
    """Make a copy of a district whose population falls to 1 % and recovers."""
    start, most = parse_month(START), district.population.most
    persons = (most, max(1, round(most * _EMPTIED_SHARE)), most)
    counts = tuple(
        Count(
            month=format_month(start + number * _YEARS_DOWN_MONTHS), persons=count, status="assumed", source="stress"
        )
        for number, count in enumerate(persons)
    )
    return replace(district, population=replace(district.population, counts=counts))


_SHARES: Final = ("mean_trust", "delivered_", "reputation_")


def month_violations(model: PermitModel, before: dict[str, Any] | None) -> Iterator[str]:
    """Yield the accounting identities that the month just simulated violates.

    Args:
        model: model at the end of the month.
        before: row of the monthly table for the month before; None in the first month.
    """
    row: dict[str, Any] = model.rows[-1]
    violation = find_violations(model.state, model.world)
    if violation is not None:
        yield violation
    for name, value in row.items():
        if not isinstance(value, str) and not (math.isfinite(value) and value >= 0):
            yield f"{name} is {value}, not a finite number of at least 0"
        if name.startswith(_SHARES) and not 0.0 <= value <= 1.0:
            yield f"{name} is {value}, not a share from 0 to 1"
    if row["population"] != model.district.population.persons(model.state.month, model.agents_at_most):
        yield "the population differs from that in the district's file"
    if row["population"] != row["none"] + row["queued"] + row["valid"] + row["lapsed"]:
        yield "the statuses do not add up to the population"
    if row["population"] != row["unaware"] + row["heard"] + row["informed"]:
        yield "the levels of knowledge do not add up to the population"
    for part, whole in (
        ("returned", "applications"),
        ("endorsed_late", "endorsed"),
        ("departures_valid", "departures"),
    ):
        if row[part] > row[whole]:
            yield f"more {part} than {whole}"
    if before is not None:
        yield from _changes(row, before)


def _changes(row: dict[str, Any], before: dict[str, Any]) -> Iterator[str]:
    """Yield violated identities between changes of stocks and the recorded flows."""
    change = {name: row[name] - before[name] for name in ("population", "valid", "queued", "lapsed")}
    if change["population"] != row["arrivals"] - row["departures"] - row["settled"]:
        yield "the population changes by more or less than arrivals, departures and settlement"
    flows = row["issued"] + row["endorsed_late"] - row["lapses"] - row["departures_valid"] - row["settled"]
    if change["valid"] != flows:
        yield "valid permits change by more or less than issue, endorsement, lapse, departure and settlement"
    left_queue = row["applications"] - row["returned"] - row["issued"] - change["queued"]
    left_lapsed = row["lapses"] - row["endorsed_late"] - change["lapsed"]
    if min(left_queue, left_lapsed) < 0 or left_queue + left_lapsed + row["departures_valid"] > row["departures"]:
        yield "queued applications or lapsed permits change by more or less than the recorded flows"


def group_violations(model: PermitModel) -> Iterator[str]:
    """Yield the attributes whose counts by level do not add up to the district's."""
    groups, history = model.groups(), model.history().set_index("month")[list(GROUP_COUNTS)]
    sums = groups.groupby(["month", "attribute"])[list(GROUP_COUNTS)].sum()
    for attribute in (*ATTRIBUTES, "street"):
        if not np.array_equal(sums.xs(attribute, level="attribute").to_numpy(), history.to_numpy()):
            yield f"the counts by {attribute} do not add up to the district's"


CRASHED: Final = "crashed"
_Payload = tuple[StressCase, int, int]
"""The case, the maximum number of simulated migrants, and the seed."""


@dataclass(frozen=True)
class CaseResult:
    """Result of a stress case.

    Attributes:
        case: the stress case.
        months: number of simulated months.
        fault: first violation with its month, or the crash of the process; None if the case passed.
    """

    case: StressCase
    months: int
    fault: str | None


@dataclass(frozen=True)
class StressReport:
    """Results of all stress cases of a district.

    Attributes:
        district: district that was tested.
        agents: maximum number of simulated migrants of every model.
        seed: seed of every model.
        results: results in the order of the cases.
    """

    district: District
    agents: int
    seed: int
    results: tuple[CaseResult, ...]

    @property
    def table(self) -> pd.DataFrame:
        """Table with one row per case: its name, kind, months, whether it passed, fault."""
        rows = [
            (each.case.name, each.case.kind, each.months, each.fault is None, each.fault) for each in self.results
        ]
        table = pd.DataFrame(rows, columns=["tried", "kind", "months", "held", "fault"])
        return table.astype({"fault": "string"})

    @property
    def failed(self) -> list[CaseResult]:
        """The results of the cases that did not pass."""
        return [each for each in self.results if each.fault is not None]


def run_stress_tests(
    district: District,
    agents: int,
    seed: int,
    on_case: Callable[[int], None],
    cases: Sequence[StressCase] | None = None,
    workers: int = 1,
) -> StressReport:
    """Run all stress cases of a district.

    The cases run in worker processes, so that a crash fails one case only.

    Args:
        district: district to test.
        agents: maximum number of simulated migrants of every model.
        seed: seed of every model.
        on_case: function called with the number of finished cases.
        cases: cases to run; None: those of `stress_cases`.
        workers: number of processes.

    Raises:
        InputError: there are too few migrants for every street.
    """
    cases = stress_cases(district) if cases is None else cases
    results: dict[str, CaseResult] = {}

    def ended(job: Job[_Payload], outcome: CaseResult | None, error: BaseException | None) -> None:
        if isinstance(error, WorkerDiedError):
            outcome = CaseResult(job.payload[0], 0, f"{CRASHED}: {error}")
        elif error is not None:
            raise error
        if outcome is not None:
            results[job.key] = outcome
        on_case(len(results))

    jobs = (Job(str(number), (case, agents, seed)) for number, case in enumerate(cases))
    Scheduler(run_case_isolated, jobs, ended, workers, cluster=None).run()
    return StressReport(district, agents, seed, tuple(results[str(number)] for number in range(len(cases))))


def run_case_isolated(payload: _Payload) -> CaseResult:
    """Run one case in a worker process."""
    return check_case(*payload)


def check_case(case: StressCase, agents: int, seed: int) -> CaseResult:
    """Run one case; an exception is reported as its fault."""
    model = _model(case, agents, seed)
    try:
        violations = {"accounts": _accounts, "engines": _engines, "saving": _saving}[case.kind]
        fault = next(violations(case, model), None)
    except (InputError, RunError, ArithmeticError, LookupError, ValueError, TypeError) as error:
        fault = f"{type(error).__name__}: {error}"
    if fault is not None and model.rows:
        fault = f"{model.rows[-1]['month']}: {fault}"
    return CaseResult(case, len(model.rows), fault)


def _model(case: StressCase, agents: int, seed: int, engine: Engine = "compiled") -> PermitModel:
    return PermitModel(case.district, case.scenario, agents, engine, seed, until=case.until)


def _accounts(case: StressCase, model: PermitModel) -> Iterator[str]:
    before: dict[str, Any] | None = None
    for _ in range(case.months):
        model.step()
        yield from month_violations(model, before)
        before = model.rows[-1]
    yield from group_violations(model)


def _engines(case: StressCase, model: PermitModel) -> Iterator[str]:
    other = _model(case, model.agents_at_most, model.seed, "objects")
    for _ in range(case.months):
        model.step()
        other.step()
        yield from _differences(model, other)


def _saving(case: StressCase, model: PermitModel) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model"
        for _ in range(case.months // 2):
            model.step()
        save_model(model, file)
        restored, branched = restore_model(file, district=case.district), model.branch(case.scenario)
    for _ in range(case.months - case.months // 2):
        for each in (model, restored, branched):
            each.step()
        for other in (restored, branched):
            yield from _differences(model, other)


def _differences(one: PermitModel, other: PermitModel) -> Iterator[str]:
    """Yield the columns and tables of the state in which two models differ."""
    for name, column in one.state.columns.items():
        if column.tobytes() != other.state.columns[name].tobytes():
            yield f"{name} differs"
    for name in ("length", "credit", "wait", "reputation", "delivered"):
        if getattr(one.state, name).tobytes() != getattr(other.state, name).tobytes():
            yield f"{name} differs"
    if one.rows[-1] != other.rows[-1]:
        yield "the monthly tables differ"


def render_stress(stress: StressReport, translate: Language = ENGLISH) -> Table:
    """Make the terminal table, one row per case."""
    title = translate("Stress tests of {place}", place=translate.place(stress.district.population))
    table = plain_table(title, _cases_note(stress, translate), gap=1)
    table.add_column(translate("Case"), overflow="fold", ratio=3)
    table.add_column(translate("Months"), justify="right", no_wrap=True)
    table.add_column(translate("Passed"), overflow="fold", ratio=2)
    names = case_names(stress.district, translate)
    for each in stress.results:
        passed = Text(translate("yes"))
        outcome = passed if each.fault is None else Text(printable(_failed(each.fault, translate)), style="bold")
        table.add_row(names.get(each.case.name, each.case.name), count(each.months), outcome)
    return table


def _failed(fault: str, translate: Language) -> str:
    return translate("no: {fault}", fault=fault)


def headline_sentence(stress: StressReport, translate: Language = ENGLISH) -> str:
    """Write the sentence on the number of cases that passed."""
    every = len(stress.results)
    return translate("{passed} of {all} stress tests passed.", passed=every - len(stress.failed), all=every)


def _cases_note(stress: StressReport, translate: Language) -> str:
    return translate(
        "{agents} simulated migrants, seed {seed}. Checked every month: no person is lost or counted twice, stocks "
        "change only by recorded flows, shares lie between 0 and 1, all values are finite.",
        agents=count(stress.agents),
        seed=stress.seed,
    )


@results_writer
def write_stress(folder: Path, stress: StressReport) -> dict[str, Any]:
    """Write the table of cases and manifest.json to a folder."""
    write_tables({"stress": stress.table}, folder)
    return {
        "command": command_line(),
        "versions": library_versions(),
        "district": district_record(stress.district),
        "agents": stress.agents,
        "seed": stress.seed,
        "tried": len(stress.results),
        "held": len(stress.results) - len(stress.failed),
    }
