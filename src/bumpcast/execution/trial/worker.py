"""The worker that came: what was found on it, and how fast and how safely it is called."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Final

from bumpcast.config.cluster import ClusterConfig
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends.inspection import Inspection
from bumpcast.execution.backends.listening import listening
from bumpcast.execution.trial.job import TrialJob
from bumpcast.execution.trial.steps import (
    BANDWIDTH,
    CALL,
    ENCRYPTION,
    INPUT,
    NOT_CONNECTED,
    REMEDIES,
    SAME,
    UNLIKE,
    Steps,
    WrongError,
)

_PAYLOAD: Final = 4_000_000
_CALLS: Final = 5


def look_at_worker(found: Inspection, inputs: Sequence[str] | None, steps: Steps) -> None:
    """Tell how the worker is like the driver, and what it reaches.

    Args:
        found: What was found there.
        inputs: Files that it has to reach; None: nobody said which.
        steps: Where it is told.

    Raises:
        WrongError: Something there is wrong.
    """
    for check in found.checks:
        if check.passed:
            steps.settle(check.name, "ok", check.detail)
        else:
            steps.settle(check.name, "wrong", check.detail, REMEDIES.get(check.name, SAME))
    if inputs is None:
        steps.settle(INPUT, "not looked at", "name a CONFIG, and its files are opened there")
    elif not inputs:
        steps.settle(INPUT, "not looked at", "the data sets have no files")
    if found.problems:
        raise WrongError(UNLIKE)


def time_calls(job: TrialJob, patience_s: float, steps: Steps) -> None:
    """Measure how long a call takes, and how many bytes go there and back in a second.

    Args:
        job: The job, whose worker is there.
        patience_s: How long a call may take, in seconds.
        steps: Where it is told.

    Raises:
        WrongError: A call does not come back.
        KeyboardInterrupt: The test was interrupted.
    """

    def measured(name: str, call: Future[Any]) -> float:
        return _seconds(job, call, name, patience_s, steps)

    measured(CALL, job.first_call)
    one = statistics.median([measured(CALL, job.call(b"", 1)) for _ in range(_CALLS)])
    steps.settle(CALL, "ok", f"{one * 1e3:.1f} ms")
    payload = os.urandom(_PAYLOAD)
    there = measured(BANDWIDTH, job.call(payload, 1))
    back = measured(BANDWIDTH, job.call(b"", _PAYLOAD))
    words = [f"{_PAYLOAD / 1e6 / max(found - one, 1e-4):,.0f} MB/s" for found in (there, back)]
    size = f"{_PAYLOAD / 1e6:.0f} MB each way"
    steps.settle(BANDWIDTH, "ok", f"{words[0]} to the worker, {words[1]} back ({size})")


def tell_encryption(job: TrialJob, cluster: ClusterConfig, steps: Steps) -> None:
    """Tell whether others can listen in.

    Args:
        job: The job.
        cluster: The table [cluster].
        steps: Where it is told.
    """
    if job.backend.is_encrypted:
        words = "connections are encrypted, with a key of this test alone"
    elif listening(cluster).on_loopback:
        words = "none: the scheduler listens on the loopback of this machine alone"
    else:
        words = "none, by [cluster] tls: whoever reaches the scheduler can run code as you"
    steps.settle(ENCRYPTION, "ok", words)


def _seconds(job: TrialJob, call: Future[Any], name: str, patience_s: float, steps: Steps) -> float:
    """Return how long a call took."""
    begun = time.perf_counter()
    try:
        while not call.done():
            job.wait(call)
            if time.perf_counter() - begun > patience_s:
                msg = f"a call to the worker has not come back for {patience_s:.0f} s"
                steps.fail(name, NOT_CONNECTED, msg, lines=job.backend.last_words())
        seconds = time.perf_counter() - begun
        call.result()
    except BumpcastError as error:
        steps.fail(name, NOT_CONNECTED, str(error), lines=job.backend.last_words())
    return seconds
