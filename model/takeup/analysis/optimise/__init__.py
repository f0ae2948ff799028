"""The best package of interventions under a budget.

search    the space of packages, the race over draws, the Pareto front, local search
evaluate  simulation of packages in draws
spec      the specification, its computation, the table of packages and the best one
text      sentences and phrases
plots     the figure
output    the terminal table, the scenario of the package and written files
"""

from takeup.analysis.optimise.spec import OptimisationResult, OptimisationSpec, SearchTrace, summarise_optimisation
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
