"""A Dask cluster whose workers are jobs of a batch system."""

from __future__ import annotations

import contextlib
import itertools
import logging
import signal
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import dask
import distributed
from distributed.deploy.spec import ProcessInterface

from bumpcast.batch.errors import BatchError
from bumpcast.batch.jobs import in_words
from bumpcast.batch.proxy import check_proxy
from bumpcast.config.cluster import ClusterConfig
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends.base import LOGS, BackendError
from bumpcast.execution.backends.certificates import make_certificates, remove_certificates
from bumpcast.execution.backends.dask_calls import SETTINGS, DaskCalls, dashboard_note
from bumpcast.execution.backends.dask_keeping import DaskKeeping
from bumpcast.execution.backends.dask_watch import WATCH_SETTINGS, DaskWatch, Watched
from bumpcast.execution.backends.inspection import Inspection, Inspections
from bumpcast.execution.backends.job_systems import JobRequest, JobSystem
from bumpcast.execution.backends.job_watch import JobWatch
from bumpcast.execution.backends.listening import Listening, listening
from bumpcast.execution.backends.packed import check_environment
from bumpcast.execution.backends.signals import holding

# Typed in places, and so refused by a strict check where it is not.
_dask: Any = distributed
_config: Any = dask.config
_process: Any = ProcessInterface
_adaptive: Any = distributed.Adaptive

_LOST_JOB_S: Final = 15
"""So long a worker may be away before its job is replaced."""

_MOST_BAD: Final = 3
"""So many jobs may end without a worker, or with one that is not right, before it is given up."""

_LOOK_EVERY_S: Final = 0.5
"""Seconds between looks at the workers, which are many."""

_LOOKS_ALONE_S: Final = 5.0
"""Seconds between looks at the queue, at most, while there is no worker."""


