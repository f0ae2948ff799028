"""The best package of interventions under a budget."""

from takeup.analysis.optimise.result import OptimisationResult, summarise_optimisation
from takeup.analysis.optimise.spec import OptimisationSpec, SearchTrace
from takeup.scenario.packages import Option, Options, Size, check_against_district, read_options

__all__ = [
    "OptimisationResult",
    "OptimisationSpec",
    "Option",
    "Options",
    "SearchTrace",
    "Size",
    "check_against_district",
    "read_options",
    "summarise_optimisation",
]
