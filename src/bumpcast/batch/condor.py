"""What HTCondor's own commands say of its queue."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Collection
from typing import Final

from bumpcast.batch.errors import BatchError

TIMEOUT_S: Final = 30.0
_STATES: Final = {
    "1": "idle",
    "2": "running",
    "3": "removed",
    "4": "completed",
    "5": "held",
    "6": "transferring output",
    "7": "suspended",
}


def check_condor() -> None:
    """Make sure that jobs can be submitted from here.

    Raises:
        BatchError: HTCondor's commands are not on PATH, or its queue does not answer.
    """
    if shutil.which("condor_submit") is None:
        msg = (
            "there is no condor_submit on PATH: jobs of HTCondor can only be submitted from a "
            "machine that has its commands, such as your site's login nodes"
        )
        raise BatchError(msg)
    _condor("condor_q", "-totals")


def describe_jobs(identifiers: Collection[str]) -> str:
    """Return in words how jobs stand, with the reason of those that are held.

    Args:
        identifiers: Their numbers, as '12.0'.

    Raises:
        BatchError: The queue does not answer.
    """
    if not identifiers:
        return "no job was submitted"
    listing = _condor("condor_q", *identifiers, "-af:j", "JobStatus", "HoldReason")
    found = {}
    for line in listing.splitlines():
        number, status, reason = line.split(maxsplit=2)
        state = _STATES.get(status, f"in state {status}")
        found[number] = state if reason == "undefined" else f"{state}: {reason}"
    return "; ".join(
        f"job {number}: {found.get(number, 'no longer in the queue')}"
        for number in sorted(identifiers)
    )


def _condor(*command: str) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        msg = f"{command[0]} gives no answer: {error}"
        raise BatchError(msg) from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        msg = (
            f"HTCondor's queue cannot be reached: {command[0]} exits with {done.returncode}: {said}"
        )
        raise BatchError(msg)
    return done.stdout
