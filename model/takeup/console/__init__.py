"""What commands share at the terminal, those of the calibration too: options, and how far the work is."""
