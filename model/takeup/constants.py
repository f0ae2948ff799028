"""Constants that several packages share and that do not depend on the district."""

from __future__ import annotations

from typing import Final

PERCENT: Final = 100.0
"""Factor that converts a share to percent."""
MAX_SEED: Final = 2**62 - 1
"""Largest seed of a run; the seeds of replicates count up from the first one and must fit into 64 bits."""
JOURNAL: Final = "journal.sqlite"
"""Name of the file in a results folder that stores finished runs."""
