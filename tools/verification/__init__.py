"""Measures closed forms and stress, and writes `docs/verification.md`."""
