"""Tests of the dashboard: computations, charts, and the pages in a real browser."""
