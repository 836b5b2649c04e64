"""What one batch system is asked for in its own words, through dask-jobqueue."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import dask_jobqueue
from dask_jobqueue.htcondor import HTCondorJob
from dask_jobqueue.slurm import SLURMJob

from bumpcast.batch import condor, slurm
from bumpcast.batch.condor_fit import why_idle
from bumpcast.batch.jobs import Standing
from bumpcast.batch.submit_log import JobState, read_states
from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.backends.dask_calls import ENVIRONMENT, PRELOAD, SETTINGS
from bumpcast.execution.backends.dask_watch import WATCH_SETTINGS
from bumpcast.execution.backends.packed import PYTHON, prologue_of

_jobqueue: Any = dask_jobqueue


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What every job of a run is asked for.

    Attributes:
        cluster: The table [cluster].
        logs: Folder of the jobs' logs.
        listening: Arguments of 'dask worker' that say where it listens.
        proxy: File of the X.509 proxy.
        certificates: Files that the workers prove with who they are.
    """

    cluster: ClusterConfig
    logs: Path
    listening: tuple[str, ...] = ()
    proxy: Path | None = None
    certificates: tuple[Path, ...] = ()

    def common(self, python: str | None) -> dict[str, Any]:
        """Return the arguments that dask-jobqueue's jobs have in common.

        Args:
            python: The jobs' Python; None: the driver's.
        """
        cluster = self.cluster
        return {
            "cores": cluster.cores,
            "processes": cluster.cores,
            "memory": cluster.memory,
            "python": python,
            "log_directory": str(self.logs),
            "death_timeout": cluster.death_timeout_s,
            "worker_extra_args": self._worker_arguments(),
        }

    def exports(self) -> list[str]:
        """Return what a job's shell exports: the driver's settings do not reach the workers."""
        values = dict(ENVIRONMENT)
        for key, value in {**SETTINGS, **WATCH_SETTINGS}.items():
            if key.startswith("distributed.worker."):
                values[f"DASK_{key.replace('.', '__').upper()}"] = str(value)
        if not self.cluster.brings_files:
            for name in ("BUMPCAST_CACHE", "PYTHONPATH"):
                if name in os.environ:
                    values[name] = os.environ[name]
        return [f"export {name}={shlex.quote(value)}" for name, value in values.items()]

    def prologue(self, *, travels: bool) -> list[str]:
        """Return the shell lines that a job runs before its workers.

        Args:
            travels: The environment is brought to the job, and not read where it is.

        Raises:
            NoEnvironmentError: The environment is no archive of one.
        """
        lines = [*self.exports(), *self.cluster.prologue]
        if self.cluster.environment is not None:
            archive = Path(self.cluster.environment)
            at = archive.name if travels else None
            # Behind the user's own lines, which may be what puts a Python on PATH.
            lines += prologue_of(archive, at=at, python=self.cluster.python)
        return lines

    def _worker_arguments(self) -> list[str]:
        arguments = ["--preload", PRELOAD, "--no-dashboard", *self.listening]
        lifetime = self.cluster.worker_lifetime_s
        if lifetime is not None:
            stagger = self.cluster.lifetime_stagger_s
            arguments += ["--lifetime", f"{lifetime:g}s", "--lifetime-stagger", f"{stagger:g}s"]
        return arguments


class JobSystem(Protocol):
    """A batch system as the back end sees it."""

    executor: str
    name: str
    cluster_class: Any
    job_class: Any
    brings_files: bool

    def find_commands(self) -> str:
        """Return where the command is that submits.

        Raises:
            BatchError: The batch system's commands are not on PATH.
        """

    def check_queue(self) -> None:
        """Make sure that the queue answers.

        Raises:
            BatchError: It does not.
        """

    def standings(self, identifiers: Collection[str]) -> Mapping[str, Standing]:
        """Return how jobs stand; those that the queue does not know are left out.

        Raises:
            BatchError: The queue does not answer.
        """

    def why_idle(self, identifier: str) -> str | None:
        """Return in words why a job can never run as it is; None: there is no such reason.

        Raises:
            BatchError: The batch system does not answer.
        """

    def ended(self, identifier: str, logs: Path) -> JobState | None:
        """Return how a job ended, by its log; None: there is none.

        Args:
            identifier: Its number.
            logs: Folder of the jobs' logs.
        """

    def job_arguments(self, request: JobRequest) -> dict[str, Any]:
        """Return the arguments of dask-jobqueue's class of jobs.

        Raises:
            BackendError: The batch system has no such thing.
            NoEnvironmentError: The environment is no archive of one.
        """


