"""The commands that are run in both trees, and the files they read."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

LETTERS: Final = """
title = "Letters"
source = "a benchmark"
[[intervention]]
lever = "publicity"
add = 0.2
from = "2010-07"
cost = { fixed_cny = 100_000, per_month_cny = 20_000, source = "assumed" }
"""
PAPERS: Final = """
title = "Fewer documents"
source = "a benchmark"
[[intervention]]
lever = "documents"
multiply = 0.5
from = "2010-07"
cost = { fixed_cny = 50_000, source = "assumed" }
"""
LATER: Final = {
    "more.toml": LETTERS.replace("2010-07", "2019-01"),
    "fewer.toml": PAPERS.replace("2010-07", "2019-01"),
}
"""Scenarios that begin after the history of a calibration."""
OBSTACLES: Final = """
from = "2010-07"
[[obstacle]]
name = "papers"
title = "Papers"
source = "a benchmark"
status = "assumed"
reasoning = "no documents are asked for"
[[obstacle.intervention]]
lever = "documents"
set = 0
[[obstacle]]
name = "awareness"
title = "Awareness"
source = "a benchmark"
status = "assumed"
reasoning = "everybody hears of it"
[[obstacle.intervention]]
lever = "publicity"
set = 1
"""
PLAN: Final = """
title = "A plan"
source = "a benchmark"
from = "2010-07"
""" + "".join(
    f"""
[[option]]
name = "{name}"
title = "{name}"
source = "a benchmark"
status = "assumed"
[[option.size]]
name = "all"
[[option.size.intervention]]
lever = "{lever}"
{effect}
cost = {{ fixed_cny = {cost}, source = "assumed" }}
"""
    for name, lever, effect, cost in (
        ("letters", "publicity", "add = 0.05", 100),
        ("papers", "documents", "multiply = 0.5", 70),
        ("visits", "trips", "set = 1", 60),
        ("shame", "stigma", "multiply = 0.5", 30),
        ("arrivals", "heard_on_arrival", "set = 0.6", 40),
        ("attention", "attention", "multiply = 1.5", 50),
    )
)
FIGURES: Final = """
[[figure]]
name = "take_up"
expression = "valid / population"
month = "2012-12"
value = 0.1
tolerance = 0.05
status = "assumed"
source = "a benchmark"
local = true

[[figure]]
name = "unaware"
expression = "unaware / population"
month = "2012-12"
value = 0.5
tolerance = 0.2
status = "assumed"
source = "a benchmark"
local = true
"""
CANDIDATES: Final = """
[[candidate]]
name = "asked"
title = "Who has heard of it?"
expression = "1 - unaware / population"
month = "2018-12"
sample = 600
status = "assumed"
source = "a benchmark"

[[candidate]]
name = "counted"
title = "How many hold a permit?"
expression = "valid / population"
month = "2018-12"
error = 0.01
unit = "share"
status = "assumed"
source = "a benchmark"
"""
KNOWN: Final = """
stigma = 0.2
trust_initial.low = 0.3
remember = 0.8
attention = 0.15
late_attention = 0.2
word_of_mouth = 0.01
heard_on_arrival = 0.15
documents = 1.5
capacity = 8000
return_rate = 0.4
register.dormitory = 0.35
supply.schooling = 12000
learning = 0.8
forget = 0.03
understanding_heard = 0.4
renewal = 0.8
lapsed_says = 0.5
recurring.schooling = 1.0
trust_loss = 0.3
trust_gain = 0.05
reputation_at_start = 0.5
endorsement_load = 0.25
leave."0-11" = 0.075
settle = 0.0002
move.dormitory = 0.02
insured.contract = 0.6
"""
"""Parameters that a sensitivity analysis takes as known; the district's own values."""
POSTERIOR_RANGES: Final = {
    "publicity": (0.01, 0.05),
    "documents": (1.0, 2.0),
    "remember": (0.70, 0.85),
    "norm": (0.5, 1.5),
    "return_rate": (0.3, 0.5),
}
SAVE_AND_RESTORE: Final = """
import sys
from pathlib import Path

from takeup import PermitModel
from takeup.simulation import restore_model, save_model

engine, agents, middle, end = sys.argv[1:]
out = Path("out")
out.mkdir()
model = PermitModel("template", "letters.toml", agents=int(agents), engine=engine, rng=7, until="2012-12")
model.run_until(middle)
save_model(model, out / "middle.npz")
restored = restore_model(out / "middle.npz")
restored.run_until(end)
model.run_until(end)
save_model(restored, out / "end.npz")
for name, each in (("restored", restored), ("uninterrupted", model)):
    each.history().to_parquet(out / f"{name}_history.parquet")
    each.groups().to_parquet(out / f"{name}_groups.parquet")
"""


class Case(NamedTuple):
    """A command that is run in both trees.

    Attributes:
        name: name of the case; all names differ.
        arguments: arguments of `takeup` or of the snippet; results are written to the folder "out".
        inputs: names of the files that the case reads, see `input_files`.
        snippet: Python source that is run instead of `takeup`.
    """

    name: str
    arguments: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    snippet: str | None = None

    @property
    def digest(self) -> str:
        """Return a hash of all inputs that the results of a case depend on in a given tree."""
        content = hashlib.sha256(json.dumps([self.name, self.arguments, self.snippet]).encode())
        for name in self.inputs:
            content.update(input_files()[name])
        return content.hexdigest()[:12]


def _takeup(name: str, command: str, *inputs: str) -> Case:
    return Case(name, (*command.split(), "--quiet", "--out", "out"), inputs)


