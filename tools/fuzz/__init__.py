"""Fuzz tests: malformed and hostile files for every function that reads a file."""
