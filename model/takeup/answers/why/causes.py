"""Why someone has no valid permit: exactly one cause for everyone, the first that holds in the order of the steps."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Cause(IntEnum):
    """Why a migrant has no valid permit, in the order in which causes are asked for; VALID: has one.

    FORGOT to DISAPPOINTED are of those whose permit lapsed; all from NOT_LONG_HERE on are of those who have none
    and have not applied for one. DOCUMENTS to STIGMA name the largest part of a burden that is too large.
    """

    VALID = 0
    QUEUEING = 1
    FORGOT = 2
    MOVED = 3
    DISAPPOINTED = 4
    NOT_LONG_HERE = 5
    NEVER_REGISTERED = 6
    REGISTRATION_BROKEN = 7
    UNAWARE = 8
    NOT_UNDERSTOOD = 9
    BENEFITS_TOO_SMALL = 10
    DOCUMENTS = 11
    TRIPS = 12
    WAITING = 13
    FEE = 14
    STIGMA = 15
    RETURNED = 16
    NOT_YET = 17


NOBODY: Final = -1
"""The code of a slot in which nobody lives."""

CAUSES: Final = tuple(cause.name.lower() for cause in Cause)
"""The causes' names in files, by code."""

TITLES: Final[dict[Cause, str]] = {
    Cause.VALID: "a valid permit",
    Cause.QUEUEING: "queueing at the service centre",
    Cause.FORGOT: "lapsed: forgot to endorse it",
    Cause.MOVED: "lapsed: the registration broke",
    Cause.DISAPPOINTED: "lapsed: not worth keeping",
    Cause.NOT_LONG_HERE: "not here long enough yet",
    Cause.NEVER_REGISTERED: "never registered",
    Cause.REGISTRATION_BROKEN: "registration broken or too young",
    Cause.UNAWARE: "unaware of the permit",
    Cause.NOT_UNDERSTOOD: "does not understand its use",
    Cause.BENEFITS_TOO_SMALL: "benefits too small",
    Cause.DOCUMENTS: "burden: mostly documents",
    Cause.TRIPS: "burden: mostly trips",
    Cause.WAITING: "burden: mostly waiting",
    Cause.FEE: "burden: mostly the fee",
    Cause.STIGMA: "burden: mostly stigma",
    Cause.RETURNED: "application was returned",
    Cause.NOT_YET: "willing, has not got round to it",
}
"""The causes in words."""

STEPS: Final[dict[str, tuple[Cause, ...]]] = {
    "valid": (Cause.VALID,),
    "queueing": (Cause.QUEUEING,),
    "lapsed": (Cause.FORGOT, Cause.MOVED, Cause.DISAPPOINTED),
    "not entitled": (Cause.NOT_LONG_HERE, Cause.NEVER_REGISTERED, Cause.REGISTRATION_BROKEN),
    "unaware": (Cause.UNAWARE,),
    "not understood": (Cause.NOT_UNDERSTOOD,),
    "benefits": (Cause.BENEFITS_TOO_SMALL,),
    "burden": (Cause.DOCUMENTS, Cause.TRIPS, Cause.WAITING, Cause.FEE, Cause.STIGMA),
    "returned": (Cause.RETURNED,),
    "not yet": (Cause.NOT_YET,),
}
"""The steps of the funnel, each with its causes; together all causes in their order."""