_TEMPLATE = "--district template --workers 1"
_RUN = f"run letters.toml {_TEMPLATE} --agents 4000 --replicates 2 --until 2012-12"
_OBJECTS = f"run letters.toml {_TEMPLATE} --agents 1600 --until 2011-06 --people 2011-06"
_DRAWS = "--draws 4 --posterior posterior.parquet"
_COMPARE = f"compare letters.toml papers.toml {_TEMPLATE} --agents 1600 --until 2011-12"
_WHY = f"why {_TEMPLATE} --agents 1600 --month 2011-03 --until 2011-06"
_TRIAL = f"trial letters.toml {_TEMPLATE} --agents 2000 --until 2011-06 --month 2010-12 --month 2011-06"
_PLAN = f"plan --plan some.plan.toml --budget 200 {_TEMPLATE} --agents 1600 --until 2011-06"
_CALIBRATE = "--rows 48 --waves 2 --draws 12 --confirm 0 --agents 1600"

CASES: Final = (
    _takeup("run", f"{_RUN} --people 2012-12", "letters.toml"),
    _takeup("run_2_threads", f"{_RUN} --threads 2 --people 2012-12", "letters.toml"),
    _takeup("run_2_workers", f"{_RUN} --people 2012-12".replace("--workers 1", "--workers 2"), "letters.toml"),
    _takeup("run_objects", f"{_OBJECTS} --engine objects", "letters.toml"),
    _takeup("run_compiled", _OBJECTS, "letters.toml"),
    _takeup("run_liwan", "run all_five --workers 1 --agents 3000 --people 2023-12"),
    _takeup("run_temporary", "run temporary_permit --workers 1 --agents 2000 --from 2016-01 --people 2023-12"),
    Case("saved_compiled", ("compiled", "4000", "2010-12", "2011-12"), ("letters.toml",), SAVE_AND_RESTORE),
    Case("saved_objects", ("objects", "1600", "2010-07", "2010-10"), ("letters.toml",), SAVE_AND_RESTORE),
    _takeup(
        "run_districts",
        f"run letters.toml --district liwan {_TEMPLATE} --agents 6000 --replicates 2 --until 2011-06",
        "letters.toml",
    ),
    _takeup("synthesise", "district synthesise --count 2 --population 8000"),
    _takeup("compare", f"{_COMPARE} --replicates 3 --people 2011-12", "letters.toml", "papers.toml"),
    _takeup("compare_precision", f"{_COMPARE} --precision 4", "letters.toml", "papers.toml"),
    _takeup("compare_draws", f"{_COMPARE} {_DRAWS}", "letters.toml", "papers.toml", "posterior.parquet"),
    _takeup("compare_liwan_draws", "compare publicity --draws 4 --agents 2000 --replicates 2 --workers 1"),
    _takeup("why", f"{_WHY} --removed-from 2011-01 --replicates 2"),
    _takeup("why_draws", f"{_WHY} --obstacles obstacles.toml {_DRAWS}", "obstacles.toml", "posterior.parquet"),
    _takeup("trial_person", f"{_TRIAL} --replicates 3", "letters.toml"),
    _takeup("trial_street", f"{_TRIAL} --unit street --replicates 3", "letters.toml"),
    _takeup("trial_draws", f"{_TRIAL} --eligible nonholders {_DRAWS}", "letters.toml", "posterior.parquet"),
    _takeup("plan", f"{_PLAN} --replicates 3", "some.plan.toml"),
    _takeup("plan_search", f"{_PLAN} --replicates 2 --most 32", "some.plan.toml"),
    _takeup(
        "plan_worst_off",
        f"{_PLAN} --target worst-off --by street {_DRAWS}",
        "some.plan.toml",
        "posterior.parquet",
    ),
    _takeup(
        "validate",
        f"validate {_TEMPLATE} --agents 1500 --draws 2 --posterior posterior.parquet",
        "posterior.parquet",
    ),
    _takeup("calibrate", f"calibrate template --figures figures.toml {_CALIBRATE} --workers 1", "figures.toml"),
    _takeup("calibrate_liwan", "calibrate liwan --rows 8 --waves 2 --draws 5 --confirm 0 --agents 1600 --workers 1"),
    _takeup(
        "sensitivity",
        f"sensitivity {_TEMPLATE} --method both --rows 2 --agents 1600 --parameters known.toml",
        "known.toml",
    ),
    _takeup(
        "voi",
        f"voi more.toml fewer.toml {_TEMPLATE} --draws 20 --agents 1600 --candidates candidates.toml "
        "--posterior posterior.parquet",
        *LATER,
        "candidates.toml",
        "posterior.parquet",
    ),
)


def input_files() -> dict[str, bytes]:
    """Return the content of every file that a case may read, by name."""
    texts = {
        "letters.toml": LETTERS,
        "papers.toml": PAPERS,
        "obstacles.toml": OBSTACLES,
        "some.plan.toml": PLAN,
        "figures.toml": FIGURES,
        "candidates.toml": CANDIDATES,
        "known.toml": KNOWN,
        **LATER,
    }
    return {name: text.encode() for name, text in texts.items()} | {"posterior.parquet": _posterior()}


def _posterior(draws: int = 24) -> bytes:
    """Return a posterior of the template: a few parameters drawn uniformly from a range around their values."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"row": np.arange(draws)})
    for name, (low, high) in POSTERIOR_RANGES.items():
        table[name] = rng.uniform(low, high, draws)
    table["supply.schooling"] = np.where(np.arange(draws) % 2, np.inf, 12_000.0)
    table["effect publicity"] = rng.normal(size=draws)
    stream = io.BytesIO()
    table.to_parquet(stream)
    return stream.getvalue()


def write_inputs(case: Case, folder: Path) -> None:
    """Write the files that a case reads into a folder."""
    files = input_files()
    for name in case.inputs:
        (folder / name).write_bytes(files[name])
