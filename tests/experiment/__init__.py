"""Tests of takeup.experiment."""
