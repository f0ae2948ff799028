"""How far a month is from what memory alone would allow."""

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
"""Columns that the month reads, and twice those that it also writes."""
COUNTED = ("profile", "status", "knowledge", "registered_months", "residence_months", "insured", "trust")
"""Columns that counting reads, in a pass of its own."""


def roofline(model: PermitModel, ns_a_migrant_month: float) -> dict[str, float]:
    """Measured bandwidth, the bytes a migrant's month touches in whole columns, and the time that these alone take.

    Tables, queues and contacts are left out: what is in a cache costs no bandwidth, and so the bound is a lower one.
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
    """Bytes a second, read and written, of copying an array that no cache holds: the best of several."""
    source = np.ones(COPIED_BYTES, np.uint8)
    target = np.empty_like(source)
    best = np.inf
    for _ in range(COPIES):
        began = perf_counter()
        np.copyto(target, source)
        best = min(best, perf_counter() - began)
    return 2 * COPIED_BYTES / best
