"""Randomised trials inside the model: their estimates and the true effect."""
