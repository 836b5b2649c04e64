"""Compiled functions whose machine code is kept between runs.

Numba's own cache looks only at the file of the function itself, so a constant that changes in
another file would go unseen. Here the cache folder carries a digest of the whole package instead.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba


def cache_folder() -> Path:
    """Return the user's cache folder: $BUMPCAST_CACHE, or bumpcast in $XDG_CACHE_HOME."""
    chosen = os.environ.get("BUMPCAST_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bumpcast"


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return a digest of the package's source files."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for path in sorted(package.rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function on its first call, and keep the machine code for later processes.

    Args:
        function: Numeric code that numba compiles without falling back to Python objects.
    """
    settings: Any = numba.config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(cache_folder() / "compiled" / code_digest()[:16])
    try:
        dispatcher: Callable[..., Any] = numba.njit(cache=True)(function)
    finally:
        settings.CACHE_DIR = before
    return dispatcher


def set_up() -> None:
    """Set up the compiler, which the first compiled function that is called would do otherwise.

    It takes a second, even where all machine code is in the cache.
    """
    numba.njit("int64(int64)")(_unchanged)


def _unchanged(number: int) -> int:
    return number
