"""How jobs of a batch system stand, in words that are the same for all of them."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bumpcast.batch.errors import BatchError

State = Literal["idle", "running", "held", "gone", "other"]
TIMEOUT_S: Final = 30.0
GONE: Final = "no longer in the queue"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one job stands.

    Attributes:
        state: What it comes to.
        words: What to tell a user, with the batch system's own reason where it gives one.
    """

    state: State
    words: str


def in_words(identifiers: Collection[str], standings: Mapping[str, Standing]) -> str:
    """Return how jobs stand, in one line.

    Args:
        identifiers: Their numbers.
        standings: What the queue says; of a job that it does not know, nothing.
    """
    if not identifiers:
        return "no job was submitted"
    return "; ".join(
        f"job {number}: {standings[number].words if number in standings else GONE}"
        for number in sorted(identifiers)
    )


def ask(system: str, *command: str) -> str:
    """Return what a command of a batch system prints.

    Args:
        system: What to call the batch system.
        command: The command and its arguments.

    Raises:
        BatchError: It does not answer in time, or fails.
    """
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            # Ctrl-C is for the run to deal with; it would end this command as well.
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        msg = f"{command[0]} gives no answer: {error}"
        raise BatchError(msg) from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        msg = f"{system}'s queue cannot be reached: {command[0]} exits with {done.returncode}: "
        raise BatchError(msg + said)
    return done.stdout
