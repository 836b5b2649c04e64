"""What Slurm's own commands say of its queue."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from typing import Final

from bumpcast.batch.errors import BatchError
from bumpcast.batch.jobs import Standing, State, ask

_NAME: Final = "Slurm"
_COMMANDS: Final = ("sbatch", "squeue", "scancel")
_IDLE: Final = ("PENDING", "REQUEUED", "REQUEUE_FED", "CONFIGURING")
_RUNNING: Final = ("RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING")
_HELD: Final = ("SPECIAL_EXIT", "REQUEUE_HOLD", "RESV_DEL_HOLD")
_OVER: Final = (
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "TIMEOUT",
)


def find_slurm() -> str:
    """Return where Slurm's command that submits is.

    Raises:
        BatchError: One of its commands is not on PATH.
    """
    found = {command: shutil.which(command) for command in _COMMANDS}
    for command, path in found.items():
        if path is None:
            msg = (
                f"there is no {command} on PATH: jobs of Slurm can only be submitted from a "
                f"machine that has its commands, such as your site's login nodes"
            )
            raise BatchError(msg)
    return str(found[_COMMANDS[0]])


def check_queue() -> None:
    """Make sure that the queue answers.

    Raises:
        BatchError: It does not.
    """
    ask(_NAME, "squeue", "--noheader", "--me")


def slurm_standings(identifiers: Collection[str]) -> dict[str, Standing]:
    """Return how jobs stand; those that the queue does not know are left out.

    Args:
        identifiers: Their numbers.

    Raises:
        BatchError: The queue does not answer.
    """
    if not identifiers:
        return {}
    # All of the user's: of a number that is long gone, squeue says that the request is invalid.
    listing = ask(_NAME, "squeue", "--noheader", "--me", "--format=%i|%T|%r")
    found = {}
    for line in listing.splitlines():
        number, status, reason = (word.strip() for word in line.split("|", maxsplit=2))
        if number in identifiers:
            found[number] = _standing(status, reason)
    return found


def _standing(status: str, reason: str) -> Standing:
    because = "" if reason in ("", "None") else f": {reason}"
    # A job that waits for its user or for an administrator is pending with this reason.
    if status in _HELD or (status == "PENDING" and reason.startswith("JobHeld")):
        return Standing("held", f"held{because}")
    if status in _IDLE:
        return Standing("idle", f"idle{because}")
    if status in _OVER:
        return Standing("gone", status.lower().replace("_", " "))
    state: State = "running" if status in _RUNNING else "other"
    words = "running" if state == "running" else f"in state {status}{because}"
    return Standing(state, words)
