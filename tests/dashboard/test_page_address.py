"""The state of the pages in their address."""

from __future__ import annotations

import base64
import json
import math
import zlib
from dataclasses import replace

import pytest

from takeup.dashboard.first_policies import first_policies
from takeup.dashboard.page_address import (
    DEFAULT_MONTH,
    KEY,
    VERSION,
    AgentQuery,
    PageState,
    decode_state,
    encode_state,
)
from takeup.dashboard.policy_editor import InterventionDraft, PolicyDraft, PurchaseDraft, policy_from_scenario
from takeup.district import District
from takeup.errors import InputError
from takeup.scenario import known_scenarios, load_scenario

LONGEST = 8_000
"""Length of an address that browsers and servers accept."""


def address_of(content: object) -> str:
    """The query of an address with any content."""
    packed = zlib.compress(json.dumps(content).encode())
    return f"{KEY}={base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def test_an_address_gives_the_state_back(liwan: District) -> None:
    shipped = [load_scenario(name) for name in known_scenarios()]
    every = [policy_from_scenario(scenario, liwan) for scenario in shipped]
    unlimited = InterventionDraft("supply.residence", "set", math.inf, enabled=False)
    local = InterventionDraft("publicity", "add", 0.1, streets=("Shamian",), groups=(("age", ("45+",)),))
    states = [
        PageState(first_policies(liwan), selected=2),
        PageState(
            (PolicyDraft("居住证 “A”", (unlimited, local), (PurchaseDraft("data_platform", 5e6, "2020-01"),)),)
        ),
        PageState(month=DEFAULT_MONTH - 30, street=3, shown=1, agent=AgentQuery(DEFAULT_MONTH, 4, 2)),
        *(PageState((policy,)) for policy in every),
    ]
    for state in states:
        code = encode_state(state)
        assert len(code) < LONGEST
        assert code.replace("-", "").replace("_", "").isalnum()
        assert decode_state(f"{KEY}={code}", liwan) == state


def test_the_state_with_which_the_pages_open_needs_no_address(liwan: District) -> None:
    assert encode_state(PageState()) == ""
    assert decode_state("", liwan) == PageState()
    assert decode_state("other=1", liwan) == PageState()


@pytest.mark.parametrize(
    "content",
    [
        "text",
        [VERSION],
        [VERSION, {"policies": "none"}],
        [VERSION, {"policies": [{"title": "P"}] * 5}],
        [VERSION, {"policies": [{"title": "P", "interventions": [{"lever": "no_such", "operation": "add"}]}]}],
        [VERSION, {"month": 1}],
        [VERSION, {"street": 22}],
        [VERSION, {"street": -1}],
        [VERSION, {"agent": {"reason": 99}}],
        [VERSION, {"agent": {"number": -1}}],
        [VERSION, {"month": math.nan}],
        [VERSION + 1, {}],
        [VERSION, {"policies": [{"title": "P" * 300_000}]}],
    ],
    ids=lambda content: str(content)[:40],
)
def test_a_damaged_address_is_an_error_of_the_input(content: object, liwan: District) -> None:
    with pytest.raises(InputError):
        decode_state(address_of(content), liwan)


@pytest.mark.parametrize("text", ["x", "abc", "%00", "a" * 5_000, "eNp", "居住证"])
def test_a_text_that_is_no_state_is_an_error_of_the_input(text: str, liwan: District) -> None:
    with pytest.raises(InputError, match="missing or changed"):
        decode_state(f"{KEY}={text}", liwan)


def test_every_beginning_of_an_address_is_an_error_of_the_input(liwan: District) -> None:
    code = encode_state(PageState(first_policies(liwan)))
    for length in range(1, len(code), 7):
        with pytest.raises(InputError):
            decode_state(f"{KEY}={code[:length]}", liwan)


def test_a_state_that_does_not_fit_the_district_is_an_error(liwan: District, template: District) -> None:
    for policy in (
        PolicyDraft("P", (InterventionDraft("no_such_lever", "add", 1.0),)),
        PolicyDraft("P", (InterventionDraft("no_such_lever", "add", 1.0, enabled=False),)),
        PolicyDraft("P", (InterventionDraft("publicity", "add", 0.1, "2031-01"),)),
        PolicyDraft("P", (InterventionDraft("publicity", "add", 0.1, "soon"),)),
        PolicyDraft("P", (), (PurchaseDraft("no_such_measure", 1e6),)),
        PolicyDraft("P", (), (PurchaseDraft("data_platform", 1.0),)),
        PolicyDraft(" "),
    ):
        with pytest.raises(InputError):
            decode_state(f"{KEY}={encode_state(PageState((policy,)))}", liwan)
    code = encode_state(PageState(first_policies(liwan)))
    with pytest.raises(InputError, match="measure"):
        decode_state(f"{KEY}={code}", template)


def test_a_selection_beyond_the_policies_is_moved_to_the_last_one(liwan: District) -> None:
    state = PageState(first_policies(liwan), selected=9)
    assert decode_state(f"{KEY}={encode_state(state)}", liwan) == replace(state, selected=2)
