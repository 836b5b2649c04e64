"""A whole run: from the configuration to the results folder."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import h5py

from bumpcast import compiled, store
from bumpcast.config import Analysis
from bumpcast.config.run import ExecutorName
from bumpcast.datasets.files import expand_all
from bumpcast.datasets.plan import Plan, group, make_plan
from bumpcast.datasets.survey import FileFacts
from bumpcast.datasets.workitem import WorkItem
from bumpcast.diskio import DiskError, write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import Backend, Reporting, make_backend, prepare_backend
from bumpcast.execution.checkpoints import Checkpoints
from bumpcast.execution.folder import Lock, choose_folder
from bumpcast.execution.gathering import Gathering
from bumpcast.execution.identity import PLAN, Identity, StoredPlan, reconcile, refuse
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.ledger import LEDGER, Ledger
from bumpcast.execution.loop import Loop
from bumpcast.execution.manifest import Manifest, is_complete
from bumpcast.execution.mergetree import Leaves, MergeTree, leaf
from bumpcast.execution.processor_spec import ProcessorError, ProcessorSpec, excerpt
from bumpcast.execution.progress import Counts, Progress, Silent
from bumpcast.execution.records import ErrorRecord, FileRecord, ItemRecord
from bumpcast.execution.saving import Saving
from bumpcast.execution.summary import DatasetSummary, RunSummary
from bumpcast.execution.worker import Job, PlacedTask, Retries, survey, weigh

_logger = logging.getLogger(__name__)

RESULT = "result.h5"
REPORT = "dask-report.html"
_GROUPS_OF_WORKER = 4
"""Tasks a worker that a run is cut into at least, where it has as many work items."""

_Value = TypeVar("_Value")


class EmptyRunError(BumpcastError):
    """The files of a run hold no events at all."""


class _Stopped(Exception):  # noqa: N818 - a signal, not an error
    """A signal arrived before the events were reached."""


def run(
    analysis: Analysis,
    output: Path | None = None,
    *,
    executor: ExecutorName | None = None,
    workers: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
    command: Sequence[str] = (),
) -> RunSummary:
    """Run an analysis over its data sets and store what comes out.

    The results folder gets plan.json, ledger.jsonl, manifest.json, config.toml and what the
    processor's `publish` writes, or result.h5 if it has none. While work items are missing, it
    keeps their neighbours' results in checkpoints/ for `resume`.

    Args:
        analysis: The configuration.
        output: The results folder; absent: a new one, results/NAME or results/NAME-2 and so on.
        executor: Instead of the configuration's run.executor.
        workers: Instead of the configuration's run.workers.
        resume: Go on with the run in the folder: only what is missing is processed.
        overwrite: Delete the run in the folder first.
        progress: Who is told how far the run is.
        command: The command line, for the manifest.

    Returns:
        What was done; `complete` says whether every entry is in the result.

    Raises:
        BumpcastError: The run cannot start, or cannot go on: the message says why and where.
            Work items that fail do not raise; they are listed in the summary.
    """
    changes: dict[str, Any] = {"executor": executor, "workers": workers}
    chosen = {key: value for key, value in changes.items() if value is not None}
    analysis = analysis.model_copy(update={"run": analysis.run.model_copy(update=chosen)})
    if workers is not None:
        # A number that is asked for is meant as it is: no bounds of a site are above it.
        fixed = analysis.cluster.model_copy(update={"min_jobs": None, "max_jobs": None})
        analysis = analysis.model_copy(update={"cluster": fixed})
    processor = ProcessorSpec.of(analysis)
    prepare_backend(analysis.run.executor, processor.own_imports)
    # Mistakes in the processor and in the list of files are told before a folder is made.
    processor.make()
    files = expand_all(analysis.datasets)
    folder = choose_folder(analysis.name, output, resume=resume, overwrite=overwrite)
    with Lock(folder), Interrupts() as interrupts, progress or Silent() as shown:
        return _Run(analysis, processor, files, folder, resume, interrupts, shown, command).go()


@dataclass
class _Run:
    """One start of a run."""

    analysis: Analysis
    processor: ProcessorSpec
    files: Mapping[str, Sequence[str]]
    folder: Path
    resume: bool
    interrupts: Interrupts
    progress: Progress
    command: Sequence[str]
    _started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        settings = self.analysis.run
        self._retries = Retries(settings.retries, settings.retry_wait_s)
        self._identity = Identity.of(self.analysis, self.processor)
        self._counts = Counts()
        self._stopped_by: signal.Signals | None = None
        self._failures: list[ItemRecord | FileRecord] = []

    def go(self) -> RunSummary:
        """Do everything."""
        stored = None
        if self.resume and (self.folder / PLAN).exists():
            # What has changed is told before anything is started or surveyed. A run that was
            # stopped before it had a plan has nothing that could be mixed.
            stored = StoredPlan.read(self.folder)
            refuse(self._identity.differences(stored.identity))
            if is_complete(self.folder):
                return self._nothing_to_do(stored)
        settings = self.analysis.run
        backend = make_backend(
            settings.executor,
            settings.workers,
            self.analysis.cluster,
            self.folder,
            inputs=[files[0] for files in self.files.values() if files],
            tell=self.progress.note,
        )
        orderly = False
        try:
            self._counts.wanted = backend.workers
            for note in backend.notes:
                self.progress.note(note)
            with Ledger(self.folder / LEDGER) as ledger:
                summary = self._with(backend, ledger, stored)
            orderly = summary.stopped_by is None
        finally:
            try:
                if not isinstance(sys.exception(), KeyboardInterrupt):
                    self._report(backend)
            finally:
                backend.close(now=not orderly)
        return summary

    def _report(self, backend: Backend) -> None:
        """Save what the back end can tell of the run, whether that went well or not."""
        if not self.analysis.run.dask_report or not isinstance(backend, Reporting):
            return
        self.progress.stage("drawing Dask's report")
        try:
            backend.write_report(self.folder / REPORT)
        except BumpcastError as error:
            # The run's own end counts for more.
            self.progress.note(str(error))

    def _nothing_to_do(self, stored: StoredPlan) -> RunSummary:
        path, output = self.folder / RESULT, None
        if path.exists():
            with h5py.File(path, "r") as file:
                output = store.read(file, "output")
        plan, settings = stored.plan, self.analysis.run
        datasets = {
            name: DatasetSummary(
                plan.entries_in_files(name),
                plan.entries(name),
                plan.entries(name),
                stored.sums_of_weights.get(name),
            )
            for name in self.analysis.datasets
        }
        return RunSummary(
            name=self.analysis.name,
            folder=self.folder,
            output=output,
            datasets=datasets,
            failures=(),
            entries_resumed=plan.entries(),
            seconds=time.monotonic() - self._started,
            bytes_read=0,
            executor=settings.executor,
            workers=settings.workers,
            chunks=sum(len(file.items) for file in plan.files),
            chunks_done=sum(len(file.items) for file in plan.files),
            lines=("The run was complete already: nothing to do.",),
        )

    def _with(self, backend: Backend, ledger: Ledger, stored: StoredPlan | None) -> RunSummary:
        ledger.write("start", {"identity": self._identity.digest, "resume": self.resume})
        try:
            plan, sums = self._plan(backend, stored)
        except _Stopped:
            return self._summary(Plan(()), {}, MergeTree(Leaves({})), backend, None)
        for failure in self._failures:
            ledger.write("file", failure.document())
        stored = StoredPlan(self._identity, plan, sums)
        stored.write(self.folder)
        manifest = Manifest(self.folder, self.analysis, stored, self.command, backend.workers)
        manifest.begin()

        counted = {n: len(f.items) if f.facts else None for n, f in enumerate(plan.files)}
        checkpoints = Checkpoints(self.folder, self._identity.digest)
        gathering = Gathering(
            Leaves(counted, len(plan.files)),
            checkpoints,
            backend.keeping,
            owned=backend.name != "iterative",
        )
        tree = gathering.tree
        if self.resume:
            gathering.load()
        tasks = self._tasks(plan, sums, tree, backend, counted)
        missing = sum(len(placed.task) for placed in tasks)
        names = self._withheld(plan, sums)
        withheld = sum(plan.entries(name) for name in names)
        counts = self._counts
        counts.total, counts.given_up = plan.entries(), withheld
        counts.resumed = max(plan.entries() - missing - withheld, 0)
        items = [item for file in plan.files for item in file.items]
        counts.chunks = len(items)
        counts.done = sum(item.dataset not in names for item in items)
        counts.done -= sum(len(placed.task.items) for placed in tasks)
        if not plan.entries() and not self._failures:
            msg = f"the {len(plan.files)} files of the run hold no events"
            raise EmptyRunError(msg)

        formats = {n: self.analysis.formats[d.format] for n, d in self.analysis.datasets.items()}
        job = Job(self.processor, formats, sums, self._retries)
        saving = Saving(gathering, checkpoints, ledger, self.analysis.run.checkpoint_s)
        loop = Loop(
            backend, job, gathering, saving, ledger, self.interrupts, self.progress, self._counts,
            self._preparations(),
        )  # fmt: skip
        self.progress.stage(f"reading {self._counts.total:,} events")
        self.progress.show(self._counts)
        with saving:
            try:
                loop.run(tasks)
            except BumpcastError:
                # Whatever ended the run, what was done is kept for whoever resumes it.
                with contextlib.suppress(BumpcastError):
                    saving.now()
                raise
            self._failures.extend(loop.failures)
            long = time.monotonic() - self._started > self.analysis.run.checkpoint_s
            # A signal from now on comes too late: what was to be read has been read.
            self._stopped_by = self.interrupts.received
            stopped = self._stopped_by is not None
            if stopped or self._failures or long:
                saving.now()
            if stopped:
                gathering.forget_unsaved()
        output = None if stopped else self._finished(loop.total)
        summary = self._summary(plan, sums, tree, backend, output)
        if not stopped and len(tree):
            summary = self._publish(summary)
        manifest.end(summary)
        ledger.write("stop", {"status": summary.status, "entries_seen": summary.entries_seen})
        ledger.sync()
        if summary.complete and not stopped:
            checkpoints.remove()
        return summary

    def _plan(
        self, backend: Backend, stored: StoredPlan | None
    ) -> tuple[Plan, Mapping[str, float]]:
        """Survey the files and cut them into work items; sum weights where they are needed."""
        settings, datasets = self.analysis.run, self.analysis.datasets
        listed = [(name, file) for name, files in self.files.items() for file in files]
        self.progress.stage(f"looking at {len(listed)} file{'s' if len(listed) != 1 else ''}")
        calls = [
            (survey, file, self.analysis.formats[datasets[name].format], self._retries)
            for name, file in listed
        ]
        facts: dict[str, list[tuple[str, FileFacts | None]]] = {name: [] for name in self.files}
        for (name, file), found in zip(listed, self._all(backend, calls), strict=True):
            if isinstance(found, FileFacts):
                facts[name].append((file, found))
            else:
                facts[name].append((file, None))
                self._failures.append(FileRecord(name, file, found))
        plan = make_plan(facts, chunk_events=settings.chunk_events, max_events=settings.max_events)
        if stored is not None:
            plan = reconcile(stored, plan)
            known = {file.filename for file in plan.files if file.facts is not None}
            self._failures = [f for f in self._failures if f.filename not in known]
        sums = self._sums(plan, backend)
        if stored is not None:
            refuse(
                [
                    f"the sum of weights of {name}: {before} then, {sums[name]} now"
                    for name, before in stored.sums_of_weights.items()
                    if name in sums and sums[name] != before
                ]
            )
            sums = {**stored.sums_of_weights, **sums}
        return plan, sums

    def _sums(self, plan: Plan, backend: Backend) -> dict[str, float]:
        """Return the sum of weights of each data set that pseudo-data are drawn from."""
        if self.analysis.normalisation.mode != "pseudo-data":
            return {}
        sums: dict[str, float] = {}
        calls, owners = [], []
        for name, dataset in self.analysis.datasets.items():
            files = [file for file in plan.files if file.dataset == name]
            if dataset.kind == "data" or any(file.facts is None for file in files):
                continue
            if dataset.sum_of_weights is not None:
                # The sum is that of all files; a run over a part of them draws from a part of it.
                share = plan.entries(name) / max(plan.entries_in_files(name), 1)
                sums[name] = dataset.sum_of_weights * share
                continue
            sums[name] = 0.0
            fmt = self.analysis.formats[dataset.format]
            for file in files:
                if file.items:
                    span = (file.items[0].entrystart, file.items[-1].entrystop)
                    bad = self.analysis.run.bad_events
                    calls.append((weigh, file.facts, fmt, span, bad, self._retries))
                    owners.append(file)
        if calls:
            self.progress.stage(f"summing the generator weights of {len(calls)} files")
        lost = set()
        for file, found in zip(owners, self._all(backend, calls), strict=True):
            if isinstance(found, ErrorRecord):
                self._failures.append(FileRecord(file.dataset, file.filename, found))
                lost.add(file.dataset)
            else:
                sums[file.dataset] += found
        return {name: total for name, total in sums.items() if name not in lost}

    def _withheld(self, plan: Plan, sums: Mapping[str, float]) -> set[str]:
        """Return the data sets that cannot be read, for want of their sum of weights."""
        if self.analysis.normalisation.mode != "pseudo-data":
            return set()
        simulated = {n for n, d in self.analysis.datasets.items() if d.kind != "data"}
        return simulated - set(sums)

    def _all(self, backend: Backend, calls: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Run calls on the back end and return their results in order."""
        results: list[Any] = [None] * len(calls)
        self._counts.files, self._counts.files_seen = len(calls), 0
        running: dict[Future[Any], int] = {}
        place = 0
        while place < len(calls) or running:
            if self.interrupts.received is not None:
                self._stopped_by = self.interrupts.received
                raise _Stopped
            while place < len(calls) and len(running) < backend.capacity:
                running[backend.submit(*calls[place])] = place
                place += 1
            self._counts.look_at(backend)
            self.progress.show(self._counts)
            for future in backend.wait(running.keys(), 0.5):
                where = running.pop(future)
                self._counts.files_seen += 1
                try:
                    results[where] = future.result()
                except BumpcastError as error:
                    results[where] = ErrorRecord.of(error)
        return results

    def _tasks(
        self,
        plan: Plan,
        sums: Mapping[str, float],
        tree: MergeTree,
        backend: Backend,
        counted: Mapping[int, int | None],
    ) -> list[PlacedTask]:
        """Return what is still to be done."""
        withheld = self._withheld(plan, sums)
        for name in sorted(withheld):
            why = ErrorRecord(
                "WithheldError",
                f"not read: pseudo-data are drawn with the sum of weights of all files of "
                f"'{name}', and one of them is missing it (see there)",
                permanent=True,
            )
            self._failures.append(FileRecord(name, f"the other files of {name}", why))
        places: dict[WorkItem, tuple[int, Any]] = {}
        for position, file in enumerate(plan.files):
            if file.dataset in withheld:
                continue
            for number, item in enumerate(file.items):
                node = leaf(position, number)
                if not tree.covers(node):
                    places[item] = (position, node)
        settings = self.analysis.run
        tasks = group(
            list(places),
            chunk_events=settings.chunk_events,
            calls=_GROUPS_OF_WORKER * backend.workers,
        )
        return [
            PlacedTask(
                task,
                tuple(places[item][1] for item in task.items),
                {places[item][0]: counted[places[item][0]] for item in task.items},
            )
            for task in tasks
        ]

    def _preparations(self) -> deque[Callable[[], None]]:
        """Return what will be needed and can be done while the first tasks run."""
        steps: deque[Callable[[], None]] = deque([compiled.set_up])
        prepare = getattr(self.processor.make(), "prepare_publish", None)
        if prepare is not None:
            steps.append(lambda: self._ask("prepare_publish", prepare))
        return steps

    def _finished(self, total: Any) -> Any:
        """Return the output after the processor's own last step."""
        if total is None:
            return None
        processor = self.processor.make()
        postprocess = getattr(processor, "postprocess", None)
        if postprocess is None:
            return total
        output = self._ask("postprocess", lambda: postprocess(total))
        return total if output is None else output

    def _publish(self, summary: RunSummary) -> RunSummary:
        """Store the output as the processor wishes, or as it is."""
        publish = getattr(self.processor.make(), "publish", None)
        if publish is not None:
            self.progress.stage("writing the results")
            lines = self._ask("publish", lambda: publish(summary.output, self.folder, summary))
            return replace(summary, lines=tuple(lines or ()))
        options = {"driver": "core", "backing_store": False, "block_size": 1 << 24}
        with h5py.File(RESULT, "w", **options) as file:
            store.write(file, "output", summary.output)
            file.flush()
            image = bytes(file.id.get_file_image())
        write_atomically(self.folder / RESULT, image)
        return summary

    def _ask(self, what: str, call: Callable[[], _Value]) -> _Value:
        try:
            return call()
        except BumpcastError:
            raise
        except OSError as error:
            raise DiskError.of(self.folder, error) from error
        except Exception as error:
            # A user's method may raise anything.
            where = f"{self.processor.path}: {self.processor.class_name}.{what}"
            msg = f"{where} failed:\n{excerpt(error, self.processor.path)}"
            raise ProcessorError(msg) from error

    def _summary(
        self,
        plan: Plan,
        sums: Mapping[str, float],
        tree: MergeTree,
        backend: Backend,
        output: Any,
    ) -> RunSummary:
        seen = dict.fromkeys(self.analysis.datasets, 0)
        chunks_done = 0
        for position, file in enumerate(plan.files):
            for number, item in enumerate(file.items):
                if tree.covers(leaf(position, number)):
                    seen[file.dataset] += len(item)
                    chunks_done += 1
        datasets = {
            name: DatasetSummary(
                plan.entries_in_files(name), plan.entries(name), seen[name], sums.get(name)
            )
            for name in self.analysis.datasets
        }
        return RunSummary(
            name=self.analysis.name,
            folder=self.folder,
            output=output,
            datasets=datasets,
            failures=tuple(self._failures),
            entries_resumed=self._counts.resumed,
            seconds=time.monotonic() - self._started,
            bytes_read=self._counts.bytes,
            chunks=self._counts.chunks,
            chunks_done=chunks_done,
            chunks_retried=self._counts.retried,
            workers_lost=self._counts.lost,
            waited_s=self._counts.waited_s,
            executor=backend.name,
            workers=backend.workers,
            stopped_by=self._stopped_by,
        )
