"""Operations by which an intervention, or an effect of a measure, changes a lever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

from takeup.errors import InputError

Operation = Literal["set", "add", "multiply"]
OPERATIONS: Final[tuple[Operation, ...]] = get_args(Operation)


def check_operations(given: Sequence[str], what: str) -> None:
    """Check that a table of a file has one operation.

    Args:
        given: operations that the table has.
        what: name of what the table describes, such as "the intervention".

    Raises:
        InputError: the table has none or several.
    """
    if len(given) != 1:
        raise InputError(
            f"{what} has more than one operation" if given else f"{what} has no operation",
            given=" and ".join(given) or None,
            allowed="one of set, add, multiply",
        )