class HTCondor:
    """HTCondor."""

    executor = "dask-condor"
    name = "HTCondor"
    cluster_class = _jobqueue.HTCondorCluster
    job_class = HTCondorJob
    brings_files = True

    def find_commands(self) -> str:
        """Return where the command is that submits."""
        return condor.find_condor()

    def check_queue(self) -> None:
        """Make sure that the queue answers."""
        condor.check_queue()

    def standings(self, identifiers: Collection[str]) -> Mapping[str, Standing]:
        """Return how jobs stand."""
        return condor.condor_standings(identifiers)

    def why_idle(self, identifier: str) -> str | None:
        """Return in words why a job can never run as it is; None: there is no such reason."""
        return why_idle(identifier)

    def ended(self, identifier: str, logs: Path) -> JobState | None:
        """Return how a job ended, by its log; None: there is none."""
        log = logs / f"worker-{identifier.partition('.')[0]}.log"
        return read_states(log).jobs.get(identifier)

    def job_arguments(self, request: JobRequest) -> dict[str, Any]:
        """Return the arguments of dask-jobqueue's class of jobs."""
        cluster = request.cluster
        if cluster.queue is not None:
            msg = (
                f"[cluster] queue is {cluster.queue!r}, and HTCondor has no queues to choose from: "
                f"your site's own word for it goes into directives, such as '+JobFlavour'"
            )
            raise BackendError(msg)
        python = cluster.python or ("python3" if cluster.image is not None else None)
        if cluster.environment is not None:
            python = PYTHON
        if cluster.file_transfer and python is None:
            msg = (
                "[cluster] file_transfer says that jobs do not see this machine's files, so that "
                "they cannot start its Python: give an environment, an image or python as well"
            )
            raise BackendError(msg)
        return {
            **request.common(python),
            "disk": cluster.disk,
            "job_script_prologue": request.prologue(travels=True),
            "job_extra_directives": self._directives(request),
        }

    def _directives(self, request: JobRequest) -> dict[str, str]:
        cluster = request.cluster
        found: dict[str, str] = {}
        if cluster.account is not None:
            found["accounting_group"] = cluster.account
        if cluster.walltime_s is not None:
            found["+MaxRuntime"] = str(cluster.walltime_s)
        if cluster.image is not None:
            word = cluster.image_directive
            # An attribute of the job is an expression, in which a text has quotes.
            is_attribute = word.startswith(("+", "MY."))
            found[word] = f'"{cluster.image}"' if is_attribute else cluster.image
            found["transfer_executable"] = "False"  # the shell is the image's
        if request.proxy is not None:
            found["x509userproxy"] = str(request.proxy)
        travelling = list(cluster.transfer_files)
        if cluster.environment is not None:
            travelling.insert(0, cluster.environment)
        if cluster.brings_files:
            travelling += [str(path) for path in request.certificates]
            found["transfer_executable"] = "False"
        if cluster.brings_files or travelling:
            found["should_transfer_files"] = "YES"
            found["when_to_transfer_output"] = "ON_EXIT"
            found["transfer_output_files"] = '""'
        if travelling:
            found["transfer_input_files"] = ", ".join(travelling)
        if cluster.brings_files and request.certificates:
            found["encrypt_input_files"] = ", ".join(path.name for path in request.certificates)
        return {**found, **cluster.directives}


class Slurm:
    """Slurm."""

    executor = "dask-slurm"
    name = "Slurm"
    cluster_class = _jobqueue.SLURMCluster
    job_class = SLURMJob
    brings_files = False

    def find_commands(self) -> str:
        """Return where the command is that submits."""
        return slurm.find_slurm()

    def check_queue(self) -> None:
        """Make sure that the queue answers."""
        slurm.check_queue()

    def standings(self, identifiers: Collection[str]) -> Mapping[str, Standing]:
        """Return how jobs stand."""
        return slurm.slurm_standings(identifiers)

    def why_idle(self, identifier: str) -> str | None:
        """Return None: Slurm gives its reason where it says how the job stands."""
        return None

    def ended(self, identifier: str, logs: Path) -> JobState | None:
        """Return None: Slurm writes no log of a job."""
        return None

    def job_arguments(self, request: JobRequest) -> dict[str, Any]:
        """Return the arguments of dask-jobqueue's class of jobs."""
        cluster = request.cluster
        if cluster.file_transfer or cluster.transfer_files:
            msg = (
                "[cluster] file_transfer and transfer_files: Slurm brings no files to jobs; use a "
                "file system that all machines share"
            )
            raise BackendError(msg)
        prologue = request.prologue(travels=False)
        if request.proxy is not None:
            prologue.insert(0, f"export X509_USER_PROXY={shlex.quote(str(request.proxy))}")
        python = PYTHON if cluster.environment is not None else cluster.python
        if cluster.image is not None:
            python = f"apptainer exec {shlex.quote(cluster.image)} {python or 'python3'}"
        return {
            **request.common(python),
            "queue": cluster.queue,
            "account": cluster.account,
            "walltime": None if cluster.walltime_s is None else _clock(cluster.walltime_s),
            # dask-jobqueue's own half an hour is no default that anybody asked for.
            "job_directives_skip": ["#SBATCH -t "] if cluster.walltime_s is None else [],
            "job_script_prologue": prologue,
            "job_extra_directives": [
                f"{option}={value}" if value else option
                for option, value in cluster.directives.items()
            ],
        }


def job_system(executor: str) -> JobSystem:
    """Return the batch system of an executor.

    Args:
        executor: 'dask-condor' or 'dask-slurm'.
    """
    return HTCondor() if executor == HTCondor.executor else Slurm()


def job_script(system: JobSystem, request: JobRequest) -> str:
    """Return what would be submitted for one job.

    Args:
        system: The batch system.
        request: What is asked for.
    """
    arguments = system.job_arguments(request)
    job = system.job_class("tcp://127.0.0.1:8786", name="worker", **arguments)
    return str(job.job_script())


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
