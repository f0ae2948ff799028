"""Messages, simpler forms and shown benefits, each tried on half of those entitled, as the studies' letters were.

One contact who would not have held a permit is given one: what becomes of those who listen to them.

Counts of offices: permits issued in a year, in a campaign, in the opening months, under a mandatory permit.

Who wants a permit, as a survey would find it: a linear regression on what people are.

One draw of the posterior: a history, and at its end every finding's set-up with the same people and luck.
"""

from __future__ import annotations

import gc
import hashlib
import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.trial.design import TrialDesign, eligible_slots, enrol_persons
from takeup.analysis.trial.run import TrialRow, run_trial
from takeup.analysis.validation.studies import QUANTITIES, SCENARIOS, SetUp
from takeup.analysis.why.attribution import attribute_reasons, take_snapshot
from takeup.constants import PERCENT
from takeup.digest import code_digest
from takeup.district import ATTRIBUTES, LEVEL_OF, SERVICES, District, load_district
from takeup.errors import InputError
from takeup.months import MONTHS_A_YEAR, START, format_month
from takeup.rules import INFORMED, NO_LAPSE, NONE, QUEUED, VALID
from takeup.runs.scheduler import Job
from takeup.scenario import Intervention, Scenario, SourcedIntervention, load_scenario
from takeup.simulation import PermitModel
from takeup.simulation.output import Row

ENTITLED: Final = "qualified-nonholders"


def information_experiment(district: PermitModel, set_up: SetUp) -> dict[str, float]:
    """A letter where the paperwork is as it is and where it is light; a simpler form; the benefit shown.

    Args:
        district: in the month before; it does not change.
        set_up: the numbers of the set-ups.
    """
    letter, simplified = _scenario("letter"), _scenario("letter_simplified")
    alone = _tried(district, None, letter, set_up)
    light = _tried(district, _scenario("little_paperwork"), _scenario("letter_little_paperwork"), set_up)
    simpler = _tried(district, letter, simplified, set_up)
    shown = _tried(district, simplified, reveal_benefit(simplified, district), set_up)
    return {
        "message_alone": _effect(alone),
        "message_light_burden": _effect(light),
        "message_by_burden": _effect(light) - _effect(alone),
        "simplification": _ratio(simpler),
        "benefit_shown": _ratio(shown),
    }


def reveal_benefit(scenario: Scenario, district: PermitModel) -> Scenario:
    """A scenario in whose first month services are weighed at all that they promise, not at what is thought of them.

    What a service is worth is divided by what is thought of it, up to the end of its range.

    Args:
        scenario: what acts beside.
        district: in the month before.
    """
    month = format_month(district.state.month + 1)
    raised = []
    for service, reputation in zip(SERVICES, district.state.reputation.tolist(), strict=True):
        value = district.parameters[f"value.{service}"]
        whole = min(value.value / reputation, value.high) if reputation > 0.0 else value.value
        written = {"lever": value.name, "set": whole, "from": month, "until": month}
        raised.append(Intervention.model_validate(written))
    stated = tuple(SourcedIntervention(each, None, number) for number, each in enumerate(raised, 1))
    return Scenario(
        f"{scenario.name}_benefit_shown", "The benefit shown", "", scenario.source, scenario.stated + stated
    )


def _scenario(name: str) -> Scenario:
    return load_scenario(SCENARIOS / f"{name}.toml")


def _tried(district: PermitModel, policy: Scenario | None, treatment: Scenario, set_up: SetUp) -> dict[str, TrialRow]:
    """What the arms of a trial come to, in a district under a policy."""
    begin = district.state.month + 1
    seen = begin + set_up.message_months.whole
    design = TrialDesign(set_up.message_share.value, "person", ENTITLED, (), begin, (seen,))
    return {str(row["arm"]): row for row in run_trial(district.branch(policy), treatment, design)}


def _effect(arms: dict[str, TrialRow]) -> float:
    """Of being assigned, in points."""
    return float(arms["control"]["itt"])


def _ratio(arms: dict[str, TrialRow]) -> float:
    """Take-up with the treatment beside that without, the same persons with the same luck."""
    persons, valid = float(arms["control"]["persons"]), float(arms["control"]["valid"])
    return 1.0 + _effect(arms) * persons / (PERCENT * valid) if valid > 0.0 else float("nan")


