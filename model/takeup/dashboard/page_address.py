"""The state of the pages as a part of their address, so that it can be kept, reloaded and shared.

The state is written as JSON without the values that are defaults, compressed by zlib, and encoded in the alphabet of
addresses (base64url).
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qs

from pydantic import TypeAdapter, ValidationError

from takeup.analysis.why import Reason
from takeup.dashboard.baseline import FIRST, LAST
from takeup.dashboard.policy_editor import LETTERS, PolicyDraft, to_scenario
from takeup.district import District
from takeup.errors import InputError
from takeup.months import END_OF_HISTORY, parse_month
from takeup.scenario import Timeline

KEY: Final = "s"
"""Name of the state in the address."""
VERSION: Final = 1
"""Version of the format; the pages refuse states of other versions."""
DEFAULT_MONTH: Final = parse_month(END_OF_HISTORY)
"""The month that is shown first: the one for which Liwan's take-up is known."""
_LARGEST: Final = 200_000
"""Largest size of the JSON text, in bytes."""


@dataclass(frozen=True)
class AgentQuery:
    """The selection of the migrant on the migrant page.

    Attributes:
        month: number of the month in which the migrant has the reason.
        reason: number of the reason why the migrant has no valid permit; None: any reason.
        number: position among the migrants with this reason.
    """

    month: int = DEFAULT_MONTH
    reason: int | None = None
    number: int = 0


@dataclass(frozen=True)
class PageState:
    """The selections of a visitor that an address keeps.

    Attributes:
        policies: the policies A to D; empty: those with which the pages open.
        selected: number of the policy that is edited, from 0.
        month: number of the month that the pages of the district and of a migrant show.
        street: number of the street that is selected; None: the district.
        shown: number of the policy in the run that these pages show; None: no policy.
        agent: the migrant.
    """

    policies: tuple[PolicyDraft, ...] = ()
    selected: int = 0
    month: int = DEFAULT_MONTH
    street: int | None = None
    shown: int | None = None
    agent: AgentQuery = AgentQuery()


_ADAPTER: Final = TypeAdapter(PageState)


def encode_state(state: PageState) -> str:
    """Return the state as text for an address; empty for the state with which the pages open."""
    content = _ADAPTER.dump_python(state, exclude_defaults=True)
    if not content:
        return ""
    text = json.dumps([VERSION, content], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def decode_state(search: str, district: District) -> PageState:
    """Return the state in the query of an address; the default if there is none.

    Args:
        search: query of the address, without its question mark.
        district: the district, which the policies must fit.

    Raises:
        InputError: the state is damaged, has another version, or does not fit the district.
    """
    given = parse_qs(search).get(KEY)
    if given is None:
        return PageState()
    state = _validated(_unpacked(given[0]))
    checked = all(0 <= number < len(district.streets) for number in (state.street,) if number is not None)
    reasons = {int(reason) for reason in Reason}
    checked &= state.agent.reason is None or state.agent.reason in reasons
    checked &= len(state.policies) <= len(LETTERS) and state.agent.number >= 0
    checked &= all(FIRST <= month <= LAST for month in (state.month, state.agent.month))
    if not checked:
        raise _damaged()
    for policy in state.policies:
        drafts = tuple(replace(draft, enabled=True) for draft in policy.interventions)
        scenario = to_scenario(replace(policy, interventions=drafts))
        scenario.check_period(FIRST, LAST)
        Timeline(scenario, district)
    if state.policies:
        last = len(state.policies) - 1
        state = replace(state, selected=min(max(state.selected, 0), last))
    return state


def _unpacked(text: str) -> Any:
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        reader = zlib.decompressobj()
        content = reader.decompress(packed, _LARGEST)
        if reader.unconsumed_tail or not reader.eof:
            raise _damaged()
        return json.loads(content)
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        raise _damaged() from None


def _validated(content: Any) -> PageState:
    match content:
        case [int(version), dict(fields)]:
            if version != VERSION:
                raise InputError("the address was made by another version of these pages")
            try:
                return _ADAPTER.validate_python(fields)
            except ValidationError:
                raise _damaged() from None
        case _:
            raise _damaged()


def _damaged() -> InputError:
    return InputError("a part of the address is missing or changed")