class DaskJobsBackend(Watched):
    """Workers in jobs of a batch system, submitted through dask-jobqueue.

    One job is submitted at first. Its worker is looked at; only when all is right there, the other
    jobs are submitted and calls are handed out. A job that is lost is replaced.

    Attributes:
        first: What was found on the first worker; None: it has not come yet.

    Args:
        system: The batch system.
        workers: How many processes, in jobs of ``cluster.cores`` each.
        cluster: The table [cluster].
        folder: The results folder.
        inputs: Files that the work will read, which a worker has to reach.
        tell: Is given a line to show to the user.
        replacing: Submit others in place of jobs that end before the first worker comes.

    Raises:
        BatchError: Jobs cannot be submitted from here.
        BackendError: The cluster does not start.
    """

    def __init__(
        self,
        system: JobSystem,
        workers: int,
        cluster: ClusterConfig,
        folder: Path,
        inputs: Sequence[str],
        tell: Callable[[str], None],
        *,
        replacing: bool = True,
    ) -> None:
        self.name = system.executor
        self._system = system
        self._tell = tell
        self._fewest, self._most = cluster.jobs_for(workers)
        self.workers = workers if cluster.max_jobs is None else self._most * cluster.cores
        # One call a worker and no queue behind it: Dask blames whatever a dead worker had.
        self.capacity = self.workers
        self._wait_s = cluster.wait_s
        self._folder = folder
        self._most_bad = _MOST_BAD if replacing else 1
        system.find_commands()
        system.check_queue()
        if cluster.environment is not None:
            check_environment(Path(cluster.environment))
        proxy = None
        if cluster.proxy is not None:
            proxy = check_proxy(cluster.proxy, cluster.proxy_left_s)
        place = listening(cluster)
        self._logs = _log_folder(cluster, folder)
        security = None
        certificates: tuple[Path, ...] = ()
        if cluster.tls == "always" or (cluster.tls == "auto" and not place.on_loopback):
            security, certificates = make_certificates(
                folder, travel=cluster.brings_files and system.brings_files
            )
        request = JobRequest(cluster, self._logs, place.workers, proxy, certificates)
        self._refusals: dict[str, str] = {}
        self._settings: Any = _config.set(
            {
                **SETTINGS,
                **WATCH_SETTINGS,
                "distributed.deploy.lost-worker-timeout": f"{_LOST_JOB_S}s",
            }
        )
        try:
            self._start(request, place, security)
        except (OSError, TimeoutError, RuntimeError, ValueError, BumpcastError) as error:
            self._settings.__exit__(None, None, None)
            remove_certificates(folder)
            if isinstance(error, BumpcastError):
                raise
            msg = f"the Dask cluster does not start: {error}"
            raise BackendError(msg) from error
        self._calls = DaskCalls(self._client, held=True)
        self.keeping = DaskKeeping(self._client, lambda: tuple(self._cluster.scheduler.workers))
        self._watch = DaskWatch(self._client, self._cluster.scheduler)
        self._inspections = Inspections(self._client, inputs)
        self._watch_every_s = cluster.watch_s
        self._job_watch = JobWatch(system.name, system.standings, cluster.idle_s, tell)
        self.first: Inspection | None = None
        self._is_replacing = True
        self._is_encrypted = security is not None
        self._bad = 0
        self._had_workers: set[str] = set()
        self._seen = self._next_look = time.monotonic()
        port = urlsplit(self._client.dashboard_link).port
        self.notes = (
            dashboard_note(f"http://{cluster.dashboard_host}:{port}/status"),
            *(("connections are encrypted, with a key of this run",) if security else ()),
        )

    def _start(self, request: JobRequest, place: Listening, security: Any) -> None:
        arguments = self._system.job_arguments(request)
        with holding(signal.SIGINT, signal.SIGTERM):
            self._cluster: Any = _naming_anew(self._system.cluster_class)(
                **arguments,
                job_cls=_noting_refusals(self._system.job_class, self._refusals),
                security=security,
                protocol="tls://" if security is not None else None,
                scheduler_options=place.scheduler,
                silence_logs=logging.CRITICAL,
            )
            self._client = _dask.Client(self._cluster, set_as_default=False)
            self._cluster.scale(jobs=1)

    @property
    def address(self) -> str:
        """Where the scheduler listens."""
        return str(self._cluster.scheduler.address)

    @property
    def is_encrypted(self) -> bool:
        """Whether connections are encrypted."""
        return self._is_encrypted

    @property
    def logs(self) -> Path:
        """Folder of the jobs' logs."""
        return self._logs

    @property
    def jobs(self) -> tuple[str, ...]:
        """Numbers of the jobs that were submitted and are not given up."""
        return tuple(self._jobs().values())

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the workers that are connected listen."""
        return tuple(self._addresses())

    @property
    def unreached(self) -> int:
        """How often a worker that is connected could not be connected to, the other way round."""
        return max(self._inspections.unreached.values(), default=0)

    def last_words(self) -> list[str]:
        """Return the last lines that a job wrote to standard error, if any did."""
        latest = self._latest()
        return [] if latest is None else _tail(latest)

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Hand in a call."""
        return self._calls.submit(call, *arguments)

    def wait(self, futures: Collection[Future[Any]], timeout: float) -> set[Future[Any]]:
        """Return those that are done, after at most so many seconds.

        Raises:
            BackendError: The first worker is not right, or there is none for too long.
        """
        if not self._is_checked or time.monotonic() >= self._next_look:
            self._look_at_workers(0.0 if self._is_checked else timeout)
            self._look_at_jobs()
            self._next_look = time.monotonic() + _LOOK_EVERY_S
        done = self._calls.wait(futures, timeout)
        if self._addresses() or done:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > self._wait_s:
            msg = f"no worker for {self._wait_s:.0f} s: {self._how_jobs_stand()}"
            raise BackendError(msg)
        return done

    def close(self, *, now: bool = False) -> None:
        """End the cluster; no job is left in the queue."""
        self._calls.forget()
        self._inspections.forget()
        self._job_watch.close()
        with contextlib.suppress(TimeoutError, OSError):
            self._client.close(timeout=1 if now else 10)
        with contextlib.suppress(TimeoutError, OSError):
            self._cluster.close(timeout=20)
        self._settings.__exit__(None, None, None)
        remove_certificates(self._folder)

    @property
    def _is_checked(self) -> bool:
        """Whether the first worker came and is right."""
        return not self._calls.are_held

    def _addresses(self) -> dict[str, str]:
        """Return the name of each worker that is there, by its address."""
        states = list(self._cluster.scheduler.workers.values())
        return {state.address: str(state.name) for state in states}

    def _jobs(self) -> dict[str, str]:
        """Return the number of each job in the queue, by its name."""
        jobs = list(self._cluster.workers.items())
        return {str(name): job.job_id for name, job in jobs if job.job_id}

    def _look_at_workers(self, patience_s: float) -> None:
        addresses = self._addresses()
        jobs = self._jobs()
        self._had_workers |= _with_workers(jobs, addresses.values())
        for inspection in self._inspections.look(tuple(addresses), patience_s):
            self.first = self.first or inspection
            if not inspection.problems:
                if not self._is_checked:
                    self._begin()
            elif not self._is_checked:
                msg = (
                    f"the first worker, {_where(inspection)}, is not like the driver: "
                    f"{inspection}. {_ADVICE}"
                )
                raise BackendError(msg)
            else:
                self._give_back(inspection, addresses.get(inspection.address, ""), jobs)

    def _begin(self) -> None:
        """Hand out the calls, and ask for the other jobs."""
        self._calls.release()
        # Adaptive also between equal bounds: unlike a fixed number, it replaces jobs that are lost.
        self._cluster.adapt(
            Adaptive=_sparing(self.keeping),
            minimum_jobs=self._fewest,
            maximum_jobs=self._most,
            # A call that waits is worth a worker, however short calls are.
            target_duration="10ms",
        )

    def _give_back(self, inspection: Inspection, worker: str, jobs: dict[str, str]) -> None:
        self._tell(f"a worker, {_where(inspection)}, is given back: {inspection}")
        self._replace([name for name in jobs if _is_of(worker, name)], bad=True)

    def _look_at_jobs(self) -> None:
        jobs = self._jobs()
        alive = _with_workers(jobs, self._addresses().values())
        every_s = self._watch_every_s if alive else min(self._watch_every_s, _LOOKS_ALONE_S)
        gone = set(self._job_watch.look(list(jobs.values()), alive, every_s))
        if self._refusals:
            self._refused()
        for bad in (False, True):
            names = [
                name
                for name, number in jobs.items()
                if number in gone and bad is (number not in self._had_workers)
            ]
            if names:
                self._replace(names, bad=bad)

    def _refused(self) -> None:
        """Deal with jobs that the batch system did not take."""
        refused = {name: self._refusals.pop(name) for name in list(self._refusals)}
        why = list(refused.values())[-1]
        if not self._is_checked:
            msg = f"{self._system.name} does not take the job: {why}"
            raise BackendError(msg)
        self._tell(f"{self._system.name} does not take a job: {why}")
        self._replace(list(refused), bad=True)

    def _replace(self, names: Sequence[str], *, bad: bool) -> None:
        """Forget jobs that are gone or no good, so that others are submitted in their place."""
        if bad:
            self._bad += len(names)
            if not self._is_checked and self._bad >= self._most_bad:
                jobs = f"{self._bad} jobs" if self._bad > 1 else "the job"
                msg = f"{jobs} ended before there was a worker: {self._how_jobs_stand()}"
                raise BackendError(msg)
            self._perhaps_give_up()
        again = self._is_replacing

        async def replace() -> None:
            await self._cluster.scale_down(list(names))
            if again and not self._is_checked:
                self._cluster.scale(jobs=1)

        if again:
            self._cluster.loop.add_callback(replace)

    def _perhaps_give_up(self) -> None:
        """Ask for no more jobs when too many of them were no good."""
        if self._is_replacing and self._is_checked and self._bad >= max(_MOST_BAD, self._most):
            self._is_replacing = False
            self._cluster.loop.add_callback(self._cluster._adaptive.stop)
            self._tell(
                f"{self._bad} jobs brought no worker that could be used: no more are submitted, "
                f"and the run goes on with the workers that are there. {self._last_words()}"
            )

    def _how_jobs_stand(self) -> str:
        numbers = list(self._jobs().values())
        try:
            words = in_words(numbers, self._system.standings(numbers))
        except BatchError as error:
            words = str(error)
        return f"{words}. {self._last_words()}"

    def _last_words(self) -> str:
        """Return the last lines that a job wrote, and where the rest is."""
        latest = self._latest()
        if latest is None:
            return f"The jobs' logs are in {self._logs}."
        return f"The last lines of {latest}:\n" + "\n".join(_tail(latest))

    def _latest(self) -> Path | None:
        """Return the job's standard error that was written last."""
        written = [path for path in self._logs.glob("*.err") if path.stat().st_size]
        return max(written, key=lambda path: path.stat().st_mtime, default=None)


