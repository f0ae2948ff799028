"""How many examples hypothesis tries: few in `dev`, all in `ci`; the same ones every time in both."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

PROFILE: Final = os.environ.get("HYPOTHESIS_PROFILE", "dev")
"""`dev` unless the environment sets another: `make test-all` and `.ci/run` set `ci`."""
_SHARE: Final = {"dev": 0.2, "ci": 1.0}
_FEWEST: Final = 5
_DEFAULT: Final = 100


def examples(number: int) -> int:
    """Return how many examples to try.

    Args:
        number: of the profile `ci`.

    Returns:
        That number in `ci`, a fifth of it in `dev`, but at least 5.
    """
    return max(min(_FEWEST, number), round(_SHARE[PROFILE] * number))


def load_profile() -> None:
    """Register the profiles with hypothesis and load the chosen one.

    Examples are derandomised, so that a test which passes goes on passing. There is no deadline, because compiling
    takes longer than any.
    """
    for name, share in _SHARE.items():
        settings.register_profile(
            name,
            deadline=None,
            derandomize=True,
            max_examples=round(share * _DEFAULT),
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
    settings.load_profile(PROFILE)
