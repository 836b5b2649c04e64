"""What can go wrong with the pool."""

from __future__ import annotations


class PoolError(Exception):
    """The pool is there to be had, and yet something failed; the message says where to look.

    Attributes:
        exit_code: What the command line exits with.
    """

    exit_code: int = 1


class PoolUnavailableError(PoolError):
    """No pool can be had on this machine; the message says what is missing.

    The exit code is EX_UNAVAILABLE of sysexits.h.
    """

    exit_code: int = 69
