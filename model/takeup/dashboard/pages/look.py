"""How the visitor's policy is told from the baseline: by colour, by dashes and by its name at the end."""

from typing import Final

POLICY_COLOUR: Final = "#a6462b"
POLICY_DASH: Final = "7 3"
