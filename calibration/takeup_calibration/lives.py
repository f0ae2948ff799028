"""A row of the design: one history, and from its end a branch a lever."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from takeup.district import District, load_district
from takeup.errors import InputError
from takeup.months import END, START, format_month, parse_month
from takeup.scenario import Scenario, load_scenario
from takeup.simulation import COLUMNS, PermitModel
from takeup.simulation.state import FLOWS as MONTHLY_FLOWS
from takeup_calibration.observing import EXTRA, FLOWS, Observer

HISTORY_END: Final = "2018-12"
BRANCHES: Final = Path(__file__).resolve().parent / "branches"
PERCENT: Final = 100.0
_DECEMBER: Final = "-12"


class Life(NamedTuple):
    """What a worker needs to live a row.

    Attributes:
        district, digest: its folder, and the state it must be in.
        parameters: overrides by dotted name.
        seed: of the people and their luck.
        agents: simulated migrants at the most.
        windows: the (first, last) months over which outputs are wanted.
        branches: whether the levers are to be tried too.
        names: of the outputs wanted; all of them if absent.
    """

    district: str
    digest: str
    parameters: dict[str, float]
    seed: int
    agents: int
    windows: list[tuple[int, int]]
    branches: bool = True
    names: tuple[str, ...] | None = None


def branch_names() -> list[str]:
    """The levers that every row is branched into, in order."""
    return sorted(file.stem for file in BRANCHES.glob("*.toml"))


def live_row(life: Life, scenarios: tuple[Scenario, ...] | None = None) -> dict[str, dict[str, float]]:
    """Live a row.

    Args:
        life: what is to be lived.
        scenarios: branched into instead of the levers; none may act before the history's end.

    Returns:
        "windows": outputs by "first last output"; "decembers": valid share in % by month; "effects": points that a
        lever adds to the valid share by the end, and "baseline", the valid share there in %; with `scenarios` also
        "costs": yuan that each has spent by then.
    """
    place = _place(life.district)
    if place.digest != life.digest:
        raise InputError("not the files that the calibration was begun with", file=place.folder)
    model = PermitModel(place, None, life.agents, rng=life.seed, parameters=life.parameters)
    observer = Observer(model)
    observed: list[dict[str, float]] = []
    watched = {month for first, last in life.windows for month in range(first, last + 1)}
    while model.state.month < parse_month(HISTORY_END):
        watching = model.state.month + 1 in watched
        if watching:
            observer.before()
        model.step()
        observed.append(observer.after() if watching else {})
    found: dict[str, dict[str, float]] = {
        "windows": _over_windows(model, observed, life),
        "decembers": {str(row["month"]): _share(row) for row in model.rows if str(row["month"]).endswith(_DECEMBER)},
        "effects": {},
    }
    if life.branches:
        policies = _branches() if scenarios is None else {each.name: each for each in scenarios}
        found["effects"], costs = _effects(model, policies)
        if scenarios is not None:
            found["costs"] = costs
    return found


def _effects(model: PermitModel, policies: Mapping[str, Scenario]) -> tuple[dict[str, float], dict[str, float]]:
    """What each policy adds by the end, the baseline's share first; and what each costs."""
    branch = model.branch(None)
    branch.run_until(END)
    baseline = _share(branch.rows[-1])
    effects, costs = {"baseline": baseline}, dict[str, float]()
    for name, scenario in policies.items():
        branch = model.branch(scenario)
        branch.run_until(END)
        effects[name] = _share(branch.rows[-1]) - baseline
        costs[name] = sum(float(row["cost_cny"]) for row in branch.rows if str(row["month"]) > HISTORY_END)
    return effects, costs


def _over_windows(model: PermitModel, observed: list[dict[str, float]], life: Life) -> dict[str, float]:
    """Flows summed and stocks averaged over each window."""
    begin = parse_month(START)
    flows = {*(MONTHLY_FLOWS.names or ()), *FLOWS, "cost_cny"}
    names = [*(name for name in COLUMNS if name != "month"), *EXTRA] if life.names is None else life.names
    found = {}
    for first, last in life.windows:
        months = range(first - begin, last - begin + 1)
        for name in names:
            values = [float((observed[i] if name in EXTRA else model.rows[i])[name]) for i in months]
            found[window_key(first, last, name)] = sum(values) / (1 if name in flows else len(values))
    return found


def window_key(first: int, last: int, name: str) -> str:
    """Where an output over a window stands in what a row leaves behind."""
    return f"{format_month(first)} {format_month(last)} {name}"


def _share(row: dict[str, float | int | str]) -> float:
    return PERCENT * float(row["valid"]) / float(row["population"])


@cache
def _place(folder: str) -> District:
    return load_district(folder, calibrated=False)


@cache
def _branches() -> dict[str, Scenario]:
    return {name: load_scenario(BRANCHES / f"{name}.toml") for name in branch_names()}
