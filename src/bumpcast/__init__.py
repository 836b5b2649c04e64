"""Every mass histogram of every final state in one pass over the events."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bumpcast.massscan.results.results import open_results

__all__ = ["__version__", "open_results"]

__version__ = version("bumpcast")


def __getattr__(name: str) -> Any:
    # Reading results needs hist, pandas and numba; `bumpcast --help` should not wait for them.
    if name == "open_results":
        from bumpcast.massscan.results.results import open_results

        return open_results
    msg = f"module 'bumpcast' has no attribute {name!r}"
    raise AttributeError(msg)
