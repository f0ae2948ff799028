"""Findings of others beside what the model gives: each set up inside the model as its study was."""
