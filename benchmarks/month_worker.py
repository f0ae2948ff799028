"""Worker that times the months of models; it runs with the model of any revision.

Models are kept by name. Requests, see `workers.Worker`:

- `create`: time to create a model, which is kept;
- `settle`: run the kept model up to a month;
- `run`: time to run a branch of the kept model up to a month;
- `advance`: time to run the kept model some months further;
- `objects`: keep a branch of the kept model whose months are run by agents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.clock import measure
from benchmarks.workers import serve
from takeup import PermitModel

_models: dict[str, PermitModel] = {}


def main() -> None:
    """Answer requests until standard input ends."""
    serve(lambda request: _ACTIONS[request.pop("action")](**request))


def _create(name: str, district: str, agents: int) -> dict[str, Any]:
    _models.pop(name, None)
    made = []
    seconds = measure(lambda: made.append(PermitModel(district, agents=agents, rng=1)))
    _models[name] = made[0]
    return seconds._asdict()


def _settle(name: str, month: str) -> dict[str, Any]:
    _models[name].run_until(month)
    return {}


def _run(name: str, month: str) -> dict[str, Any]:
    model = _models[name].branch(None)
    before = len(model.rows)
    return _timed(model, lambda: model.run_until(month)) | {"months": len(model.rows) - before}


def _advance(name: str, months: int) -> dict[str, Any]:
    model = _models[name]
    return _timed(model, lambda: model.run_until(model.state.month + months))


def _objects(name: str, source: str) -> dict[str, Any]:
    model = _models[source].branch(None)
    object.__setattr__(model, "engine", "objects")  # its history is compiled, and a model refuses another engine
    model.step()  # creates the agents
    _models[name] = model
    return {}


def _timed(model: PermitModel, work: Callable[[], object]) -> dict[str, Any]:
    return measure(work)._asdict() | {"valid": int(model.rows[-1]["valid"])}


_ACTIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "create": _create,
    "settle": _settle,
    "run": _run,
    "advance": _advance,
    "objects": _objects,
}

if __name__ == "__main__":
    main()
