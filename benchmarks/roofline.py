"""Comparison of a month's time with the bound that memory bandwidth sets (roofline)."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from takeup import PermitModel

COPIED_BYTES, COPIES = 2**28, 7
GIGA, NANOSECONDS = 1e9, 1e9

SIMULATED = (
    "person", "profile", "status", "insured",
    *2 * ("residence_months", "registered_months", "ever_registered", "knowledge", "permit_months", "trust"),
)  # fmt: skip
"""Columns that the month reads; columns that it also writes occur twice."""
COUNTED = ("profile", "status", "knowledge", "registered_months", "residence_months", "insured", "trust")
"""Columns that the census reads in a separate pass."""


def roofline(model: PermitModel, ns_a_migrant_month: float) -> dict[str, float]:
    """Measure the bandwidth, and compute the bytes per migrant-month and the time that they need.

    Tables, queues and contacts are omitted, because they are mostly in a cache; the time is therefore a lower bound.

    Args:
        model: a model after some years of its history.
        ns_a_migrant_month: measured time of a month, in nanoseconds per migrant.
    """
    bandwidth = _bandwidth()
    columns, census = model.state.columns, model.census
    arrays = [columns[name] for name in (*SIMULATED, *COUNTED)]
    arrays += [census.contact_counts, census.codes, model.world.rank, model.world.rank]
    touched = sum(array.nbytes for array in arrays) / model.agents_at_most
    bound = touched / bandwidth * NANOSECONDS
    kept = [
        *columns.values(),
        model.state.line,
        model.world.rank,
        census.signals,
        census.contact_counts,
        census.codes,
        census.changed,
    ]
    contacts = (model.world.contacts, model.world.listener_begins, model.world.listeners)
    return {
        "bytes_a_migrant": round(sum(array.nbytes for array in kept) / model.agents_at_most, 1),
        "bytes_a_migrant_in_contact_tables": round(sum(table.nbytes for table in contacts) / model.agents_at_most, 1),
        "bandwidth_gb_a_second": round(bandwidth / GIGA, 1),
        "bytes_touched_a_migrant_month": round(touched, 1),
        "bound_ns_a_migrant_month": round(bound, 2),
        "times_the_bound": round(ns_a_migrant_month / bound, 1),
    }


def _bandwidth() -> float:
    """Return the bytes per second, read and written, of copying an array larger than the caches; best of several."""
    source = np.ones(COPIED_BYTES, np.uint8)
    target = np.empty_like(source)
    best = np.inf
    for _ in range(COPIES):
        began = perf_counter()
        np.copyto(target, source)
        best = min(best, perf_counter() - began)
    return 2 * COPIED_BYTES / best