def peer_effect(district: PermitModel, set_up: SetUp) -> float:
    """Points by which one contact given a permit raises take-up of those entitled without one; NaN without any.

    The same people live with and without the gift; who listens to more than one of those given, or is given one, is
    left out.

    Args:
        district: in the month before; it does not change.
        set_up: the numbers of the set-ups.
    """
    begin = district.state.month + 1
    until = district.state.month + set_up.peer_months.whole
    design = TrialDesign(set_up.induced_share.value, "person", "nonholders", (), begin, (until,))
    enrolled, waiting = enrol_persons(district, design), district.state.migrants.status == QUEUED
    given = np.zeros(district.world.slots, dtype=bool)
    given[enrolled.slots[enrolled.treated]] = True
    given &= ~waiting
    others = eligible_slots(district, replace(design, eligible=ENTITLED)) & ~waiting & ~given
    listening = np.flatnonzero(others & (given[district.world.contacts].sum(axis=1) == 1))

    without, changed = district.branch(None), district.checkpoint()
    migrants = changed.state.migrants
    for column, value in (
        ("status", VALID),
        ("knowledge", INFORMED),
        ("permit_months", 0),
        ("lapse_cause", NO_LAPSE),
        ("returned_last", False),
    ):
        migrants[column][given] = value
    with_gift = PermitModel(scenario=district.policy, checkpoint=changed, **district.arguments)
    here, persons = np.ones(len(listening), dtype=bool), district.state.migrants.person[listening]
    for world in (without, with_gift):
        world.run_until(until)
        here &= world.state.migrants.person[listening] == persons
        here &= world.world.rank[listening] < world.state.population
    followed = listening[here]
    if not len(followed):
        return float("nan")
    shares = [float((world.state.migrants.status[followed] == VALID).mean()) for world in (with_gift, without)]
    return PERCENT * (shares[0] - shares[1])


WEEKS_A_MONTH: Final = 365.25 / 7 / MONTHS_A_YEAR
_TENANTS: Final = ("registered_lease", "informal_lease")


def administrative_counts(district: PermitModel, set_up: SetUp) -> dict[str, float]:
    """Permits issued in the last year lived, per application accepted in the first months, and in a campaign.

    Args:
        district: in the month before the campaign; it does not change.
        set_up: the numbers of the set-ups.
    """
    year, opening = district.rows[-MONTHS_A_YEAR:], district.rows[: set_up.opening_months.whole]
    accepted = _sum(opening, "applications") - _sum(opening, "returned")
    return {
        "issued_a_head": PERCENT * _sum(year, "issued") / (_sum(year, "population") / len(year)),
        "opening_pipeline": _sum(opening, "issued") / accepted if accepted > 0.0 else float("nan"),
        "campaign": _campaign(district, set_up),
    }


def mandatory_permit_rates(district: PermitModel, set_up: SetUp) -> dict[str, float]:
    """Permits issued, and applications accepted, per 100 persons since a mandatory permit began.

    Nobody has held one before. Counters are manned for so many a month of those who live there at the beginning.

    Args:
        district: whose people, parameters and seed they are; it does not change.
        set_up: the numbers of the set-ups.
    """
    start, place = format_month(district.start), district.district
    persons = place.population.persons(district.start, place.population.most)
    rule = load_scenario(SCENARIOS / "shenzhen_2008.toml")
    counters = Intervention.model_validate(
        {"lever": "capacity", "set": set_up.mandatory_capacity.value * persons, "from": start}
    )
    regime = PermitModel(
        place,
        replace(rule, stated=(*rule.stated, SourcedIntervention(counters, None, len(rule.stated) + 1))),
        district.agents_at_most,
        district.engine,
        district.seed,
        parameters=district.overrides,
        start=start,
        until=format_month(district.until),
    )
    regime.run_until(district.start + set_up.mandatory_months.whole - 1)
    population = float(regime.rows[-1]["population"])
    accepted = _sum(regime.rows, "applications") - _sum(regime.rows, "returned")
    return {
        "mandatory": PERCENT * _sum(regime.rows, "issued") / population,
        "mandatory_accepted": PERCENT * accepted / population,
    }


def rule_change_effects(district: PermitModel, set_up: SetUp) -> dict[str, float]:
    """Points by which take-up changes under stricter conditions, and under a longer procedure.

    Args:
        district: in the month before; it does not change.
        set_up: the numbers of the set-ups.
    """
    until = district.state.month + set_up.policy_months.whole
    shares = []
    for name in (None, "stricter_conditions", "longer_procedure"):
        world = district.branch(None if name is None else SCENARIOS / f"{name}.toml")
        world.run_until(until)
        shares.append(PERCENT * float(world.rows[-1]["valid"]) / float(world.rows[-1]["population"]))
    return {"sign_conditions": shares[1] - shares[0], "sign_procedure": shares[2] - shares[0]}


def _campaign(district: PermitModel, set_up: SetUp) -> float:
    """First permits to tenants in the months after the campaign's first: nobody is served in the month of applying.

    Scaled to its weeks, per 100 tenants of the campaign's first month who have stayed.
    """
    town, months = district.branch(SCENARIOS / "campaign.toml"), set_up.campaign_months
    town.step()
    migrants = town.state.migrants
    rented = np.isin(LEVEL_OF["housing"], [ATTRIBUTES["housing"].index(level) for level in _TENANTS])
    tenants = town.state.occupied(town.world) & rented[migrants.profile]
    before, first = migrants.person.copy(), tenants & np.isin(migrants.status, (NONE, QUEUED))
    town.run_until(town.state.month + months.whole)
    stayed = (town.state.migrants.person == before) & town.state.occupied(town.world)
    issued = int((first & stayed & (town.state.migrants.status == VALID)).sum())
    weeks = set_up.campaign_weeks.value / (months.value * WEEKS_A_MONTH)
    number = int((tenants & stayed).sum())
    return PERCENT * weeks * issued / number if number else float("nan")


