"""Start a pool, wait until it takes jobs, and end it with all that it runs."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from condor.testpool.commands import CommandError, run
from condor.testpool.errors import PoolError
from condor.testpool.identity import identity
from condor.testpool.processes import processes
from condor.testpool.settings import MARK, configuration

_MASTER = "condor_master"
_STATE = ("log", "run", "lock", "spool", "execute")

_logger = logging.getLogger(__name__)


class Pool:
    """A pool of one machine.

    Args:
        prefix: Where `install` put the programs.
        folder: The pool's own folder: its configuration, logs, queue and jobs' scratch folders.
        cpus: Cores it has to give; so many jobs of one core run at a time.
        memory: Memory it has to give, in MiB.
        die_with_parent: Whether the pool ends with the thread that starts it, even if that is
            killed.

    Attributes:
        folder: The pool's own folder.
        commands: Folder of its commands, ``condor_submit`` and the others, for PATH. Each knows
            its pool, so that no other variable is needed.
        config: Its configuration file, for whatever asks for CONDOR_CONFIG.
        logs: Folder of the daemons' logs.
    """

    def __init__(
        self,
        prefix: Path,
        folder: Path,
        *,
        cpus: int = 2,
        memory: int = 4096,
        die_with_parent: bool = False,
    ) -> None:
        self.prefix = prefix.absolute()
        self.folder = folder.absolute()
        self.commands = self.folder / "bin"
        self.config = self.folder / "condor_config"
        self.logs = self.folder / "log"
        self._cpus = cpus
        self._memory = memory
        self._die_with_parent = die_with_parent
        self._child: subprocess.Popen[bytes] | None = None

    def processes(self) -> dict[int, str]:
        """Return the pool's running processes, daemons and jobs: their names by their numbers."""
        return processes(self.folder)

    def start(self, *, timeout: float = 60) -> None:
        """Start the daemons and wait until a slot and the queue answer; a running pool is left be.

        Every start is a new pool with an empty queue: jobs that ran when a queue was stopped would
        otherwise stay in it until their lease ends, minutes later, whatever is done to remove them.

        Args:
            timeout: Seconds to wait at the most.

        Raises:
            PoolUnavailableError: The pool's user cannot be had on this machine.
            PoolError: The daemons ended, or are not ready in time; none is left.
        """
        if self._master() is not None:
            return
        self._clear()
        user = identity()
        self._write()
        # The kernel asks the master for a fast shutdown when the thread that started it ends.
        tie = ("setpriv", "--pdeathsig", "QUIT", "--") if self._die_with_parent else ()
        kept = {key: value for key, value in os.environ.items() if not key.startswith("_CONDOR_")}
        with (self.logs / "master.out").open("wb") as output:
            self._child = subprocess.Popen(
                [*user.wrapper, *tie, str(self.prefix / "usr/sbin" / _MASTER), "-f"],
                env={**kept, "CONDOR_CONFIG": str(self.config), MARK: str(self.folder)},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C in the terminal is meant for the tests, which end the pool in their turn.
                start_new_session=True,
            )
        try:
            self._await_slot(timeout)
        except BaseException:
            # Whatever happened, Ctrl-C too: half a pool is not left behind.
            self.stop()
            raise

    def stop(self, *, timeout: float = 40) -> None:
        """End the daemons and every job, and return when no process of them is left.

        Args:
            timeout: Seconds after which what still runs is killed.

        Raises:
            PoolError: A process cannot be ended.
        """
        master = self._master()
        if master is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(master, signal.SIGQUIT)
            end = time.monotonic() + timeout
            while self._left() and time.monotonic() < end:
                # Without the master there is nobody left who would end the others.
                if self._master() is None:
                    end = min(end, time.monotonic() + 5)
                time.sleep(0.1)
        self._clear()

    def _clear(self) -> None:
        """Kill whatever is left of the pool, and what that starts meanwhile."""
        end = time.monotonic() + 10
        while left := self._left():
            if time.monotonic() > end:
                msg = f"processes of the pool in {self.folder} cannot be ended: {left}"
                raise PoolError(msg)
            _logger.warning("killing processes of the pool in %s: %s", self.folder, left)
            for number in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            time.sleep(0.1)
        if self._child is not None:
            # It may have ended between the last look at it and that at all processes.
            self._child.wait(timeout=10)
        self._child = None

    def _left(self) -> dict[int, str]:
        if self._child is not None:
            self._child.poll()
        return self.processes()

    def _master(self) -> int | None:
        found = (number for number, name in self._left().items() if name == _MASTER)
        return next(found, None)

    def _write(self) -> None:
        """Make the pool's folder anew: configuration, commands, and empty folders of its state."""
        user = identity()
        text = configuration(
            self.prefix, self.folder, user=user.user, cpus=self._cpus, memory=self._memory
        )
        for name in (*_STATE, "bin"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for path in (
            self.folder,
            *(self.folder / name for name in (*_STATE, "bin", "etc", "home")),
        ):
            path.mkdir(parents=True, exist_ok=True)
            user.own(path)
        self.config.write_text(text)
        wrapper = " ".join(user.wrapper)
        for folder in ("usr/bin", "usr/sbin"):
            for program in (self.prefix / folder).glob("condor_*"):
                command = self.commands / program.name
                command.write_text(
                    f"#!/bin/sh\nexport CONDOR_CONFIG='{self.config}'\n"
                    f"exec {wrapper} '{program}' \"$@\"\n"
                )
                command.chmod(0o755)

    def _await_slot(self, timeout: float) -> None:
        assert self._child is not None
        end = time.monotonic() + timeout
        said = ""
        while time.monotonic() < end:
            if self._child.poll() is not None:
                written = (self.logs / "master.out").read_text(errors="replace")[-2000:]
                msg = (
                    f"{_MASTER} ended with status {self._child.returncode}; "
                    f"its logs are in {self.logs}\n{written}"
                )
                raise PoolError(msg)
            try:
                said = run([self.commands / "condor_status", "-af", "Name"], timeout=20)
                run([self.commands / "condor_q", "-totals"], timeout=20)
            except CommandError as error:
                said = str(error)
            else:
                if "slot1" in said:
                    return
            time.sleep(0.2)
        msg = f"the pool was not ready within {timeout:g} s; its logs are in {self.logs}\n{said}"
        raise PoolError(msg)
