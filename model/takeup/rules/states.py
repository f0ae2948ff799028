"""The values of a migrant's permit status, knowledge and lapse cause.

Each is a small whole number, so that a column of the state needs one byte per migrant. Compiled code uses the plain
constants; everything else may use the enumerations, whose members are equal to them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

NONE: Final = 0
QUEUED: Final = 1
VALID: Final = 2
LAPSED: Final = 3

UNAWARE: Final = 0
HEARD: Final = 1
INFORMED: Final = 2

NO_LAPSE: Final = 0
FORGOT: Final = 1
MOVED: Final = 2
DISAPPOINTED: Final = 3

NEVER: Final = -1
"""Number of months where there is no registration, or no permit was ever issued."""


class _NamedCode(IntEnum):
    """A whole number that prints as its name in lower case."""

    def __str__(self) -> str:
        return self.name.lower()

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class Status(_NamedCode):
    """Status of a migrant's permit."""

    NONE = NONE
    QUEUED = QUEUED
    VALID = VALID
    LAPSED = LAPSED


class Knowledge(_NamedCode):
    """Level of a migrant's knowledge of the permit."""

    UNAWARE = UNAWARE
    HEARD = HEARD
    INFORMED = INFORMED


class LapseCause(_NamedCode):
    """Reason for which a permit that was due for endorsement lapsed."""

    NO_LAPSE = NO_LAPSE
    FORGOT = FORGOT
    MOVED = MOVED
    DISAPPOINTED = DISAPPOINTED


STATUSES: Final = tuple(str(status) for status in Status)
"""Names of the statuses in files and tables, by number."""
KNOWLEDGE: Final = tuple(str(level) for level in Knowledge)
"""Names of the levels of knowledge in files and tables, by number."""
LAPSE_CAUSES: Final = ("", *(str(cause) for cause in LapseCause if cause != NO_LAPSE))
"""Names of the lapse causes in files and tables, by number; the first, "", means that no permit lapsed."""
