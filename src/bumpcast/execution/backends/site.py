"""What has to be the same where a worker runs as where the driver runs."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Final

from bumpcast.compiled import code_digest

PACKAGES: Final = ("awkward", "coffea", "dask", "distributed", "numba", "numpy", "uproot")


def facts() -> dict[str, str]:
    """Return what is compared: Python, packages that exchange objects, and this package's code."""
    return {
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{package: version(package) for package in PACKAGES},
        "the code of bumpcast": code_digest()[:16],
    }


def differences(here: dict[str, str], there: dict[str, str]) -> list[str]:
    """Return in words what differs.

    Args:
        here: The driver's facts.
        there: A worker's.
    """
    return [
        f"{name} is {there.get(name, 'missing')} there and {value} here"
        for name, value in here.items()
        if there.get(name) != value
    ]
