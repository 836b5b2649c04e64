"""Compiled functions whose machine code is kept between runs.

Numba's own cache looks only at the file of the function itself, so a constant that changes in
another file would go unseen. Here the cache folder carries a digest of the whole package instead.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final

import numba

from bumpcast.own_code import code_digest

MOST_WAIT_S: Final = 60.0
"""So long a process waits for another one to compile a function."""

_LOOK_EVERY_S = 0.05
_functions: list[str] = []
"""Names of the functions that are compiled when they are called."""


def cache_folder() -> Path:
    """Return the user's cache folder: $BUMPCAST_CACHE, or bumpcast in $XDG_CACHE_HOME."""
    chosen = os.environ.get("BUMPCAST_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bumpcast"


def _machine_code() -> Path:
    return cache_folder() / "compiled" / code_digest()[:16]


def was_compiled(package: str) -> bool:
    """Return whether this machine has compiled a function of a package before, as it is now.

    Args:
        package: Its dotted name; those below it count.
    """
    return any(_machine_code().glob(f"{package}.*.lock"))


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function on its first call, and keep the machine code for later processes.

    Args:
        function: Numeric code that numba compiles without falling back to Python objects.
    """
    return _compiled(function, False)


def compiled_in_any_order(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function whose sums may be taken in any order, several terms at a time.

    The last bits of what it returns depend on the processor, but on nothing else.

    Args:
        function: See `compiled`.
    """
    return _compiled(function, {"reassoc", "contract"})


def _compiled(function: Callable[..., Any], liberties: set[str] | bool) -> Callable[..., Any]:
    settings: Any = numba.config
    before = settings.CACHE_DIR
    folder = _machine_code()
    settings.CACHE_DIR = str(folder)
    try:
        dispatcher: Any = numba.njit(cache=True, fastmath=liberties)(function)
    finally:
        settings.CACHE_DIR = before
    _functions.append(function.__qualname__)
    load_or_compile = dispatcher.compile

    def one_at_a_time(signature: Any) -> Any:
        with _turn(folder / f"{function.__module__}.{function.__qualname__}.lock"):
            return load_or_compile(signature)

    # Workers start together and need the same: one compiles, the others load what came of it.
    dispatcher.compile = one_at_a_time
    compiled_function: Callable[..., Any] = dispatcher
    return compiled_function


@contextlib.contextmanager
def _turn(lock: Path) -> Iterator[None]:
    """Wait until no other process compiles the same; the kernel frees the lock of a dead one.

    Several compile the same, as they would without a lock, where a file system refuses files or
    locks, and where one that is shared by machines keeps a lock for longer than compiling takes.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            lock.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(lock.open("w"))
            give_up = time.monotonic() + MOST_WAIT_S
            while not _try_lock(file) and time.monotonic() < give_up:
                time.sleep(_LOOK_EVERY_S)
        yield


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def set_up() -> None:
    """Set up the compiler, which the first compiled function that is called would do otherwise.

    It takes a second, even where all machine code is in the cache; without any compiled function it
    does nothing.
    """
    if _functions:
        numba.njit("int64(int64)")(_unchanged)


def _unchanged(number: int) -> int:
    return number
