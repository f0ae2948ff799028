"""Comparison of scenarios with the baseline: tables, plots and the report page."""
