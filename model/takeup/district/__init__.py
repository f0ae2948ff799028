"""A district: its people, its parameters, and where each number comes from."""

from takeup.district.attributes import (
    ATTRIBUTES,
    GROUPS,
    LEVEL_OF,
    MEMBERSHIP,
    PROFILES,
    SERVICES,
    TENURE_BANDS,
    TENURE_STARTS,
    profile_names,
)
from takeup.district.calibrated import CALIBRATED, POSTERIOR, Posterior, read_posterior
from takeup.district.definitions import Definition, definitions, every_name, levers
from takeup.district.district import SHIPPED, District, load_district, shipped_districts
from takeup.district.parameters import Parameter, Parameters, check_ends, check_range
from takeup.district.population import Population, Street
from takeup.district.raking import distance, margin_of
from takeup.district.starting import copy_template

__all__ = [
    "ATTRIBUTES",
    "CALIBRATED",
    "GROUPS",
    "LEVEL_OF",
    "MEMBERSHIP",
    "POSTERIOR",
    "PROFILES",
    "SERVICES",
    "SHIPPED",
    "TENURE_BANDS",
    "TENURE_STARTS",
    "Definition",
    "District",
    "Parameter",
    "Parameters",
    "Population",
    "Posterior",
    "Street",
    "check_ends",
    "check_range",
    "copy_template",
    "definitions",
    "distance",
    "every_name",
    "levers",
    "load_district",
    "margin_of",
    "profile_names",
    "read_posterior",
    "shipped_districts",
]
