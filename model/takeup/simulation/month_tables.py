"""Rows of the tables of a month.

Their fields are generated from `district/definitions.toml`. Each type of row is a named tuple for Python code and a
structured data type of the same fields for compiled code. Type checkers read `month_tables.pyi`, which
`python tools/generate_stubs.py` writes.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from takeup.district import definitions

_OF_DISTRICT = [
    (name, definition.whole)
    for definition in definitions().values()
    if definition.grain in {None, "district"} and (not definition.members or definition.has_ends)
    for name in definition.names
]
SCALAR_PARAMETERS = tuple(name for name, _ in _OF_DISTRICT)
"""Names of the parameters and levers in MonthScalars, in the order of its fields."""

MonthScalars = namedtuple("MonthScalars", [name.replace(".", "_") for name in SCALAR_PARAMETERS], module=__name__)
MonthScalars.__doc__ = """Parameters and levers with one value for the whole district, in one month."""

MONTH_SCALARS = np.dtype(
    [
        (field, np.int64 if whole else np.float64)
        for field, (_, whole) in zip(MonthScalars._fields, _OF_DISTRICT, strict=True)
    ]
)

COPIED_LEVERS = tuple(name for name, definition in definitions().items() if definition.per_migrant)
"""Levers that the engines read for each migrant."""

MigrantLevers = namedtuple("MigrantLevers", COPIED_LEVERS, module=__name__)
MigrantLevers.__doc__ = """Levers that the engines read for each migrant, by street and profile."""

_OF_PROCEDURE = ("compliance", "pace", "pace_keep", "complete")
PROCEDURE_TERMS = np.dtype([(field, np.float64) for field in _OF_PROCEDURE])

StreetProfileTerms = namedtuple("StreetProfileTerms", [*COPIED_LEVERS, *_OF_PROCEDURE], module=__name__)
StreetProfileTerms.__doc__ = """Terms of one profile in one street in one month.

The first fields are levers, the others are those of PROCEDURE_TERMS: `compliance` is the cost of the procedure,
`pace` and `pace_keep` are the hassle factors of applying and of endorsing, and `complete` is the probability that an
application is accepted as complete.
"""
