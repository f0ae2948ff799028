"""What a district is put through.

What must add up in every month, whatever the district, the scenario and the population.

Putting a district through its ordeals, and what held.

What a district was put through and what held, as a table on 80 columns.

What `stress` leaves in its folder. Every file appears whole or not at all.
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
from rich import box
from rich.table import Table
from rich.text import Text

from takeup.district import ATTRIBUTES, Definition, District, levers
from takeup.district.population import Count
from takeup.errors import InputError, RunError
from takeup.io import parse_model
from takeup.months import START, format_month, parse_month
from takeup.report.formatting import count, printable
from takeup.report.manifest import command_line, library_versions
from takeup.report.results_folder import results_writer, write_json, write_tables
from takeup.runs.scheduler import Job, Scheduler, WorkerDiedError
from takeup.scenario import BASELINE, Intervention, Scenario, SourcedIntervention
from takeup.simulation import GROUP_COUNTS, Engine, PermitModel, restore_model, save_model
from takeup.simulation.state import find_violations

LONG_MONTHS: Final = 1_200
_EMPTIED_SHARE: Final = 0.01
_YEARS_DOWN_MONTHS: Final = 60
_MONTHS: Final = 36
"""Of an ordeal that is about the ends of levers: long enough for permits to be issued, fall due and lapse."""
_ACTS_FROM_MONTHS: Final = 12
_SAMPLE_MONTHS: Final = 24

_ENDS: Final = ("low", "high")

CaseKind = Literal["accounts", "engines", "saving"]


@dataclass(frozen=True)
class StressCase:
    """One thing that is tried.

    Attributes:
        name: in the table.
        kind: "accounts": all must add up every month; "engines": both give the same bits; "saving": a model saved,
            restored and branched gives the bits of one that was not.
        district, scenario: who lives under what.
        months: from 2010-01 on.
    """

    name: str
    kind: CaseKind
    district: District
    scenario: Scenario
    months: int

    @property
    def until(self) -> str:
        """The last month."""
        return format_month(parse_month(START) + self.months - 1)


def stress_cases(district: District) -> list[StressCase]:
    """Everything that is tried with a district."""
    each, together = [], []
    for end in _ENDS:
        values = {lever.name: dict(_ends(lever, district, end)) for lever in levers().values()}
        each += [
            StressCase(f"{name} at its {end} end", "accounts", district, _policy(f"{name}_{end}", own), _MONTHS)
            for name, own in values.items()
        ]
        together.append(
            _policy(f"all_{end}", {name: value for own in values.values() for name, value in own.items()})
        )
    emptied = _emptied(district)
    ends = list(zip(_ENDS, together, strict=True))
    return [
        StressCase("1,200 months", "accounts", district, BASELINE, LONG_MONTHS),
        StressCase("population falls to 1 % and grows back", "accounts", emptied, BASELINE, 3 * _YEARS_DOWN_MONTHS),
        *each,
        *(
            StressCase(f"all levers at their {end} ends", "accounts", district, policy, _MONTHS)
            for end, policy in ends
        ),
        StressCase("both engines, same bits", "engines", district, BASELINE, _SAMPLE_MONTHS),
        *(
            StressCase(f"both engines, levers at their {end} ends", "engines", district, policy, _SAMPLE_MONTHS)
            for end, policy in ends
        ),
        StressCase("saved, restored and branched", "saving", district, together[0], _SAMPLE_MONTHS),
    ]


def _ends(lever: Definition, district: District, end: str) -> Iterator[tuple[str, float]]:
    """The end of the range of each of a lever's numbers; of supply, infinity is one."""
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


def _emptied(district: District) -> District:
    """The district with a population that falls to one in a hundred within five years, and grows back in five."""
    first, most = parse_month(START), district.population.most
    persons = (most, max(1, round(most * _EMPTIED_SHARE)), most)
    counts = tuple(
        Count(
            month=format_month(first + number * _YEARS_DOWN_MONTHS), persons=count, status="assumed", source="stress"
        )
        for number, count in enumerate(persons)
    )
    return replace(district, population=replace(district.population, counts=counts))


_SHARES: Final = ("mean_trust", "delivered_", "reputation_")


