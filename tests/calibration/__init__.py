"""Tests of takeup_calibration."""
