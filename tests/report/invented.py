"""An invented comparison with known effects, without any run of the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from takeup.analysis.compare.ensemble import scenario_table
from takeup.analysis.compare.gains import transition_table
from takeup.analysis.compare.result import Comparison, PosteriorResult
from takeup.analysis.statistics import t_interval
from takeup.district import ATTRIBUTES, SERVICES, District
from takeup.months import format_month, parse_month
from takeup.scenario import BASELINE, Intervention, Scenario
from takeup.scenario.interventions import SourcedIntervention

FIRST, UNTIL, ACTS_FROM = "2018-01", "2020-12", "2019-01"
AGENTS: Final = 36_000
PERSONS_PER_AGENT: Final = 10.0
SHARE_AT_START, GROWTH_A_MONTH, NOISE = 0.20, 0.0008, 0.002
STREETS: Final = 4


@dataclass(frozen=True)
class Effect:
    """A scenario's title and the points it adds to take-up once it has come into force."""

    title: str
    points: float
    months: int = 18


EFFECTS: Final = (
    Effect("Publicity through employers and landlords", 6.9),
    Effect("Half the documents, shared between departments", 5.9),
    Effect("A quarter of the capacity", -12.0),
)

Make = Callable[..., Comparison]


def invented(
    district: District,
    effects: Sequence[Effect],
    replicates: int,
    streets: int,
    first: str = FIRST,
    until: str = UNTIL,
) -> Comparison:
    """A comparison with known differences: the effect, and a small random difference between replicates."""
    rng = np.random.default_rng(1)
    scenarios = (BASELINE, *(_scenario(number, effect) for number, effect in enumerate(effects, 1)))
    points = dict(zip([s.name for s in scenarios], [0.0, *(e.points for e in effects)], strict=True))
    speed = dict(zip([s.name for s in scenarios], [1, *(e.months for e in effects)], strict=True))
    months = [format_month(number) for number in range(parse_month(first), parse_month(until) + 1)]
    noise = rng.normal(0.0, NOISE, replicates)
    world = np.cumsum(rng.normal(0.0, NOISE / 6, (replicates, len(months))), axis=1)
    monthly, groups = [], []
    for scenario in scenarios:
        for replicate in range(replicates):
            own = rng.normal(1.0, 0.02)
            for number, month in enumerate(months):
                since = parse_month(month) - parse_month(ACTS_FROM) + 1
                effect = (
                    0.0
                    if since <= 0
                    else points[scenario.name] / 100 * own * (1 - np.exp(-since / speed[scenario.name]))
                )
                share = (
                    SHARE_AT_START + GROWTH_A_MONTH * number + noise[replicate] + world[replicate, number] + effect
                )
                monthly.append(_month(scenario.name, replicate, month, share, effect, number))
                if month in (months[-1], months[0]):
                    groups.extend(_groups(district, streets, scenario.name, replicate, month, share, effect))
    table = pd.DataFrame(monthly)
    return Comparison(
        district=district,
        scenarios=scenarios,
        replicates=replicates,
        first=first,
        until=until,
        agents=AGENTS,
        persons_per_agent=PERSONS_PER_AGENT,
        monthly=table,
        comparison=_compared(table, scenarios),
        groups=pd.DataFrame(groups),
        gains=_gains(district, pd.DataFrame(groups), [scenario.name for scenario in scenarios], replicates),
        command="takeup compare publicity documents --district template --replicates 4",
    )


def _scenario(number: int, effect: Effect) -> Scenario:
    publicity = Intervention.model_validate(
        {
            "lever": "publicity",
            "add": 0.04,
            "from": ACTS_FROM,
            "ramp_months": 6,
            "streets": ["Street 01", "Street 02"],
            "groups": {"housing": ["informal_lease", "dormitory"]},
            "cost": {"fixed_cny": 200_000.0, "per_month_cny": 80_000.0, "source": "assumed"},
        }
    )
    documents = Intervention.model_validate(
        {"lever": "documents", "multiply": 0.5, "from": "2019-03", "until": "2020-06"}
    )
    stated = (SourcedIntervention(publicity, None, 1), SourcedIntervention(documents, None, 2))
    return Scenario(
        f"scenario_{number}",
        effect.title,
        "Is take-up low because migrants do not know of the permit?",
        "countermeasure 2",
        stated,
    )