def month_violations(model: PermitModel, before: dict[str, Any] | None) -> Iterator[str]:
    """What does not hold of the month just lived.

    Args:
        model: which has lived it.
        before: the row of the month before; None in the first.
    """
    row: dict[str, Any] = model.rows[-1]
    told = find_violations(model.state, model.world)
    if told is not None:
        yield told
    for name, value in row.items():
        if not isinstance(value, str) and not (math.isfinite(value) and value >= 0):
            yield f"{name} is {value}"
        if name.startswith(_SHARES) and not 0.0 <= value <= 1.0:
            yield f"{name} is {value}, not a share"
    if row["population"] != model.district.population.persons(model.state.month, model.agents_at_most):
        yield "the population is not the district's"
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
    """Whoever is more or less than last month came or went by one of the recorded ways."""
    change = {name: row[name] - before[name] for name in ("population", "valid", "queued", "lapsed")}
    if change["population"] != row["arrivals"] - row["departures"] - row["settled"]:
        yield "the population changes otherwise than by arrivals, departures and settlement"
    flows = row["issued"] + row["endorsed_late"] - row["lapses"] - row["departures_valid"] - row["settled"]
    if change["valid"] != flows:
        yield "valid permits change otherwise than by issue, endorsement, lapse, departure and settlement"
    left_queue = row["applications"] - row["returned"] - row["issued"] - change["queued"]
    left_lapsed = row["lapses"] - row["endorsed_late"] - change["lapsed"]
    if min(left_queue, left_lapsed) < 0 or left_queue + left_lapsed + row["departures_valid"] > row["departures"]:
        yield "queues or lapsed permits change otherwise than by the recorded ways"


def group_violations(model: PermitModel) -> Iterator[str]:
    """Whether the levels of each attribute, and the streets, add up to everybody in every month."""
    groups, history = model.groups(), model.history().set_index("month")[list(GROUP_COUNTS)]
    sums = groups.groupby(["month", "attribute"])[list(GROUP_COUNTS)].sum()
    for attribute in (*ATTRIBUTES, "street"):
        if not np.array_equal(sums.xs(attribute, level="attribute").to_numpy(), history.to_numpy()):
            yield f"the counts by {attribute} do not add up to everybody"


CRASHED: Final = "crashed"
_HALF = 2
_Payload = tuple[StressCase, int, int]
"""An ordeal, simulated migrants, seed."""


@dataclass(frozen=True)
class CaseResult:
    """What became of an ordeal.

    Attributes:
        ordeal: that was tried.
        months: lived before it ended.
        fault: the first thing that did not hold, with its month, or that it crashed its process; None if all held.
    """

    ordeal: StressCase
    months: int
    fault: str | None


