"""The report of a calibration: figures and one HTML page."""
