"""Results of the benchmarks, stored as JSON with the revision and the machine."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numba
from llvmlite import binding

from benchmarks.trees import REPOSITORY, revision

RESULTS: Final = REPOSITORY / "docs" / "performance"
Figures = Mapping[str, Any]

_VECTOR_BITS: Final = {"avx512f": 512, "avx2": 256, "sse2": 128, "neon": 128}
"""Width of the widest vectors by the feature of the processor that offers them, widest first."""
_GIBIBYTE: Final = 2**30


def record(name: str, measure: Callable[[], Figures], folder: Path | None) -> dict[str, Any]:
    """Measure, print the results as JSON, and store them.

    Args:
        name: name of the benchmark.
        measure: function that returns the figures.
        folder: folder of the JSON file; None: the results are printed only.
    """
    load, measured = os.getloadavg()[0], revision()
    figures = dict(measure())
    machine = {**_machine(), "load_at_start": round(load, 2), "load_at_end": round(os.getloadavg()[0], 2)}
    result = {"benchmark": name, "revision": measured, "machine": machine, **figures}
    text = json.dumps(result, indent=2)
    print(text, flush=True)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return result


def _machine() -> dict[str, Any]:
    """Describe the machine: processor, number of cores, width of the vectors, memory and versions."""
    features = binding.get_host_cpu_features()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{_processor()} ({binding.get_host_cpu_name()})",
        "cores": os.cpu_count(),
        "vector_bits": next((bits for name, bits in _VECTOR_BITS.items() if features.get(name)), None),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIBIBYTE, 1),
        "python": platform.python_version(),
        "numba": numba.__version__,
    }


def _processor() -> str:
    """Return the name of the processor's model."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
