"""One worker job as a run would submit it, and everything that may be wrong with it, in turn."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

from bumpcast.batch.errors import BatchError
from bumpcast.batch.jobs import GONE, Standing
from bumpcast.batch.proxy import check_proxy
from bumpcast.config.cluster import ClusterConfig
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.backends.dask_jobs import DaskJobsBackend
from bumpcast.execution.backends.job_systems import job_system
from bumpcast.execution.backends.listening import listening
from bumpcast.execution.backends.packed import check_environment
from bumpcast.execution.backends.signals import holding
from bumpcast.execution.backends.site import facts
from bumpcast.execution.interrupts import Interrupts

State = Literal["ok", "wrong", "not looked at"]

COMMANDS: Final = "commands"
QUEUE: Final = "queue"
PROXY: Final = "proxy"
ENVIRONMENT: Final = "environment"
LISTENING: Final = "scheduler listens"
SUBMITTED: Final = "job submitted"
RUNS: Final = "job runs"
CONNECTED: Final = "worker connected"
INPUT: Final = "input"
CALL: Final = "call there and back"
BANDWIDTH: Final = "bandwidth"
ENCRYPTION: Final = "encryption"
REMOVED: Final = "job removed"

NOT_HERE: Final = 78
"""Exit code: what is given on this machine is wrong, and nothing was submitted."""
NO_BATCH_SYSTEM: Final = 69
"""Exit code: there is no batch system, or it does not answer."""
NOT_RUNNING: Final = 75
"""Exit code: the job was refused, is held, or stays idle."""
ENDED: Final = 70
"""Exit code: the job ended before its worker came; 127 where that was for want of its Python."""
NO_PYTHON: Final = 127
NOT_CONNECTED: Final = 76
"""Exit code: the worker and the scheduler do not reach each other."""
UNLIKE: Final = 65
"""Exit code: the worker is not like the driver, or does not reach an input."""
NOT_REMOVED: Final = 74
"""Exit code: a job is left in the queue."""

PATIENCE_S: Final = 120.0

_LOOK_S: Final = 0.2
_FIT_AFTER_S: Final = 2.0
_FIT_EVERY_S: Final = 30.0
_REMOVED_WITHIN_S: Final = 30.0
_NEVER_S: Final = 1e9
_PAYLOAD: Final = 4_000_000
_CALLS: Final = 5
_TRIES: Final = 2
"""So often a worker is connected to; each time Dask itself tries for half a minute."""

_SAME: Final = (
    "Give the jobs the environment that runs this: [cluster] environment, made by `bumpcast pack`, "
    "an image, or python"
)
_REMEDIES: Final = {
    COMMANDS: "Log in to a machine of your site that submits, or put its commands on PATH",
    QUEUE: "Try again in a while; if it stays so, ask your site whether the queue is there",
    LISTENING: "Change [cluster] host or interface, and the ports",
    SUBMITTED: "Change [cluster] account or directives to what your site asks for",
    "threads": "Leave --nthreads out of what starts the workers",
    "scratch space": "Set TMPDIR to a folder of the job in [cluster] prologue",
    INPUT: "Name files that the jobs reach by the same path or address; for a grid's files give "
    "them a proxy ([cluster] proxy)",
    REMOVED: "Remove it by hand",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at.

    Attributes:
        name: What.
        state: What it came to.
        detail: What was found.
        remedy: What to do where it is wrong.
        lines: The last lines that the job wrote.
    """

    name: str
    state: State
    detail: str
    remedy: str = ""
    lines: tuple[str, ...] = ()


