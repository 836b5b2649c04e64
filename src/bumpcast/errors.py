"""The root of the project's exceptions, and the help that every message gives."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BumpcastError(Exception):
    """Base of every error that a user can cause or mend.

    The message says what was asked for, where, and what to do; the command line prints it without
    a traceback.

    Attributes:
        exit_code: What the command line exits with.
    """

    exit_code: int = 1


def nearest(name: str, candidates: Iterable[str], *, most: int = 3) -> list[str]:
    """Return the candidates closest in spelling to a name, best first.

    Args:
        name: What was asked for.
        candidates: The names that exist.
        most: How many to return at the most.
    """
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    matches = difflib.get_close_matches(name.casefold(), by_folded, n=most, cutoff=0.5)
    return [by_folded[match] for match in matches]


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return a sentence that names the nearest existing names, or all of them when few exist.

    Args:
        name: What was asked for.
        candidates: The names that exist.
    """
    known = sorted(set(candidates))
    close = nearest(name, known)
    if close:
        return f"Did you mean {' or '.join(repr(match) for match in close)}?"
    if not known:
        return "There are none."
    listed = ", ".join(repr(match) for match in known[:12])
    more = f" and {len(known) - 12} more" if len(known) > 12 else ""
    return f"Known names: {listed}{more}."
