"""Operations by which an intervention, or an effect of a measure, changes a lever."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Final, Literal, get_args

from takeup.errors import InputError
from takeup.message import Message

Operation = Literal["set", "add", "multiply"]
OPERATIONS: Final[tuple[Operation, ...]] = get_args(Operation)


def check_operations(given: Sequence[str], what: Message) -> None:
    """Check that a table of a file has one operation.

    Args:
        given: operations that the table has.
        what: name of what the table describes, such as "the intervention".

    Raises:
        InputError: the table has none or several.
    """
    if len(given) != 1:
        raise InputError(
            Message("{what} has more than one operation", what=what)
            if given
            else Message("{what} has no operation", what=what),
            given=reduce(_listed, given) if given else None,
            allowed="one of set, add, multiply",
        )


def _listed(first: str, second: str) -> str:
    return Message("{first} and {second}", first=first, second=second)
