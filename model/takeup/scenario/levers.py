"""The values of all levers in one month.

The fields are generated from `district/definitions.toml`. Type checkers read `levers.pyi`, which
`python tools/generate_stubs.py` writes.
"""

from __future__ import annotations

from collections import namedtuple

from takeup.district import levers

Levers = namedtuple("Levers", tuple(levers()), module=__name__)
Levers.__doc__ = """The value of every lever in one month, as arrays of numbers.

A lever by profile and street has the shape (streets, profiles); one by housing and street (housing, streets); one by
street (streets,); one for the whole district (members,), which is (1,) for a single number. Compiled code reads the
arrays directly.
"""