@dataclass(frozen=True)
class StressReport:
    """What became of all of them.

    Attributes:
        district: that was put through them.
        agents, seed: of every model.
        all: in order.
    """

    district: District
    agents: int
    seed: int
    all: tuple[CaseResult, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row an ordeal: what was tried, months lived, whether it held, what did not."""
        rows = [
            (each.ordeal.name, each.ordeal.kind, each.months, each.fault is None, each.fault) for each in self.all
        ]
        table = pd.DataFrame(rows, columns=["tried", "kind", "months", "held", "fault"])
        return table.astype({"fault": "string"})

    @property
    def broken(self) -> list[CaseResult]:
        """Those in which something did not hold."""
        return [each for each in self.all if each.fault is not None]


def run_stress_tests(
    district: District,
    agents: int,
    seed: int,
    on_ordeal: Callable[[int], None],
    tried: Sequence[StressCase] | None = None,
    workers: int = 1,
) -> StressReport:
    """Put a district through all ordeals, in processes beside this one: one that ends its process ends nothing else.

    Args:
        district: the place.
        agents: simulated migrants of every model.
        seed: of every model.
        on_ordeal: called with how many are done.
        tried: others than `ordeals` gives.
        workers: processes.

    Raises:
        InputError: there are too few migrants for every street.
    """
    all_of_them = list(stress_cases(district) if tried is None else tried)
    found: dict[str, CaseResult] = {}

    def ended(job: Job[_Payload], outcome: CaseResult | None, error: BaseException | None) -> None:
        if isinstance(error, WorkerDiedError):
            outcome = CaseResult(job.payload[0], 0, f"{CRASHED}: {error}")
        elif error is not None:
            raise error
        if outcome is not None:
            found[job.key] = outcome
        on_ordeal(len(found))

    jobs = (Job(str(number), (ordeal, agents, seed)) for number, ordeal in enumerate(all_of_them))
    Scheduler(run_case_isolated, jobs, ended, workers, cluster=None).run()
    return StressReport(district, agents, seed, tuple(found[str(number)] for number in range(len(all_of_them))))


def run_case_isolated(asked: _Payload) -> CaseResult:
    """One ordeal, as a worker is asked for it."""
    return check_case(*asked)


def check_case(ordeal: StressCase, agents: int, seed: int) -> CaseResult:
    """Whether one ordeal holds; whatever goes wrong in it is a fault, and does not end the rest."""
    model = _model(ordeal, agents, seed)
    try:
        live = {"accounts": _accounts, "engines": _engines, "saving": _saving}[ordeal.kind]
        fault = next(live(ordeal, model), None)
    except (InputError, RunError, ArithmeticError, LookupError, ValueError, TypeError) as error:
        fault = f"{type(error).__name__}: {error}"
    if fault is not None and model.rows:
        fault = f"{model.rows[-1]['month']}: {fault}"
    return CaseResult(ordeal, len(model.rows), fault)


def _model(ordeal: StressCase, agents: int, seed: int, engine: Engine = "compiled") -> PermitModel:
    return PermitModel(ordeal.district, ordeal.scenario, agents, engine, seed, until=ordeal.until)


def _accounts(ordeal: StressCase, model: PermitModel) -> Iterator[str]:
    before: dict[str, Any] | None = None
    for _ in range(ordeal.months):
        model.step()
        yield from month_violations(model, before)
        before = model.rows[-1]
    yield from group_violations(model)


def _engines(ordeal: StressCase, model: PermitModel) -> Iterator[str]:
    other = _model(ordeal, model.agents_at_most, model.seed, "objects")
    for _ in range(ordeal.months):
        model.step()
        other.step()
        yield from _differences(model, other)


def _saving(ordeal: StressCase, model: PermitModel) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model"
        for _ in range(ordeal.months // _HALF):
            model.step()
        save_model(model, file)
        restored, branched = restore_model(file, district=ordeal.district), model.branch(ordeal.scenario)
    for _ in range(ordeal.months - ordeal.months // _HALF):
        for each in (model, restored, branched):
            each.step()
        for other in (restored, branched):
            yield from _differences(model, other)


def _differences(one: PermitModel, other: PermitModel) -> Iterator[str]:
    """Where two models that should be the same are not, to the bit."""
    for name, column in one.state.columns.items():
        if column.tobytes() != other.state.columns[name].tobytes():
            yield f"{name} differs"
    for name in ("length", "credit", "wait", "reputation", "delivered"):
        if getattr(one.state, name).tobytes() != getattr(other.state, name).tobytes():
            yield f"{name} differs"
    if one.rows[-1] != other.rows[-1]:
        yield "the monthly tables differ"


def render_stress(stress: StressReport) -> Table:
    """One line a thing that was tried."""
    table = Table(
        title=Text(printable(f"{stress.district.population.name} under stress")),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        caption=_meant(stress),
        caption_justify="left",
    )
    table.pad_edge = False
    table.add_column("Tried", overflow="fold", ratio=3)
    table.add_column("Months", justify="right", no_wrap=True)
    table.add_column("Held", overflow="fold", ratio=2)
    for each in stress.all:
        said = Text("yes") if each.fault is None else Text(printable(f"no: {each.fault}"), style="bold")
        table.add_row(each.ordeal.name, count(each.months), said)
    return table


def headline_sentence(stress: StressReport) -> str:
    """How many held, in one sentence."""
    return f"{len(stress.all) - len(stress.broken)} of {len(stress.all)} stress tests passed."


def _meant(stress: StressReport) -> str:
    return (
        f"{count(stress.agents)} simulated migrants, seed {stress.seed}. Every month: nobody is lost or counted "
        "twice, permits change by the recorded ways alone, shares lie between 0 and 1, everything is a number."
    )


@results_writer
def write_stress(folder: Path, stress: StressReport) -> None:
    """Write the table of what was tried, and manifest.json."""
    write_tables({"stress": stress.table}, folder)
    manifest = {
        "command": command_line(),
        "versions": library_versions(),
        "district": {"name": stress.district.name, "sha256": stress.district.digest},
        "agents": stress.agents,
        "seed": stress.seed,
        "tried": len(stress.all),
        "held": len(stress.all) - len(stress.broken),
    }
    write_json(manifest, folder / "manifest.json")
