"""What the take-up and the levers' effects depend on: Morris' elementary effects and Sobol indices."""
