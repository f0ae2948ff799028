"""Tests of takeup.report and of the reports of analyses."""
