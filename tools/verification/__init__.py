"""Verification: measurements of closed forms and stress tests, and `docs/verification.md`."""
