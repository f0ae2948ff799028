"""Replications of trials with fees, reminders, visits and help.

Every trial is conducted person by person in the month after the history, with the same agents and random numbers with
and without it. The scenarios of the arms are in the folder of the other set-ups.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.trial.design import TrialDesign
from takeup.analysis.trial.run import ArmContrast, contrast_arms, has_permit
from takeup.analysis.validation.studies import ELIGIBLE_NONHOLDERS, SCENARIOS, Setting, SetUp
from takeup.analysis.why.attribution import attribute_reasons, take_snapshot
from takeup.district import ATTRIBUTES, LEVEL_OF
from takeup.rules import INFORMED, NEVER, NONE, QUEUED, VALID
from takeup.scenario import load_scenario
from takeup.simulation import DistrictModel, Migrants

_LOW_EDUCATION: Final = ("primary", "junior")


def fee_trials(district: DistrictModel, set_up: SetUp) -> dict[str, float]:
    """Simulate trials among persons interested in the permit: a waived fee, a paid fee, a reminder.

    An interested person is eligible and informed, has neither an application nor a permit, and would apply now, while
    there is no fee.

    Args:
        district: model at the end of the history; it does not change.
        set_up: numbers used in the set-ups.

    Returns:
        `fee_waiver_message` and `fee_voucher`: ratios of applications; `reminder`: effect on applications in
        percentage points.
    """
    design, among = _design(district, set_up.message_months, set_up), _interested(district)
    waiver, voucher, reminder = (
        _contrast(district, control, "letter", design, among, _has_applied) for control in ("fee", "letter_fee", None)
    )
    return {"fee_waiver_message": waiver.ratio, "fee_voucher": voucher.ratio, "reminder": reminder.effect}


def help_trials(district: DistrictModel, set_up: SetUp) -> dict[str, float]:
    """Simulate trials of visits where the permit has a fee: information only, and a paid fee with help.

    Args:
        district: model at the end of the history; it does not change.
        set_up: numbers used in the set-ups.

    Returns:
        `visit_information`: effect on take-up in percentage points; `subsidy_and_help`: ratio of take-up.
    """
    design = _design(district, set_up.message_months, set_up)
    return {
        "visit_information": _contrast(district, "fee", "visit_fee", design).effect,
        "subsidy_and_help": _contrast(district, "fee", "visit_help", design).ratio,
    }


def registration_visits(district: DistrictModel, set_up: SetUp) -> dict[str, float]:
    """Simulate a trial of visits that register residents at home.

    Args:
        district: model at the end of the history; it does not change.
        set_up: numbers used in the set-ups.

    Returns:
        `door_visits`: ratio of registered persons among those who were not registered before.
    """
    design = _design(district, set_up.visit_months, set_up, "all")
    among = ~_is_registered(district.state.migrants)
    return {"door_visits": _contrast(district, None, "visit_registration", design, among, _is_registered).ratio}


def standard_form_by_education(district: DistrictModel, set_up: SetUp) -> dict[str, float]:
    """Simulate the effect of a simpler form by education.

    Args:
        district: model at the end of the history; it does not change.
        set_up: numbers used in the set-ups.

    Returns:
        `sign_standard_form`: effect on take-up of persons of junior school and less minus that of the others, in
        percentage points.
    """
    design = _design(district, set_up.message_months, set_up)
    low = [ATTRIBUTES["education"].index(level) for level in _LOW_EDUCATION]
    is_low = np.isin(LEVEL_OF["education"][district.state.migrants.profile], low)
    effects = [_contrast(district, "letter", "letter_simplified", design, each).effect for each in (is_low, ~is_low)]
    return {"sign_standard_form": effects[0] - effects[1]}


def _contrast(
    district: DistrictModel,
    control: str | None,
    treatment: str,
    design: TrialDesign,
    among: NDArray[np.bool_] | None = None,
    outcome: Callable[[Migrants], NDArray[np.bool_]] = has_permit,
) -> ArmContrast:
    """Conduct a trial of two scenarios of the set-ups; the control None is the district as it is."""
    untreated = district.branch(None if control is None else SCENARIOS / f"{control}.toml")
    return contrast_arms(
        untreated, load_scenario(SCENARIOS / f"{treatment}.toml"), design, among=among, outcome=outcome
    )


def _design(
    district: DistrictModel, months: Setting, set_up: SetUp, eligible: str = ELIGIBLE_NONHOLDERS
) -> TrialDesign:
    begin = district.state.month + 1
    return TrialDesign(set_up.message_share.value, "person", eligible, (), begin, (begin + months.whole,))


def _interested(district: DistrictModel) -> NDArray[np.bool_]:
    """Return whether each person is informed, has no application or permit, and would apply, shape (slots,)."""
    migrants, utility = district.state.migrants, attribute_reasons(take_snapshot(district)).utilities[:, 0]
    return np.asarray((migrants.knowledge == INFORMED) & (migrants.status == NONE) & (utility > 0.0))


def _has_applied(migrants: Migrants) -> NDArray[np.bool_]:
    """Return whether each migrant has an accepted application or a permit, shape (slots,)."""
    return np.isin(migrants.status, (QUEUED, VALID))


def _is_registered(migrants: Migrants) -> NDArray[np.bool_]:
    return np.asarray(migrants.registered_months != NEVER)
