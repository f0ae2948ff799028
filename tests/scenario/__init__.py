"""Scenario files: what they mean, what they cost, and what is said of a wrong one."""
