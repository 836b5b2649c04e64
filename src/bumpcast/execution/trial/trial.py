"""One worker job as a run would submit it, and everything that may be wrong with it, in turn."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution.backends.job_systems import job_system
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.trial.awaiting import await_running, await_worker
from bumpcast.execution.trial.here import look_here
from bumpcast.execution.trial.job import TrialJob, await_removal, await_submission
from bumpcast.execution.trial.steps import LISTENING, NOT_HERE, Step, Steps, WrongError
from bumpcast.execution.trial.worker import look_at_worker, tell_encryption, time_calls

PATIENCE_S: Final = 120.0


class Trial:
    """Submits one job, looks at everything from the commands to its removal, and tells as it goes.

    Attributes:
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
        self._patience_s = patience_s
        self._steps = Steps(tell)
        self._job: TrialJob | None = None
        self.logs: Path | None = None

    @property
    def steps(self) -> list[Step]:
        """What was looked at so far."""
        return self._steps.done

    def go(self) -> int:
        """Look at everything; return the exit code, 0 if nothing is wrong.

        Raises:
            KeyboardInterrupt: It was interrupted; no job is left.
        """
        code = 0
        with Interrupts() as interrupts:
            try:
                look_here(self._system, self._cluster, self._steps)
                self._use(self._start(interrupts))
            except WrongError as wrong:
                code = wrong.exit_code
            except BaseException:
                if self._job is not None:
                    self._job.close(now=True)
                raise
            self._steps.skip_rest()
            if self._job is not None:
                self._job.close(now=code != 0)
            try:
                await_removal(self._job, self._steps)
            except WrongError as wrong:
                code = code or wrong.exit_code
        return code

    def _start(self, interrupts: Interrupts) -> TrialJob:
        """Start a scheduler, which submits the job."""

        def start() -> TrialJob:
            inputs = self._inputs or ()
            return TrialJob(self._system, self._cluster, self._folder, inputs, interrupts)

        job = self._job = self._steps.attempt(LISTENING, NOT_HERE, start)
        self.logs = job.backend.logs
        self._steps.settle(LISTENING, "ok", f"at {job.backend.address}, on {os.uname().nodename}")
        return job

    def _use(self, job: TrialJob) -> None:
        """Follow the job until its worker has answered calls."""
        steps = self._steps
        await_submission(job, self._patience_s, steps)
        running = await_running(job, self._cluster.wait_s, steps)
        found = await_worker(job, running, self._patience_s, steps)
        look_at_worker(found, self._inputs, steps)
        time_calls(job, self._patience_s, steps)
        tell_encryption(job, self._cluster, steps)
