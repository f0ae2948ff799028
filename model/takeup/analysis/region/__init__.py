"""Several districts under one scenario: each is simulated by itself, and the results are added up."""

from takeup.analysis.region.run import AVERAGED, SUMMED, DistrictRun, RegionResult, RegionSpec, aggregate

__all__ = ["AVERAGED", "SUMMED", "DistrictRun", "RegionResult", "RegionSpec", "aggregate"]