def _month(scenario: str, replicate: int, month: str, share: float, effect: float, number: int) -> dict[str, object]:
    valid, issued = round(share * AGENTS), round(AGENTS * (0.012 + effect / 10))
    unaware, informed = round(AGENTS * (0.5 - number * 0.002)), round(AGENTS * (share + 0.05))
    return {
        "scenario": scenario,
        "replicate": replicate,
        "month": month,
        "population": AGENTS,
        "valid": valid,
        "queued": round(0.01 * AGENTS),
        "lapsed": round((0.06 + effect / 5) * AGENTS),
        "none": AGENTS - valid - round(0.01 * AGENTS) - round((0.06 + effect / 5) * AGENTS),
        "unaware": unaware,
        "heard": AGENTS - unaware - informed,
        "informed": informed,
        "registered": round(0.7 * AGENTS),
        "qualified": round(0.63 * AGENTS),
        "applications": round(issued * 1.4),
        "returned": round(issued * 0.4),
        "issued": issued,
        "endorsed": round(valid / 15 * (1 + 0.2 * np.sin(number))),
        "lapses": round(valid / 60),
        "departures": 1000,
        "arrivals": 1000,
        "settled": 2,
        "endorsed_late": 20,
        "departures_valid": 150,
        "mean_trust": 0.6,
        "wait_months": 0.25 + max(-effect, 0) * 8,
        "red_tape": 1.0 + 0.02 * np.sin(number / 5),
        **{f"delivered_{service}": 0.7 for service in SERVICES},
        **{f"reputation_{service}": 0.6 for service in SERVICES},
        "cost_cny": 0.0 if effect == 0.0 else 80_000.0,
    }


def _groups(
    district: District, streets: int, scenario: str, replicate: int, month: str, share: float, effect: float
) -> list[dict[str, object]]:
    members = [
        (attribute, level, number, len(levels))
        for attribute, levels in ATTRIBUTES.items()
        for number, level in enumerate(levels)
    ]
    members += [("street", street, number, streets) for number, street in enumerate(district.streets[:streets])]
    rows: list[dict[str, object]] = []
    for attribute, level, number, levels in members:
        tilt = (number + 0.5) / levels - 0.5
        people = AGENTS // levels
        valid = round(people * (share * (1 + 0.6 * tilt) + effect * 0.8 * tilt))
        rows.append(
            {
                "scenario": scenario,
                "replicate": replicate,
                "month": month,
                "attribute": attribute,
                "level": level,
                "population": people,
                "valid": valid,
                "queued": people // 100,
                "lapsed": people // 16,
                "qualified": people // 2,
                "informed": people // 3,
            }
        )
    return rows


def _gains(district: District, groups: pd.DataFrame, names: Sequence[str], replicates: int) -> pd.DataFrame:
    """Whoever holds a permit in the smaller of two worlds holds one in the larger."""
    last = groups[groups["month"] == groups["month"].iloc[-1]].set_index(["scenario", "replicate"])
    streets = list(dict.fromkeys(last.loc[last["attribute"] == "street", "level"]))
    outcomes = []
    for replicate in range(replicates):
        without = last.loc[(names[0], replicate), ["valid", "population"]].to_numpy(dtype=np.float64)
        for name in names[1:]:
            valid = last.loc[(name, replicate), "valid"].to_numpy(dtype=np.float64)
            both = np.minimum(valid, without[:, 0])
            known = [both, valid - both, without[:, 0] - both, without[:, 1] - np.maximum(valid, without[:, 0])]
            outcomes.append(np.stack([*known, *np.zeros((4, len(valid)))], axis=1))
    stacked = np.array(outcomes).reshape(replicates, len(names) - 1, -1, 8)
    return transition_table(stacked, names[1:], streets, PERSONS_PER_AGENT, drawn=False)


