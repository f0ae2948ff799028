"""Tests of takeup.runs."""
