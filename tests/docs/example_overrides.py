"""How the documents' commands are made small enough for a test, and which are not run, and why.

A command runs with all that the document says. What is appended here comes last and wins, so sizes shrink and nothing
else changes. Who documents a command that takes long adds a line here.
"""

from __future__ import annotations

EVERYWHERE = {"--agents": "2000", "--workers": "1"}
"""For every command that has the option."""

IF_GIVEN = {"--draws": "2", "--replicates": "2", "--rows": "16", "--precision": "50"}
"""For every command that was given the option."""

BY_COMMAND: dict[str, tuple[str, ...]] = {
    "calibrate": ("--rows", "8", "--waves", "1", "--draws", "4", "--confirm", "0"),
    "compare": ("--draws", "2"),
    "district from-table": ("--population", "20000"),
    "district synthesise": ("--count", "3", "--population", "300000"),
    "plan": ("--draws", "2", "--most", "32"),
    "run": ("--agents", "8000"),
    "sensitivity": ("--rows", "2"),
    "voi": ("--draws", "30"),
}
"""By command, whatever it was given; `--draws` is left out beside `--point`, `--replicates` and `--people`."""

LEFT_OUT = {"--cluster": "there is no cluster in a test of documents; those of clusters are in tests/runs"}
"""Options that are left out together with their value, and why."""

SHARED = "/shared/"
"""A disk that all machines see, in documents; the test's own folder here."""

NOT_RUN = {
    "takeup dashboard": "serves until it is stopped; its own tests open it",
    "jupyter lab": "serves until it is stopped; the notebooks themselves are run",
    "dask": "serves until it is stopped; the tests of clusters begin their own",
    "git clone": "needs a network",
    "cd": "the test has a folder of its own",
    ". .venv/bin/activate": "the tests run in an environment",
    ".venv\\Scripts\\activate": "the tests run in an environment",
    "python -m venv": "the tests run in an environment",
    "pytest": "these are the tests",
}
"""What begins so is not run, and why."""

HARMLESS_OPTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "make": (("--dry-run",), "its targets install, measure for hours or serve; that they are there is asked"),
    "python -m benchmarks": (("--help",), "on a machine that does other things, it would measure those"),
    "python tools/generate_doc_tables.py": (
        ("--check",),
        "it would write into the repository; whether there is anything to write",
    ),
    "python tools/clean_notebooks.py": (
        ("--check",),
        "it would write into the repository; whether there is anything to write",
    ),
    "takeup sensitivity liwan --method screening": (
        ("--help",),
        "every number is changed, in some 900 evaluations at the least; tests/calibration/test_screening.py runs it",
    ),
}
"""What begins so is run with these options at its end, which keep it from doing anything, and why."""

NOT_INSTALLED = "pip install", "needs a network; whether the extras and constraints that it names are there is asked"
"""What begins so is read, not run, and why."""

OWN_TOML = "its own block of TOML, number"

GIVEN: dict[str, dict[str, str]] = {
    "docs/plan.md": {"mine.toml": "model/takeup/districts/liwan/plan.toml"},
    "docs/voi.md": {
        "mine.toml": "calibration/takeup_calibration/candidates.toml",
        "other.parquet": "model/takeup/districts/liwan/posterior.parquet",
    },
    "docs/tutorial-analysts.md": {"targets.toml": f"{OWN_TOML} 1"},
    "docs/tutorial-policy.md": {
        "outreach.toml": f"{OWN_TOML} 1",
        "both.toml": f"{OWN_TOML} 2",
        "evening_hours.toml": f"{OWN_TOML} 3",
        "office.toml": f"{OWN_TOML} 4",
    },
    "docs/tutorial-policy.zh.md": {
        "outreach.toml": f"{OWN_TOML} 1",
        "both.toml": f"{OWN_TOML} 2",
        "evening_hours.toml": f"{OWN_TOML} 3",
        "office.toml": f"{OWN_TOML} 4",
    },
    "docs/scale.md": dict.fromkeys(
        ("panyu", "tianhe", "guangdong/panyu", "guangdong/tianhe"), "model/takeup/districts/template"
    ),
    "docs/districts.md": {
        "survey.csv": "tests/docs/given/survey.csv",
        "mapping.toml": "tests/docs/given/mapping.toml",
    },
}
"""By document: files and folders that its commands take for granted, and what stands in for them."""
