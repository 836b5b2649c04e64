"""Waiting for the job to run and for its worker to come, and telling why it does not."""

from __future__ import annotations

import time
from typing import Final, NoReturn

from bumpcast.batch.errors import BatchError
from bumpcast.batch.jobs import Standing
from bumpcast.execution.backends.inspection import Inspection
from bumpcast.execution.trial.job import LOOK_S, TrialJob
from bumpcast.execution.trial.steps import (
    CONNECTED,
    ENDED,
    NO_BATCH_SYSTEM,
    NO_PYTHON,
    NOT_CONNECTED,
    NOT_RUNNING,
    QUEUE,
    REMEDIES,
    RUNS,
    SAME,
    Steps,
)

_FIT_AFTER_S: Final = 2.0
_FIT_EVERY_S: Final = 30.0
_TRIES: Final = 2
"""So often a worker is connected to; each time Dask itself tries for half a minute."""


def await_running(job: TrialJob, wait_s: float, steps: Steps) -> float:
    """Wait until the job runs.

    Args:
        job: The job, which has been submitted.
        wait_s: For how long, in seconds.
        steps: Where it is told.

    Returns:
        When it began to run, by the monotonic clock, in seconds.

    Raises:
        WrongError: It does not run.
        KeyboardInterrupt: The test was interrupted.
    """
    begun = time.monotonic()
    asked = begun + _FIT_AFTER_S - _FIT_EVERY_S
    while (standing := _standing(job, RUNS, begun, steps)) is not None:
        waited = time.monotonic() - begun
        if standing.state == "running":
            break
        if standing.state == "idle" and time.monotonic() - asked > _FIT_EVERY_S:
            asked = time.monotonic()
            _compare_with_slots(job, steps)
        if waited > wait_s:
            steps.fail(
                RUNS,
                NOT_RUNNING,
                f"job {job.number} is {standing.words} after {waited:.0f} s, [cluster] "
                f"wait_s, although a slot may take it in time",
                "The pool is busy, or it is not your turn: wait for longer with --set "
                f"cluster.wait_s=3600, or see condor_q -better-analyze {job.number}"
                if job.system.brings_files
                else "Wait for longer with --set cluster.wait_s=3600",
            )
    running = time.monotonic()
    steps.settle(RUNS, "ok", f"after {running - begun:.0f} s in the queue")
    return running


def await_worker(job: TrialJob, running: float, patience_s: float, steps: Steps) -> Inspection:
    """Wait until the job's worker and the scheduler have reached each other.

    Args:
        job: The job.
        running: When it began to run, by the monotonic clock, in seconds.
        patience_s: How long it may run until then, in seconds.
        steps: Where it is told.

    Returns:
        What was found on the worker.

    Raises:
        WrongError: They do not reach each other, or the job ended.
        KeyboardInterrupt: The test was interrupted.
    """
    backend = job.backend
    while _standing(job, CONNECTED, running, steps) is not None:
        waited = time.monotonic() - running
        if waited > patience_s:
            steps.fail(
                CONNECTED,
                NOT_CONNECTED,
                f"job {job.number} runs, and for {waited:.0f} s its worker has not reached "
                f"the scheduler at {backend.address}",
                "Let the scheduler listen where the jobs reach this machine ([cluster] host or "
                "interface), on a port that the firewall lets through (scheduler_port); a "
                "worker that only starts slowly gets longer with --patience",
                backend.last_words(),
            )
    listens = ", ".join(backend.addresses)
    while backend.first is None:
        if not backend.addresses:
            _standing(job, CONNECTED, running, steps)
        else:
            job.tick()
        late = time.monotonic() - running > patience_s
        if backend.first is None and (late or backend.unreached >= _TRIES):
            steps.fail(
                CONNECTED,
                NOT_CONNECTED,
                f"the worker of job {job.number} has reached the scheduler, which does not "
                f"reach it at {listens or 'its own address'}",
                "Let this machine reach the workers: [cluster] worker_ports that the firewall "
                "lets through, and worker_interface where their machines have several",
                backend.last_words(),
            )
    waited = time.monotonic() - running
    machine = backend.first.machine or "a machine that it could not name"
    steps.settle(CONNECTED, "ok", f"on {machine}, {waited:.0f} s after its job began to run")
    return backend.first


def _standing(job: TrialJob, name: str, since: float, steps: Steps) -> Standing | None:
    """Return how the job stands, fail where it cannot go on; None: it may have a worker."""
    job.tick()
    if job.backend.addresses or job.backend.first is not None:
        return None
    try:
        standing = job.standing(since)
    except BatchError as error:
        steps.fail(name, NO_BATCH_SYSTEM, str(error), REMEDIES[QUEUE])
    if standing.state == "held":
        steps.fail(
            name,
            NOT_RUNNING,
            f"job {job.number} is {standing.words}",
            "Mend what it names, and test again: a job that is held does not run",
            job.backend.last_words(),
        )
    if standing.state == "gone":
        _tell_how_it_ended(job, name, steps)
    if job.gave_up:
        steps.fail(name, ENDED, job.gave_up)
    return standing


def _tell_how_it_ended(job: TrialJob, name: str, steps: Steps) -> NoReturn:
    end = time.monotonic() + 5
    state = job.system.ended(job.number, job.backend.logs)
    while state is not None and state.state in ("idle", "running") and time.monotonic() < end:
        time.sleep(LOOK_S)
        state = job.system.ended(job.number, job.backend.logs)
    words, code = "is no longer in the queue", ENDED
    remedy = "See the job's last lines, and its logs"
    if state is not None and state.exit_code is not None:
        words = f"ended with exit code {state.exit_code} on {state.machine}"
    elif state is not None and state.reason:
        words = f"was removed: {state.reason}"
    if state is not None and state.exit_code == NO_PYTHON:
        code = NO_PYTHON
        words += ": its Python is not there"
        remedy = SAME
    detail = f"job {job.number} {words}, and no worker had come"
    steps.fail(name, code, detail, remedy, job.backend.last_words())


def _compare_with_slots(job: TrialJob, steps: Steps) -> None:
    try:
        why = job.system.why_idle(job.number)
    except BatchError:
        return  # not every site lets its users look at the slots
    if why is not None:
        remedy = "Ask for less in [cluster] cores, memory and disk"
        if "requires" in why:
            remedy = "Change [cluster] directives to what the slots have"
        steps.fail(RUNS, NOT_RUNNING, f"job {job.number} can never run: {why}", remedy)
