"""Running a command to its end, in bounded time."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from condor.testpool.errors import PoolError


class CommandError(PoolError):
    """A command could not be run, ended with an error, or did not end in time."""


def run(
    command: Sequence[str | Path],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Return what a command writes, standard output and error together.

    Args:
        command: The program and its arguments.
        timeout: Seconds after which it is killed.
        cwd: The folder it works in; this process's by default.
        env: Its whole environment; this process's by default.

    Raises:
        CommandError: It is not there, exits with another status than 0, or takes too long.
    """
    words = [str(word) for word in command]
    shown = " ".join(words[:6]) + (" ..." if len(words) > 6 else "")
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        msg = f"`{shown}` cannot be run: {error}"
        raise CommandError(msg) from error
    except subprocess.TimeoutExpired as error:
        msg = f"`{shown}` did not end within {timeout:g} s"
        raise CommandError(msg) from error
    if done.returncode != 0:
        msg = f"`{shown}` ended with status {done.returncode}:\n{done.stdout.strip()[-2000:]}"
        raise CommandError(msg)
    return done.stdout
