"""Tests of takeup.answers."""
