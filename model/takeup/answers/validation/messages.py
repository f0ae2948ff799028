"""Messages, simpler forms and shown benefits, each tried on half of those entitled, as the studies' letters were."""

from __future__ import annotations

from typing import Final

from takeup.answers.trial.design import Design
from takeup.answers.trial.estimates import PERCENT
from takeup.answers.trial.lives import Row, tried
from takeup.answers.validation.findings import SCENARIOS, SetUp
from takeup.district import SERVICES
from takeup.months import month_name
from takeup.scenario import Intervention, Scenario, Stated, load_scenario
from takeup.simulation import PermitModel

ENTITLED: Final = "qualified-nonholders"


def messages(district: PermitModel, set_up: SetUp) -> dict[str, float]:
    """A letter where the paperwork is as it is and where it is light; a simpler form; the benefit shown.

    Args:
        district: in the month before; it does not change.
        set_up: the numbers of the set-ups.
    """
    letter, simplified = _scenario("letter"), _scenario("letter_simplified")
    alone = _tried(district, None, letter, set_up)
    light = _tried(district, _scenario("little_paperwork"), _scenario("letter_little_paperwork"), set_up)
    simpler = _tried(district, letter, simplified, set_up)
    shown = _tried(district, simplified, with_benefit_shown(simplified, district), set_up)
    return {
        "message_alone": _effect(alone),
        "message_light_burden": _effect(light),
        "message_by_burden": _effect(light) - _effect(alone),
        "simplification": _ratio(simpler),
        "benefit_shown": _ratio(shown),
    }


def with_benefit_shown(scenario: Scenario, district: PermitModel) -> Scenario:
    """A scenario in whose first month services are weighed at all that they promise, not at what is thought of them.

    What a service is worth is divided by what is thought of it, up to the end of its range.

    Args:
        scenario: what acts beside.
        district: in the month before.
    """
    month = month_name(district.state.month + 1)
    raised = []
    for service, reputation in zip(SERVICES, district.state.reputation.tolist(), strict=True):
        value = district.parameters[f"value.{service}"]
        whole = min(value.value / reputation, value.high) if reputation > 0.0 else value.value
        written = {"lever": value.name, "set": whole, "from": month, "until": month}
        raised.append(Intervention.model_validate(written))
    stated = tuple(Stated(each, None, number) for number, each in enumerate(raised, 1))
    return Scenario(
        f"{scenario.name}_benefit_shown", "The benefit shown", "", scenario.source, scenario.stated + stated
    )


def _scenario(name: str) -> Scenario:
    return load_scenario(SCENARIOS / f"{name}.toml")


def _tried(district: PermitModel, policy: Scenario | None, treatment: Scenario, set_up: SetUp) -> dict[str, Row]:
    """What the arms of a trial come to, in a district under a policy."""
    begin = district.state.month + 1
    seen = begin + set_up.message_months.whole
    design = Design(set_up.message_share.value, "person", ENTITLED, (), begin, (seen,))
    return {str(row["arm"]): row for row in tried(district.branch(policy), treatment, design)}


def _effect(arms: dict[str, Row]) -> float:
    """Of being assigned, in points."""
    return float(arms["control"]["itt"])


def _ratio(arms: dict[str, Row]) -> float:
    """Take-up with the treatment beside that without, the same persons with the same luck."""
    persons, valid = float(arms["control"]["persons"]), float(arms["control"]["valid"])
    return 1.0 + _effect(arms) * persons / (PERCENT * valid) if valid > 0.0 else float("nan")
