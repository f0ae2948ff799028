"""A truth that is known is found again: figures made by the model itself, at parameters that are not its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from takeup.district import load_district
from takeup.runs.journal import Journal
from takeup_calibration import lives
from takeup_calibration.calibrate import Calibration, Effort, calibrate
from takeup_calibration.design import scores_of
from takeup_calibration.figures import Figure, read_figures
from takeup_calibration.rows import Rows, Runner
from takeup_calibration.weights import weighted_quantile

AGENTS = 1600
TRUTH = {"leave": 0.85, "publicity": 0.75, "forget": 0.3, "register": 0.7, "attention": 0.4}
"""Prior probabilities of the true values; the other parameters are at their prior medians."""
ASKED = {
    "take_up": ("valid / population", 0.04),
    "aware": ("(heard + informed) / population", 0.08),
    "informed": ("informed / population", 0.08),
    "registered": ("registered / population", 0.06),
    "short_stays": ("stay_under_1 / population", 0.03),
    "applications": ("applications / population", 0.006),
}
FIGURE = """
[[figure]]
name = "{name}"
expression = "{expression}"
month = "2018-12"
value = {value!r}
tolerance = {tolerance}
status = "assumed"
source = "the model at parameters that are known"
local = true
"""


def figures_at(truth: np.ndarray, folder: Path) -> list[Figure]:
    """The figures that the template gives at some prior probabilities of its parameters."""
    file = folder / "figures.toml"
    blank = [FIGURE.format(name=n, expression=e, value=0.0, tolerance=t) for n, (e, t) in ASKED.items()]
    file.write_text("".join(blank))
    rows = Rows(load_district("template"), read_figures(file), 99, AGENTS)
    rows.uniforms = truth[None, :]
    journal = Journal(folder / "truth.sqlite")
    (found,) = rows.lived([0], AGENTS, Runner(journal), lambda _done, _of: None)
    journal.close()
    told = zip(ASKED.items(), rows.prediction(found), strict=True)
    file.write_text("".join(FIGURE.format(name=n, expression=e, value=v, tolerance=t) for (n, (e, t)), v in told))
    return read_figures(file)


@pytest.fixture(scope="module")
def one_lever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Draws are branched into one lever and not into all: what levers do is looked at elsewhere."""
    folder = tmp_path_factory.mktemp("branches")
    (folder / "publicity.toml").write_bytes((lives.BRANCHES / "publicity.toml").read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lives, "BRANCHES", folder)
        lives._branches.cache_clear()
        yield
    lives._branches.cache_clear()


@pytest.fixture(scope="module")
def recovered(one_lever: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, Calibration]:
    folder = tmp_path_factory.mktemp("recovery")
    place = load_district("template")
    names = Rows(place, [], 1, AGENTS).names
    truth = np.array([TRUTH.get(name, 0.5) for name in names])
    journal = Journal(folder / "journal.sqlite")
    effort = Effort(rows=96, waves=3, effective=60, agents=AGENTS, draws=60, confirmed=0, seed=5)
    found = calibrate(place, figures_at(truth, folder), effort, Runner(journal))
    journal.close()
    return truth, found


def test_the_truth_lies_in_the_region_of_90_percent(recovered: tuple[np.ndarray, Calibration]) -> None:
    """Of the parameters that were moved, all together: by the distance of the truth from the posterior's middle."""
    truth, found = recovered
    names = [found.rows.names[i] for i in found.rows.adapting]
    moved = [names.index(name) for name in TRUTH]
    scores = found.rows.scores[:, moved]
    middle, spread = found.weights @ scores, np.cov(scores.T, aweights=found.weights)
    away = scores_of(truth[found.rows.adapting])[moved] - middle
    assert away @ np.linalg.solve(spread, away) <= chi2.ppf(0.9, len(moved))


def test_something_was_learnt(recovered: tuple[np.ndarray, Calibration]) -> None:
    """Otherwise the region would be the prior's own and hold any truth."""
    _, found = recovered
    names = [found.rows.names[i] for i in found.rows.adapting]
    for name in ("leave", "publicity", "register"):
        scores = found.rows.scores[:, names.index(name)]
        low, high = (weighted_quantile(scores, found.weights, at) for at in (0.05, 0.95))
        assert high - low < 0.8 * 2 * 1.645, name
    assert found.effective > 20
