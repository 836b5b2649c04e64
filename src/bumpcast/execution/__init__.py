"""The run loop: any processor over any data sets, on any back end, losing nothing."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from bumpcast.execution.processor_spec import ProcessorSpec

if TYPE_CHECKING:
    from bumpcast.execution.driver import run
    from bumpcast.execution.last_steps import RESULT, store_result
    from bumpcast.execution.summary import DatasetSummary, RunSummary

__all__ = ["RESULT", "DatasetSummary", "ProcessorSpec", "RunSummary", "run", "store_result"]

_ROOMS = {
    "RESULT": "last_steps",
    "run": "driver",
    "store_result": "last_steps",
    "DatasetSummary": "summary",
    "RunSummary": "summary",
}


def __getattr__(name: str) -> Any:
    # The driver needs coffea, awkward and numba. Whoever wants another module of this package,
    # such as what starts the workers' server, should not wait for them.
    if name in _ROOMS:
        return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
