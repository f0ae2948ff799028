"""What commands share at the terminal, those of the calibration too: options, how far the work is, manifests."""
