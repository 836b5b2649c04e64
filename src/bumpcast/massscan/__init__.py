"""Every mass histogram of every final state in one pass over the events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bumpcast.massscan.delta.delta import ScanDelta
from bumpcast.massscan.filling.scanner import Scanner
from bumpcast.massscan.filling.weights import EventWeights
from bumpcast.massscan.naming.names import HistogramName, parse_name
from bumpcast.massscan.results.keep import KeepRule

if TYPE_CHECKING:
    from bumpcast.massscan.results.results import Results, open_results

__all__ = [
    "EventWeights",
    "HistogramName",
    "KeepRule",
    "Results",
    "ScanDelta",
    "Scanner",
    "open_results",
    "parse_name",
]


def __getattr__(name: str) -> Any:
    # Results need pandas; a worker, which fills, should not wait for it.
    if name in {"Results", "open_results"}:
        from bumpcast.massscan.results import results

        return getattr(results, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
