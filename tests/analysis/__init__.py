"""Tests of takeup.analysis."""
