"""Calibration of `takeup` to what a district knows: the analysts' package."""
