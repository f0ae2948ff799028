"""Several districts under one scenario: each lived by itself, all summed."""

from takeup.analysis.region.run import AVERAGED, SUMMED, DistrictRun, RegionResult, RegionSpec, aggregate

__all__ = ["AVERAGED", "SUMMED", "DistrictRun", "RegionResult", "RegionSpec", "aggregate"]
