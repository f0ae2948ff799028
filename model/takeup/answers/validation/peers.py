"""One contact who would not have held a permit is given one: what becomes of those who listen to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from takeup.answers.trial.design import Design
from takeup.answers.trial.enrolling import eligible_slots, enrol
from takeup.answers.trial.estimates import PERCENT
from takeup.answers.validation.findings import SetUp
from takeup.answers.validation.messages import ENTITLED
from takeup.months import month_name
from takeup.rules import INFORMED, NO_LAPSE, QUEUED, VALID
from takeup.simulation import PermitModel


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
    design = Design(set_up.induced_share.value, "person", "nonholders", (), begin, (until,))
    enrolled, waiting = enrol(district, design), district.state.migrants.status == QUEUED
    given = np.zeros(district.world.slots, dtype=bool)
    given[enrolled.slots[enrolled.treated]] = True
    given &= ~waiting
    others = eligible_slots(district, replace(design, eligible=ENTITLED)) & ~waiting & ~given
    listening = np.flatnonzero(others & (given[district.world.contacts].sum(axis=1) == 1))

    without, changed = district.branch(None), district.moment()
    migrants = changed.state.migrants
    for column, value in (
        ("status", VALID), ("knowledge", INFORMED), ("permit_months", 0), ("lapse_cause", NO_LAPSE),
        ("returned_last", False),
    ):  # fmt: skip
        migrants[column][given] = value
    with_gift = PermitModel(
        district.district, district.policy, district.agents_at_most, district.engine, district.seed,
        parameters=district.overrides, start=month_name(district.start), until=month_name(district.until),
        moment=changed,
    )  # fmt: skip
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
