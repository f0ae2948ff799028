"""Several districts under one scenario, simulated separately and aggregated."""

from takeup.analysis.region.run import (
    AVERAGED,
    SUMMED,
    DistrictRun,
    RegionResult,
    RegionSpec,
    aggregate,
    largest_populations,
)

__all__ = ["AVERAGED", "SUMMED", "DistrictRun", "RegionResult", "RegionSpec", "aggregate", "largest_populations"]
