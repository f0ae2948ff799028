"""A district's people from survey records: a table of respondents, counted and weighted, one row a person.

Not imported by `takeup.district`: who loads a district need not wait for pandas.
"""

from takeup.district.survey.answers import MOST_STREETS
from takeup.district.survey.counting import Survey
from takeup.district.survey.records import LARGEST_BYTES, MOST_ROWS, read_survey
from takeup.district.survey.summary import margins_frame, warnings
from takeup.district.survey.tables import Pair, Stated, stated_tables
from takeup.district.survey.tally import SMALL_CELL, Tally, standard_error, wilson
from takeup.district.survey.text import population_text
from takeup.district.survey.translation import COLUMNS, Translation, read_translation

__all__ = [
    "COLUMNS",
    "LARGEST_BYTES",
    "MOST_ROWS",
    "MOST_STREETS",
    "SMALL_CELL",
    "Pair",
    "Stated",
    "Survey",
    "Tally",
    "Translation",
    "margins_frame",
    "population_text",
    "read_survey",
    "read_translation",
    "standard_error",
    "stated_tables",
    "warnings",
    "wilson",
]
