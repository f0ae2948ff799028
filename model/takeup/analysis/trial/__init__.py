"""Randomised trials inside the model: what one would find, beside what is true there."""