def drawn_from(comparison: Comparison) -> Comparison:
    """The same with its replicates taken for draws, the first of which has two seeds."""
    rows = comparison.monthly.assign(valid_share=comparison.monthly["valid"] / comparison.monthly["population"])
    shares = rows.pivot_table(index=["replicate", "month"], columns="scenario", values="valid_share", sort=False)
    points = (shares.sub(shares[BASELINE.name], axis=0) * 100.0).stack().rename("difference_points")  # noqa: PD013
    runs = points.reset_index().merge(rows, on=["replicate", "month", "scenario"])
    runs = runs.rename(columns={"replicate": "draw"}).assign(seed=lambda table: table["draw"] + 1)
    names = [scenario.name for scenario in comparison.scenarios]
    last = points.unstack("scenario").xs(comparison.until, level="month")[names]  # noqa: PD010
    by_seed = np.full((comparison.replicates, 2, len(names)), np.nan)
    by_seed[:, 0] = last.to_numpy()
    by_seed[0, 1] = by_seed[0, 0] + 0.1
    failed = pd.DataFrame([], columns=["draw", "seed", "error"])
    columns = ["scenario", "draw", "seed", "month", "valid_share", "difference_points"]
    costs = rows.groupby(["replicate", "scenario"])["cost_cny"].sum().unstack()[names]  # noqa: PD010
    last_month = rows[rows["month"] == comparison.until]
    valid = last_month.pivot_table(index="replicate", columns="scenario", values="valid")[names] * PERSONS_PER_AGENT
    table = scenario_table(by_seed, names, costs=costs.to_numpy(np.float64), valid=valid.to_numpy(np.float64))
    return replace(comparison, drawn=PosteriorResult(runs[columns], table, failed))


def _compared(monthly: pd.DataFrame, scenarios: Sequence[Scenario]) -> pd.DataFrame:
    """The comparison's own table; issued, lapsed and cost are sums since the scenarios diverge."""
    share = monthly.assign(share=monthly["valid"] / monthly["population"]).pivot_table(
        index="month", columns=["scenario", "replicate"], values="share"
    )
    acting = monthly[monthly["month"] >= ACTS_FROM]
    rows = []
    for scenario in scenarios:
        difference = t_interval(100.0 * (share[scenario.name] - share[BASELINE.name]).to_numpy().T)
        so_far = (
            acting[acting["scenario"] == scenario.name]
            .groupby("month")[["issued", "lapses", "cost_cny"]]
            .mean()
            .cumsum()
        )
        waits = monthly[monthly["scenario"] == scenario.name].groupby("month")["wait_months"].mean()
        for number, month in enumerate(share.index):
            persons = difference.center[number] / 100.0 * AGENTS * PERSONS_PER_AGENT
            sums = so_far.loc[month] if month in so_far.index else so_far.iloc[0] * 0.0
            rows.append(
                {
                    "scenario": scenario.name,
                    "month": month,
                    "valid_share": share[scenario.name].loc[month].mean(),
                    "difference_points": difference.center[number],
                    "difference_persons": persons,
                    "low": difference.low[number],
                    "high": difference.high[number],
                    "issued": sums["issued"] * PERSONS_PER_AGENT,
                    "lapsed": sums["lapses"] * PERSONS_PER_AGENT,
                    "wait_months": waits[month],
                    "cost_cny": sums["cost_cny"],
                    "cost_per_permit": sums["cost_cny"] / persons if persons > 0 else np.nan,
                }
            )
    return pd.DataFrame(rows)