def _sum(rows: list[Row], column: str) -> float:
    return float(sum(float(row[column]) for row in rows))


_NAMES: Final = ("sign_awareness", "sign_schoolchild", "sign_housing", "sign_education", "sign_income")
_SECURE: Final = ("registered_lease", "owned")


def willingness_regression(district: PermitModel) -> dict[str, float]:
    """Coefficients on willingness in points, each beside all the others; NaN where all answer alike.

    Those who have lived here long enough to qualify are asked. Willing is who holds a permit, has applied for one, or
    would if they considered it now.

    Args:
        district: at the month's end at which people are asked.
    """
    migrants = district.state.migrants
    here = district.state.occupied(district.world) & (migrants.residence_months >= district.months_to_qualify)
    utility = attribute_reasons(take_snapshot(district)).utilities[here, 0]
    asked = migrants.rows(here)
    willing = (utility > 0.0) | np.isin(asked["status"], (QUEUED, VALID))
    return dict(zip(_NAMES, _coefficients(_covariates(asked), willing).tolist(), strict=True))


def _covariates(asked: NDArray[np.void]) -> NDArray[np.float64]:
    """(asked, 5) what each is, in the order of `_NAMES`."""
    level = {attribute: LEVEL_OF[attribute][asked["profile"]] for attribute in ATTRIBUTES}
    secure = [ATTRIBUTES["housing"].index(name) for name in _SECURE]
    columns = (
        asked["knowledge"] == INFORMED,
        level["schoolchild"] == ATTRIBUTES["schoolchild"].index("yes"),
        np.isin(level["housing"], secure),
        level["education"],
        level["work"] == ATTRIBUTES["work"].index("contract"),
    )
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])


def _coefficients(covariates: NDArray[np.float64], willing: NDArray[np.bool_]) -> NDArray[np.float64]:
    """By least squares with a constant; NaN for a covariate in which all are alike."""
    found = np.full(covariates.shape[1], np.nan)
    varies = np.ptp(covariates, axis=0) > 0.0 if len(covariates) else np.zeros(len(found), dtype=bool)
    if varies.any():
        centred = covariates[:, varies] - covariates[:, varies].mean(axis=0)
        found[varies] = PERCENT * np.linalg.lstsq(centred, willing - willing.mean(), rcond=None)[0]
    return found


class ReplicationRun(NamedTuple):
    """What a worker needs to live a draw.

    Attributes:
        district, digest: its folder, and the state it must be in.
        until: last month of the history, YYYY-MM.
        set_up: the numbers of the set-ups.
        parameters: overrides by dotted name.
        seed: of the people, their luck and their arms.
        agents: simulated migrants at the most.
    """

    district: str
    digest: str
    until: str
    set_up: SetUp
    parameters: dict[str, float]
    seed: int
    agents: int

    def job(self) -> Job[ReplicationRun]:
        """The draw under a key made of all that decides its numbers."""
        decides = [
            code_digest(),
            _scenarios(),
            self.digest,
            self.until,
            [[name, setting["value"]] for name, setting in self.set_up.model_dump().items()],
            sorted(self.parameters.items()),
            self.seed,
            self.agents,
        ]
        return Job(hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:24], self)


def run_replication(life: ReplicationRun) -> dict[str, float | None]:
    """Live a draw.

    Returns:
        Every quantity of `QUANTITIES`; None where there is none.
    """
    district = PermitModel(
        _place(life.district, life.digest), None, life.agents, rng=life.seed, parameters=life.parameters, start=START
    )
    district.run_until(life.until)
    found = {
        **information_experiment(district, life.set_up),
        "peer_effect": peer_effect(district, life.set_up),
        **willingness_regression(district),
        **rule_change_effects(district, life.set_up),
        **administrative_counts(district, life.set_up),
        **mandatory_permit_rates(district, life.set_up),
    }
    gc.collect()  # a Mesa model refers to itself: the worlds of many draws would wait, and a worker's memory grow
    return {name: found[name] if math.isfinite(found[name]) else None for name in QUANTITIES}


@cache
def _scenarios() -> str:
    """A hash of the files that set the studies up."""
    digest = hashlib.sha256()
    for file in sorted(SCENARIOS.glob("*.toml")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _place(folder: str, digest: str) -> District:
    district = load_district(Path(folder))
    if district.digest != digest:
        raise InputError("not the files that the draws were begun with", file=folder)
    return district
