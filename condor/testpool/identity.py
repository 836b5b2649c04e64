"""Whom the pool's processes run as."""

from __future__ import annotations

import functools
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from condor.testpool.commands import CommandError, run
from condor.testpool.errors import PoolUnavailableError


@dataclass(frozen=True)
class Identity:
    """The user of a pool: its only one, who owns the daemons and the jobs.

    Attributes:
        user: The user's name, as HTCondor sees it.
        wrapper: Words before a command that make it run as that user; none where it does already.
        owner: Numbers of the user and group that the pool's files have to belong to; None where
            they do already.
    """

    user: str
    wrapper: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    def own(self, path: Path) -> None:
        """Give a file to the pool's user."""
        if self.owner is not None:
            os.chown(path, *self.owner)


@functools.cache
def identity() -> Identity:
    """Return the identity a pool of this process gets.

    HTCondor runs no jobs of root. For anybody else it runs as that user. Root enters a user
    namespace where its own number goes by the name of ``daemon``: another name with the same
    rights to root's files. Where no namespace can be had, as in many containers,
    $BUMPCAST_CONDOR_USER names a user to become; that user has to be able to read the tests'
    Python and to write where jobs write.

    Raises:
        PoolUnavailableError: This is root, and neither way is open.
    """
    if os.geteuid() != 0:
        return Identity(pwd.getpwuid(os.geteuid()).pw_name)
    chosen = os.environ.get("BUMPCAST_CONDOR_USER")
    if chosen:
        return _become(chosen)
    daemon = pwd.getpwnam("daemon")
    wrapper = (
        *("unshare", "--user"),
        *(f"--map-user={daemon.pw_uid}", f"--map-group={daemon.pw_gid}", "--"),
    )
    try:
        seen = run([*wrapper, "id", "-un"], timeout=20).strip()
    except CommandError as error:
        seen = str(error)
    if seen != daemon.pw_name:
        msg = (
            f"HTCondor runs no jobs of root, and root gets no user namespace here ({seen}). "
            "Run as an ordinary user, or set BUMPCAST_CONDOR_USER to one that may read the files."
        )
        raise PoolUnavailableError(msg)
    return Identity(daemon.pw_name, wrapper)


def _become(name: str) -> Identity:
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        msg = f"BUMPCAST_CONDOR_USER is {name!r}, and this machine has no such user"
        raise PoolUnavailableError(msg) from None
    wrapper = (
        *("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}"),
        *("--clear-groups", "--"),
    )
    return Identity(name, wrapper, (user.pw_uid, user.pw_gid))
