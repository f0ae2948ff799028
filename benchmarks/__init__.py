"""Measurements of speed and memory, and the check that two revisions give the same results.

`python -m benchmarks --help` lists the commands. `docs/performance.md` describes what they measure.
"""