class _WrongError(Exception):
    """Something is wrong, and has been told: what comes after it is not looked at."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def answer(_sent: bytes, size: int) -> bytes:
    """Return so many bytes that do not compress; called on the worker."""
    return os.urandom(size)


class Trial:
    """Submits one job, looks at everything from the commands to its removal, and tells as it goes.

    Attributes:
        steps: What was looked at so far.
        logs: Folder of the job's logs; None: nothing was submitted.

    Args:
        executor: 'dask-condor' or 'dask-slurm'.
        cluster: The table [cluster], as a run would have it.
        folder: A folder for its logs, where the jobs see this machine's files one that they see.
        inputs: Files that the worker has to reach; None: nobody said which.
        tell: Is given each step when it is done.
        patience_s: How long a job may run until its worker has connected and answers, in seconds.
    """

    def __init__(
        self,
        executor: str,
        cluster: ClusterConfig,
        folder: Path,
        inputs: Sequence[str] | None,
        tell: Callable[[Step], None],
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._system = job_system(executor)
        self._cluster = cluster
        self._folder = folder
        self._inputs = inputs
        self._tell = tell
        self._patience_s = patience_s
        self._backend: DaskJobsBackend | None = None
        self._number = ""
        self._numbers: set[str] = set()
        self._gave_up = ""
        self._looked: tuple[float, Standing | None] = (0.0, None)
        self.logs: Path | None = None
        self.steps: list[Step] = []

    def go(self) -> int:
        """Look at everything; return the exit code, 0 if nothing is wrong.

        Raises:
            KeyboardInterrupt: It was interrupted; no job is left.
        """
        code = 0
        with Interrupts() as self._interrupts:
            try:
                self._look_here()
                self._submit()
                self._await_running()
                self._await_worker()
                self._look_at_worker()
                self._call()
            except _WrongError as wrong:
                code = wrong.exit_code
            except BaseException:
                self._close(now=True)
                raise
            for name in self._names():
                if name not in {step.name for step in self.steps} and name != REMOVED:
                    self._settle(name, "not looked at", "something before it is wrong")
            try:
                self._remove(now=code != 0)
            except _WrongError as wrong:
                code = code or wrong.exit_code
        return code

    def _names(self) -> list[str]:
        """Return what is looked at, in its order."""
        before = (COMMANDS, QUEUE, PROXY, ENVIRONMENT, LISTENING, SUBMITTED, RUNS, CONNECTED)
        worker = (*facts(), "threads", "scratch space", INPUT)
        return [*before, *worker, CALL, BANDWIDTH, ENCRYPTION, REMOVED]

    def _settle(self, name: str, state: State, detail: str, **more: Any) -> None:
        step = Step(name, state, detail, **more)
        self.steps.append(step)
        self._tell(step)

    def _fail(
        self, name: str, code: int, detail: str, remedy: str = "", lines: Sequence[str] = ()
    ) -> NoReturn:
        remedy = remedy or _REMEDIES.get(name, "")
        self._settle(name, "wrong", detail, remedy=remedy, lines=tuple(lines))
        raise _WrongError(code)

    def _try(self, name: str, code: int, look: Callable[[], Any]) -> Any:
        try:
            return look()
        except BumpcastError as error:
            self._fail(name, code, str(error))

    def _look_here(self) -> None:
        """Look at all that can be wrong before anything is submitted."""
        cluster, name = self._cluster, self._system.name
        command = self._try(COMMANDS, NO_BATCH_SYSTEM, self._system.find_commands)
        self._settle(COMMANDS, "ok", command)
        self._try(QUEUE, NO_BATCH_SYSTEM, self._system.check_queue)
        self._settle(QUEUE, "ok", f"{name}'s queue answers")
        if cluster.proxy is None:
            self._settle(PROXY, "not looked at", "[cluster] proxy asks for none")
        else:
            setting, least_s = cluster.proxy, cluster.proxy_left_s
            proxy = self._try(PROXY, NOT_HERE, lambda: check_proxy(setting, least_s))
            self._settle(PROXY, "ok", f"{proxy} lives for {least_s / 3600:g} h at least")
        if cluster.environment is None:
            self._settle(ENVIRONMENT, "not looked at", "[cluster] environment names none")
        else:
            archive = Path(cluster.environment)
            words = self._try(ENVIRONMENT, NOT_HERE, lambda: check_environment(archive))
            self._settle(ENVIRONMENT, "ok", words)
        self._try(LISTENING, NOT_HERE, lambda: listening(cluster))

    def _submit(self) -> None:
        # As a run's first job: what it waits for and how long is for this test to say.
        changes = {"min_jobs": None, "max_jobs": None, "wait_s": _NEVER_S, "idle_s": _NEVER_S}
        cluster = self._cluster.model_copy(update=changes)

        def start() -> DaskJobsBackend:
            inputs = self._inputs or ()
            return DaskJobsBackend(
                self._system, 1, cluster, self._folder, inputs, _say_nothing, replacing=False
            )

        backend = self._try(LISTENING, NOT_HERE, start)
        self._backend, self.logs = backend, backend.logs
        self._first_call: Future[Any] = backend.submit(answer, b"", 1)
        self._settle(LISTENING, "ok", f"at {backend.address}, on {os.uname().nodename}")
        begun = time.monotonic()
        while not backend.jobs:
            self._tick()
            if self._gave_up:
                self._fail(SUBMITTED, NOT_RUNNING, self._gave_up)
            if time.monotonic() - begun > self._patience_s:
                self._fail(SUBMITTED, NOT_RUNNING, f"no answer for {self._patience_s:.0f} s")
        self._number = backend.jobs[0]
        self._settle(SUBMITTED, "ok", f"job {self._number}")

    def _tick(self) -> DaskJobsBackend:
        """Let the back end do its work for a moment."""
        if self._interrupts.received is not None:
            raise KeyboardInterrupt
        backend = self._backend
        assert backend is not None
        begun = time.monotonic()
        try:
            backend.wait([self._first_call], _LOOK_S)
        except BackendError as error:
            self._gave_up = str(error)
        self._numbers |= set(backend.jobs)
        time.sleep(max(0.0, begun + _LOOK_S - time.monotonic()))
        return backend

    def _standing(self, name: str, since: float) -> Standing | None:
        """Return how the job stands, fail where it cannot go on; None: it may have a worker."""
        backend = self._tick()
        if backend.addresses or backend.first is not None:
            return None
        now = time.monotonic()
        # The longer it takes, the less often the queue is asked.
        every_s = min(max(1.0, (now - since) / 10), 10.0)
        last, standing = self._looked
        if now - last < every_s and standing is not None and not self._gave_up:
            return standing
        try:
            found = self._system.standings([self._number])
        except BatchError as error:
            self._fail(name, NO_BATCH_SYSTEM, str(error), _REMEDIES[QUEUE])
        standing = found.get(self._number, Standing("gone", GONE))
        self._looked = (time.monotonic(), standing)
        if standing.state == "held":
            self._fail(
                name,
                NOT_RUNNING,
                f"job {self._number} is {standing.words}",
                "Mend what it names, and test again: a job that is held does not run",
                backend.last_words(),
            )
        if standing.state == "gone":
            self._ended(name, backend)
        if self._gave_up:
            self._fail(name, ENDED, self._gave_up)
        return standing

    def _ended(self, name: str, backend: DaskJobsBackend) -> NoReturn:
        """Tell how the job ended."""
        end = time.monotonic() + 5
        job = self._system.ended(self._number, backend.logs)
        while job is not None and job.state in ("idle", "running") and time.monotonic() < end:
            time.sleep(_LOOK_S)
            job = self._system.ended(self._number, backend.logs)
        words, code = "is no longer in the queue", ENDED
        remedy = "See the job's last lines, and its logs"
        if job is not None and job.exit_code is not None:
            words = f"ended with exit code {job.exit_code} on {job.machine}"
        elif job is not None and job.reason:
            words = f"was removed: {job.reason}"
        if job is not None and job.exit_code == NO_PYTHON:
            code = NO_PYTHON
            words += ": its Python is not there"
            remedy = _SAME
        detail = f"job {self._number} {words}, and no worker had come"
        self._fail(name, code, detail, remedy, backend.last_words())

    def _await_running(self) -> None:
        begun = time.monotonic()
        asked = begun + _FIT_AFTER_S - _FIT_EVERY_S
        while (standing := self._standing(RUNS, begun)) is not None:
            waited = time.monotonic() - begun
            if standing.state == "running":
                break
            if standing.state == "idle" and time.monotonic() - asked > _FIT_EVERY_S:
                asked = time.monotonic()
                self._compare_with_slots()
            if waited > self._cluster.wait_s:
                self._fail(
                    RUNS,
                    NOT_RUNNING,
                    f"job {self._number} is {standing.words} after {waited:.0f} s, [cluster] "
                    f"wait_s, although a slot may take it in time",
                    "The pool is busy, or it is not your turn: wait for longer with --set "
                    f"cluster.wait_s=3600, or see condor_q -better-analyze {self._number}"
                    if self._system.brings_files
                    else "Wait for longer with --set cluster.wait_s=3600",
                )
        self._running = time.monotonic()
        self._settle(RUNS, "ok", f"after {self._running - begun:.0f} s in the queue")

    def _compare_with_slots(self) -> None:
        try:
            why = self._system.why_idle(self._number)
        except BatchError:
            return  # not every site lets its users look at the slots
        if why is not None:
            remedy = "Ask for less in [cluster] cores, memory and disk"
            if "requires" in why:
                remedy = "Change [cluster] directives to what the slots have"
            self._fail(RUNS, NOT_RUNNING, f"job {self._number} can never run: {why}", remedy)

    def _await_worker(self) -> None:
        backend = self._backend
        assert backend is not None
        while self._standing(CONNECTED, self._running) is not None:
            waited = time.monotonic() - self._running
            if waited > self._patience_s:
                self._fail(
                    CONNECTED,
                    NOT_CONNECTED,
                    f"job {self._number} runs, and for {waited:.0f} s its worker has not reached "
                    f"the scheduler at {backend.address}",
                    "Let the scheduler listen where the jobs reach this machine ([cluster] host or "
                    "interface), on a port that the firewall lets through (scheduler_port); a "
                    "worker that only starts slowly gets longer with --patience",
                    backend.last_words(),
                )
        listens = ", ".join(backend.addresses)
        while backend.first is None:
            if not backend.addresses:
                self._standing(CONNECTED, self._running)
            else:
                self._tick()
            late = time.monotonic() - self._running > self._patience_s
            if backend.first is None and (late or backend.unreached >= _TRIES):
                self._fail(
                    CONNECTED,
                    NOT_CONNECTED,
                    f"the worker of job {self._number} has reached the scheduler, which does not "
                    f"reach it at {listens or 'its own address'}",
                    "Let this machine reach the workers: [cluster] worker_ports that the firewall "
                    "lets through, and worker_interface where their machines have several",
                    backend.last_words(),
                )
        waited = time.monotonic() - self._running
        machine = backend.first.machine or "a machine that it could not name"
        self._settle(CONNECTED, "ok", f"on {machine}, {waited:.0f} s after its job began to run")

    def _look_at_worker(self) -> None:
        backend = self._backend
        assert backend is not None
        assert backend.first is not None
        for check in backend.first.checks:
            remedy = "" if check.passed else _REMEDIES.get(check.name, _SAME)
            self._settle(check.name, "ok" if check.passed else "wrong", check.detail, remedy=remedy)
        if self._inputs is None:
            self._settle(INPUT, "not looked at", "name a CONFIG, and its files are opened there")
        elif not self._inputs:
            self._settle(INPUT, "not looked at", "the data sets have no files")
        if backend.first.problems:
            raise _WrongError(UNLIKE)

    def _call(self) -> None:
        self._time(self._first_call, CALL)
        backend = self._backend
        assert backend is not None
        times = [self._time(backend.submit(answer, b"", 1), CALL) for _ in range(_CALLS)]
        one = statistics.median(times)
        self._settle(CALL, "ok", f"{one * 1e3:.1f} ms")
        payload = os.urandom(_PAYLOAD)
        there = self._time(backend.submit(answer, payload, 1), BANDWIDTH)
        back = self._time(backend.submit(answer, b"", _PAYLOAD), BANDWIDTH)
        words = [f"{_PAYLOAD / 1e6 / max(found - one, 1e-4):,.0f} MB/s" for found in (there, back)]
        size = f"{_PAYLOAD / 1e6:.0f} MB each way"
        self._settle(BANDWIDTH, "ok", f"{words[0]} to the worker, {words[1]} back ({size})")
        if backend.is_encrypted:
            words = ["connections are encrypted, with a key of this test alone"]
        elif listening(self._cluster).on_loopback:
            words = ["none: the scheduler listens on the loopback of this machine alone"]
        else:
            words = ["none, by [cluster] tls: whoever reaches the scheduler can run code as you"]
        self._settle(ENCRYPTION, "ok", words[0])

    def _time(self, future: Future[Any], name: str) -> float:
        """Return how long a call took, in seconds."""
        backend = self._backend
        assert backend is not None
        begun = time.perf_counter()
        while not future.done():
            if self._interrupts.received is not None:
                raise KeyboardInterrupt
            try:
                backend.wait([future], _LOOK_S)
            except BumpcastError as error:
                self._fail(name, NOT_CONNECTED, str(error), lines=backend.last_words())
            if time.perf_counter() - begun > self._patience_s:
                msg = f"a call to the worker has not come back for {self._patience_s:.0f} s"
                self._fail(name, NOT_CONNECTED, msg, lines=backend.last_words())
        seconds = time.perf_counter() - begun
        try:
            future.result()
        except BumpcastError as error:
            self._fail(name, NOT_CONNECTED, str(error), lines=backend.last_words())
        return seconds

    def _close(self, *, now: bool) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            self._numbers |= set(backend.jobs)
            # Another Ctrl-C comes when no job can be left any more.
            with holding(signal.SIGINT, signal.SIGTERM):
                backend.close(now=now)

    def _remove(self, *, now: bool) -> None:
        self._close(now=now)
        if not self._numbers:
            self._settle(REMOVED, "not looked at", "no job was submitted")
            return
        words = ", ".join(sorted(self._numbers))
        end = time.monotonic() + _REMOVED_WITHIN_S
        left = set(self._numbers)
        try:
            while left:
                found = self._system.standings(left)
                left = {one for one in left if one in found and found[one].state != "gone"}
                if left and time.monotonic() > end:
                    msg = f"job {', '.join(sorted(left))} is still in the queue"
                    self._fail(REMOVED, NOT_REMOVED, msg)
                time.sleep(_LOOK_S if left else 0.0)
        except BatchError as error:
            self._fail(REMOVED, NOT_REMOVED, f"job {words}: {error}")
        self._settle(REMOVED, "ok", f"job {words} is no longer in the queue")


def _say_nothing(_line: str) -> None:
    """What a run would tell meanwhile, the steps say themselves."""
