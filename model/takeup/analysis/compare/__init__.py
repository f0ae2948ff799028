"""Comparison of scenarios with the baseline: results, intervals, tables, plots and the report page."""
