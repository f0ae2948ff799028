"""Districts that many tests share, and how hypothesis runs."""

from __future__ import annotations

from base64 import b64decode
from typing import IO, Any, Final

import pytest

from takeup.district import District, load_district
from tests.hypothesis_profiles import load_profile
from tests.simulation.districts import with_three_streets

load_profile()

_PIXEL: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="  # white, 1 by 1
)
_BLANK: Final = {"png": b64decode(_PIXEL), "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>'}


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are made and written, but blank: to draw them would take most of a small command's time.

    For tests that look at what else a command leaves.
    """

    def savefig(_: object, file: IO[bytes], **how: Any) -> None:
        file.write(_BLANK[how["format"]])

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", savefig)


@pytest.fixture(scope="session")
def template() -> District:
    """The invented district of Liwan's size."""
    return load_district("template")


@pytest.fixture(scope="session")
def liwan() -> District:
    """The reference district, whose population grows."""
    return load_district("liwan")


@pytest.fixture(scope="session")
def village(template: District) -> District:
    """The template with three streets only, so that fifty migrants are enough for nine slots a street."""
    return with_three_streets(template)
