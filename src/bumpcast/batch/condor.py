"""What HTCondor's own commands say of its queue."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from typing import Final

from bumpcast.batch.errors import BatchError
from bumpcast.batch.jobs import Standing, State, ask, in_words

_NAME: Final = "HTCondor"
_STATES: Final[dict[str, tuple[State, str]]] = {
    "1": ("idle", "idle"),
    "2": ("running", "running"),
    "3": ("gone", "removed"),
    "4": ("gone", "completed"),
    "5": ("held", "held"),
    "6": ("running", "transferring output"),
    "7": ("other", "suspended"),
}


def check_condor() -> None:
    """Make sure that jobs can be submitted from here.

    Raises:
        BatchError: HTCondor's commands are not on PATH, or its queue does not answer.
    """
    find_condor()
    check_queue()


def find_condor() -> str:
    """Return where HTCondor's command is.

    Raises:
        BatchError: It is not on PATH.
    """
    found = shutil.which("condor_submit")
    if found is None:
        msg = (
            "there is no condor_submit on PATH: jobs of HTCondor can only be submitted from a "
            "machine that has its commands, such as your site's login nodes"
        )
        raise BatchError(msg)
    return found


def check_queue() -> None:
    """Make sure that the queue answers.

    Raises:
        BatchError: It does not.
    """
    ask(_NAME, "condor_q", "-totals")


def condor_standings(identifiers: Collection[str]) -> dict[str, Standing]:
    """Return how jobs stand; those that the queue does not know are left out.

    Args:
        identifiers: Their numbers, as '12.0'.

    Raises:
        BatchError: The queue does not answer.
    """
    if not identifiers:
        return {}
    listing = ask(_NAME, "condor_q", *identifiers, "-af:j", "JobStatus", "HoldReason")
    found = {}
    for line in listing.splitlines():
        number, status, reason = line.split(maxsplit=2)
        state, words = _STATES.get(status, ("other", f"in state {status}"))
        found[number] = Standing(state, words if reason == "undefined" else f"{words}: {reason}")
    return found


def describe_jobs(identifiers: Collection[str]) -> str:
    """Return in words how jobs stand, with the reason of those that are held.

    Args:
        identifiers: Their numbers, as '12.0'.

    Raises:
        BatchError: The queue does not answer.
    """
    return in_words(identifiers, condor_standings(identifiers))
