"""What would change a person's mind: one thing at a time as far as it can go, all else as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from takeup.dashboard.weighing import Weighed
from takeup.district import SERVICES
from takeup.rules import INFORMED, UNAWARE

_ALL, _NONE = (1.0,) * len(SERVICES), (0.0,) * len(SERVICES)


@dataclass(frozen=True)
class Change:
    """What would be weighed if one thing were otherwise.

    Attributes:
        title: in words.
        worth: what it would be worth then.
        enough: whether that changes their mind.
    """

    title: str
    worth: float
    enough: bool


def changes_of(one: Weighed) -> list[Change]:
    """One thing at a time as good as it can be for who would not, as bad as it can be for who would.

    Those that change nothing are left out; the strongest comes first.
    """
    would = one.worth > 0.0
    others = _worse(one) if would else _better(one)
    found = [Change(title, other.worth, (other.worth > 0.0) != would) for title, other in others.items()]
    found = (
        [each for each in found if each.worth < one.worth]
        if would
        else [each for each in found if each.worth > one.worth]
    )
    return sorted(found, key=lambda each: each.worth if would else -each.worth)


def _better(one: Weighed) -> dict[str, Weighed]:
    return {
        "they knew all about it": replace(one, knowledge=INFORMED),
        "they trusted it wholly": replace(one, trust=1.0),
        "they were sure to stay": replace(one, stay=1.0),
        "services kept their promise": replace(one, delivered=_ALL, reputation=_ALL),
        "all contacts held one": replace(one, holders=one.contacts, lapsed=0),
        "papers were no trouble": replace(one, hardship=0.0),
        "it could be done online": replace(one, online=1.0),
        "nobody had to wait": replace(one, wait=0.0),
        "there were no fee": replace(one, fee_cny=0.0),
        "there were no stigma": replace(one, stigma=0.0),
    }


def _worse(one: Weighed) -> dict[str, Weighed]:
    return {
        "they understood nothing of it": one if one.keeps else replace(one, knowledge=UNAWARE),
        "they lost all trust": replace(one, trust=0.0),
        "they were about to leave": replace(one, stay=0.0),
        "services kept no promise": replace(one, delivered=_NONE, reputation=_NONE),
        "no contact held one": replace(one, holders=0),
        "all contacts had let it lapse": replace(one, holders=0, lapsed=one.contacts),
        "nothing could be done online": replace(one, online=0.0),
        "nobody asked for it": replace(one, enforcement=0.0),
    }
