"""A district: its population, its parameters, and the source of each number."""

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
from takeup.district.district import SHIPPED, District, load_checked, load_district, shipped_districts
from takeup.district.parameters import (
    Definition,
    Parameter,
    Parameters,
    check_endpoints,
    check_range,
    definitions,
    every_name,
    lever_names,
    levers,
)
from takeup.district.population import Population, Street
from takeup.district.posterior import CALIBRATED, POSTERIOR, Posterior, read_posterior
from takeup.district.proportional_fitting import margin_error, margin_of
from takeup.district.templates import copy_template

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
    "check_endpoints",
    "check_range",
    "copy_template",
    "definitions",
    "every_name",
    "lever_names",
    "levers",
    "load_checked",
    "load_district",
    "margin_error",
    "margin_of",
    "profile_names",
    "read_posterior",
    "shipped_districts",
]