_ADVICE = (
    "Give the jobs the same environment ([cluster] python, image or a folder that all machines "
    "share), and inputs that they can reach"
)


def _tail(path: Path) -> list[str]:
    return path.read_text(errors="replace").strip().splitlines()[-5:]


def _is_of(worker: str, job: str) -> bool:
    """Whether a worker, by its name, is one of a job's."""
    return worker == job or worker.startswith(f"{job}-")


def _with_workers(jobs: Mapping[str, str], workers: Iterable[str]) -> set[str]:
    """Return the numbers of the jobs of which there are workers."""
    # Of a job with several, each has the job's name and a number.
    names = {name for worker in workers for name in (worker, worker.rpartition("-")[0])}
    return {number for job, number in jobs.items() if job in names}


def _where(inspection: Inspection) -> str:
    return f"on {inspection.machine}" if inspection.machine else f"at {inspection.address}"


def _log_folder(cluster: ClusterConfig, folder: Path) -> Path:
    logs = folder / LOGS if cluster.logs is None else Path(cluster.logs) / folder.absolute().name
    try:
        logs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"the folder of the jobs' logs, {logs}, cannot be made: {error.strerror}"
        raise BackendError(msg) from error
    return logs


def _noting_refusals(job_class: Any, refusals: dict[str, str]) -> Any:
    """Return a class of jobs that notes why a batch system did not take one, by the job's name."""

    class NotingJob(job_class):  # type: ignore[misc]
        """A job whose refusal is noted instead of raised, where nobody could hear it."""

        async def start(self) -> None:
            try:
                await super().start()
            except (RuntimeError, OSError, ValueError) as error:
                refusals[str(self.name)] = str(error).strip()
                await _process.start(self)

    return NotingJob


def _sparing(keeping: DaskKeeping) -> Any:
    """Return a class of adaptivity that lets no worker go which keeps what is needed.

    Dask knows nothing of what workers keep: one without a call is idle to it.
    """

    class SparingAdaptive(_adaptive):  # type: ignore[misc]
        """Lets only those workers go that keep nothing."""

        async def workers_to_close(self, target: int) -> list[str]:
            states = list(self.cluster.scheduler.workers.values())
            needed = [str(state.name) for state in states if state.address in keeping.needed]
            chosen = await super().workers_to_close(target=target)
            return [name for name in chosen if not any(_is_of(one, str(name)) for one in needed)]

    return SparingAdaptive


def _naming_anew(cluster_class: Any) -> Any:
    """Return a class of clusters that gives no name a second time.

    What is still to be done about a lost job would else hit the job that came in its place.
    """
    numbers = itertools.count()

    class NamingCluster(cluster_class):  # type: ignore[misc]
        """A cluster that gives no name a second time."""

        def _new_worker_name(self, _number: int) -> str:
            return f"{self._name}-{next(numbers)}"

    return NamingCluster
