"""Constants that several packages share and that no district file sets."""

from __future__ import annotations

from typing import Final

PERCENT: Final = 100.0
"""Percent per unit share."""
MAX_SEED: Final = 2**62 - 1
"""Largest seed of a run; seeds of replicates are counted up from the first one and stay within 64 bits."""
OVERRIDDEN: Final = "set for this run"
"""Source of a parameter value that the user set for one run."""
