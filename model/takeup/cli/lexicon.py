"""The names that `takeup explain` knows besides parameters: the columns of the monthly table, and the rules."""

from __future__ import annotations

import inspect
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from takeup import rules as rules_package
from takeup.simulation import COLUMNS


def columns() -> dict[str, str]:
    """What each column of the monthly table means."""
    return COLUMNS


@cache
def rules() -> dict[str, str]:
    """Each rule as it stands in the code: its arguments, what it says, and how it is computed."""
    found: dict[str, str] = {}
    for module in iter_modules(rules_package.__path__, f"{rules_package.__name__}."):
        for name, member in vars(import_module(module.name)).items():
            function = getattr(member, "py_func", None)
            if function is not None and function.__module__ == module.name:
                found[name] = inspect.getsource(function).partition("\n")[2]
    return found
