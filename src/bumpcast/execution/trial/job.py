"""The one job of a test, from its submission to its removal."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

from bumpcast.batch.errors import BatchError
from bumpcast.batch.jobs import GONE, Standing
from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.backends.dask_jobs import DaskJobsBackend
from bumpcast.execution.backends.job_systems import JobSystem
from bumpcast.execution.backends.signals import holding
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.trial.steps import NOT_REMOVED, NOT_RUNNING, REMOVED, SUBMITTED, Steps

LOOK_S: Final = 0.2
"""Seconds between looks at the back end."""

_REMOVED_WITHIN_S: Final = 30.0
_NEVER_S: Final = 1e9


def answer(_sent: bytes, size: int) -> bytes:
    """Return so many bytes that do not compress; called on the worker."""
    return os.urandom(size)


class TrialJob:
    """A job that is submitted, and its worker used, as a run's first.

    Attributes:
        backend: The run's back end.
        system: The batch system.
        number: The job's; empty: it is not submitted yet.
        numbers: Of all jobs that there were.
        gave_up: Why the back end gave the job up; empty: it has not.
        first_call: A call that the worker answers when it has been found right.

    Args:
        system: The batch system.
        cluster: The table [cluster], as a run would have it.
        folder: A folder for its logs.
        inputs: Files that the worker has to reach.
        interrupts: Of this process.

    Raises:
        BatchError: Jobs cannot be submitted from here.
        BackendError: The Dask cluster does not start.
    """

    def __init__(
        self,
        system: JobSystem,
        cluster: ClusterConfig,
        folder: Path,
        inputs: Sequence[str],
        interrupts: Interrupts,
    ) -> None:
        self.system = system
        self._interrupts = interrupts
        # As a run's first job: what it waits for and how long is for this test to say.
        changes = {"min_jobs": None, "max_jobs": None, "wait_s": _NEVER_S, "idle_s": _NEVER_S}
        cluster = cluster.model_copy(update=changes)
        self.backend = DaskJobsBackend(
            system, 1, cluster, folder, inputs, _say_nothing, replacing=False
        )
        self.number = ""
        self.numbers: set[str] = set()
        self.gave_up = ""
        self._looked: tuple[float, Standing | None] = (0.0, None)
        self.first_call = self.call(b"", 1)

    def call(self, sent: bytes, size: int) -> Future[Any]:
        """Have the worker answer.

        Args:
            sent: What it is given.
            size: How many bytes it returns.
        """
        return self.backend.submit(answer, sent, size)

    def wait(self, future: Future[Any]) -> None:
        """Let the back end do its work until a call is done, or for a moment.

        Raises:
            KeyboardInterrupt: The test was interrupted.
            BumpcastError: The back end gives up.
        """
        if self._interrupts.received is not None:
            raise KeyboardInterrupt
        self.backend.wait([future], LOOK_S)

    def tick(self) -> None:
        """Let the back end do its work for a moment, and note whether it gives up.

        Raises:
            KeyboardInterrupt: The test was interrupted.
        """
        begun = time.monotonic()
        try:
            self.wait(self.first_call)
        except BackendError as error:
            self.gave_up = str(error)
        self.numbers |= set(self.backend.jobs)
        time.sleep(max(0.0, begun + LOOK_S - time.monotonic()))

    def standing(self, since: float) -> Standing:
        """Return how the job stands; the queue is asked for it now and then.

        Args:
            since: When the wait for what is to come began, by the monotonic clock, in seconds.

        Raises:
            BatchError: The queue does not answer.
        """
        now = time.monotonic()
        # The longer it takes, the less often the queue is asked.
        every_s = min(max(1.0, (now - since) / 10), 10.0)
        last, standing = self._looked
        if now - last < every_s and standing is not None and not self.gave_up:
            return standing
        found = self.system.standings([self.number])
        standing = found.get(self.number, Standing("gone", GONE))
        self._looked = (time.monotonic(), standing)
        return standing

    def close(self, *, now: bool) -> None:
        """End the Dask cluster and remove the job.

        Args:
            now: Do not wait for anything to end by itself.
        """
        self.numbers |= set(self.backend.jobs)
        # Another Ctrl-C comes when no job can be left any more.
        with holding(signal.SIGINT, signal.SIGTERM):
            self.backend.close(now=now)


def await_submission(job: TrialJob, patience_s: float, steps: Steps) -> None:
    """Wait until the batch system has taken the job.

    Args:
        job: The job.
        patience_s: For how long, in seconds.
        steps: Where it is told.

    Raises:
        WrongError: It does not take it.
        KeyboardInterrupt: The test was interrupted.
    """
    begun = time.monotonic()
    while not job.backend.jobs:
        job.tick()
        if job.gave_up:
            steps.fail(SUBMITTED, NOT_RUNNING, job.gave_up)
        if time.monotonic() - begun > patience_s:
            steps.fail(SUBMITTED, NOT_RUNNING, f"no answer for {patience_s:.0f} s")
    job.number = job.backend.jobs[0]
    steps.settle(SUBMITTED, "ok", f"job {job.number}")


def await_removal(job: TrialJob | None, steps: Steps) -> None:
    """Make sure that a job that was closed is no longer in the queue.

    Args:
        job: The job; None: it did not come to one.
        steps: Where it is told.

    Raises:
        WrongError: It is still there, or the queue does not answer.
    """
    if job is None or not job.numbers:
        steps.settle(REMOVED, "not looked at", "no job was submitted")
        return
    words = ", ".join(sorted(job.numbers))
    end = time.monotonic() + _REMOVED_WITHIN_S
    left = set(job.numbers)
    try:
        while left:
            found = job.system.standings(left)
            left = {one for one in left if one in found and found[one].state != "gone"}
            if left and time.monotonic() > end:
                msg = f"job {', '.join(sorted(left))} is still in the queue"
                steps.fail(REMOVED, NOT_REMOVED, msg)
            time.sleep(LOOK_S if left else 0.0)
    except BatchError as error:
        steps.fail(REMOVED, NOT_REMOVED, f"job {words}: {error}")
    steps.settle(REMOVED, "ok", f"job {words} is no longer in the queue")


def _say_nothing(_line: str) -> None:
    """What a run would tell meanwhile, the steps say themselves."""
