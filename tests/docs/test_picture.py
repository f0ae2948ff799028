"""The picture of each README is the one that `make compare` draws."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from matplotlib.image import imread

from takeup.cli.app import exit_code_of

REPOSITORY = Path(__file__).parents[2]
MAX_DIFFERENT_PIXELS = 0.001
"""Share of the pixels that other versions of libraries may draw differently."""


@pytest.mark.slow
def test_the_pictures_show_the_results_of_this_version(tmp_path: Path) -> None:
    scenarios = re.search("^SCENARIOS = (.+)$", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert scenarios is not None
    for language, name in (("en", "effects.png"), ("zh", "effects.zh.png")):
        options = ["--out", str(tmp_path / "out"), "--language", language, "--quiet"]
        assert exit_code_of(["compare", *scenarios[1].split(), *options]) == 0
        shipped, drawn = (imread(folder / name) for folder in (REPOSITORY / "docs" / "images", tmp_path / "out"))
        assert shipped.shape == drawn.shape
        assert (abs(shipped - drawn).max(axis=-1) > 0.1).mean() < MAX_DIFFERENT_PIXELS
