"""Tests of takeup.cli."""
