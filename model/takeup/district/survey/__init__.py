"""A district's population from survey records: counts, estimates, files.

`takeup.district` does not import this package, so that loading a district does not import pandas.
"""

from takeup.district.survey.estimates import (
    Pair,
    SurveyTable,
    estimate_tables,
    margins_frame,
    survey_population_toml,
    warnings,
)
from takeup.district.survey.mapping import COLUMNS, ColumnMapping, read_mapping
from takeup.district.survey.reader import (
    LARGEST_BYTES,
    MOST_ROWS,
    MOST_STREETS,
    SMALL_CELL,
    Survey,
    WeightedCounts,
    read_survey,
    standard_error,
    wilson,
)

__all__ = [
    "COLUMNS",
    "LARGEST_BYTES",
    "MOST_ROWS",
    "MOST_STREETS",
    "SMALL_CELL",
    "ColumnMapping",
    "Pair",
    "Survey",
    "SurveyTable",
    "WeightedCounts",
    "estimate_tables",
    "margins_frame",
    "read_mapping",
    "read_survey",
    "standard_error",
    "survey_population_toml",
    "warnings",
    "wilson",
]
