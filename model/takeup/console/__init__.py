"""The terminal layer that all commands share, also those of the calibration: options, overrides, progress."""
