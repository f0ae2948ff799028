"""Global sensitivity analysis over the prior: Morris elementary effects and Sobol indices."""
