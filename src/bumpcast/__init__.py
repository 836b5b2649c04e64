"""Every mass histogram of every final state in one pass over the events."""

from __future__ import annotations

from importlib.metadata import version

__version__ = version("bumpcast")
