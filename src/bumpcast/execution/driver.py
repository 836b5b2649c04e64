"""A whole run: from the configuration to the results folder."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py

from bumpcast import compiled, store
from bumpcast.config import Analysis
from bumpcast.config.run import ExecutorName
from bumpcast.datasets.files import expand_all
from bumpcast.datasets.plan import Plan
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import Backend, Reporting, make_backend, prepare_backend
from bumpcast.execution.checkpoints import Checkpoints
from bumpcast.execution.folder import Lock, choose_folder
from bumpcast.execution.gathering import Gathering
from bumpcast.execution.identity import PLAN, Identity, StoredPlan, refuse
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.last_steps import RESULT, LastSteps
from bumpcast.execution.ledger import LEDGER, Ledger
from bumpcast.execution.loop import Loop
from bumpcast.execution.manifest import Manifest, is_complete
from bumpcast.execution.mergetree import Leaves, MergeTree, leaf
from bumpcast.execution.planning import Planned, Planner, StoppedError
from bumpcast.execution.preparations import Preparations
from bumpcast.execution.processor_spec import ProcessorSpec
from bumpcast.execution.progress import Counts, Progress, Silent
from bumpcast.execution.records import FileRecord, ItemRecord
from bumpcast.execution.saving import Saving
from bumpcast.execution.summary import DatasetSummary, RunSummary
from bumpcast.execution.worker import Job, PlacedTask, Retries

REPORT = "dask-report.html"


class EmptyRunError(BumpcastError):
    """The files of a run hold no events at all."""


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
        self._last_steps = LastSteps(self.processor, self.folder)
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
            planned = self._planner(backend).plan(stored)
        except StoppedError:
            self._stopped_by = self.interrupts.received
            nothing = Planned(Plan(()), {}, frozenset(), ())
            return self._summary(nothing, MergeTree(Leaves({})), backend, None)
        plan, sums = planned.plan, planned.sums
        self._failures.extend(planned.failures)
        for failure in planned.failures:
            ledger.write("file", failure.document())
        stored = StoredPlan(self._identity, plan, sums)
        stored.write(self.folder)
        manifest = Manifest(self.folder, self.analysis, stored, self.command, backend.workers)
        manifest.begin()

        checkpoints = Checkpoints(self.folder, self._identity.digest)
        gathering = Gathering(
            Leaves(planned.counted, len(plan.files)),
            checkpoints,
            backend.keeping,
            owned=backend.name != "iterative",
        )
        tree = gathering.tree
        if self.resume:
            gathering.load()
        tasks = planned.tasks(tree, self.analysis.run.chunk_events, backend.workers)
        self._count(planned, tasks)
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
        output = None if stopped else self._last_steps.postprocess(loop.total)
        summary = self._summary(planned, tree, backend, output)
        if not stopped and len(tree):
            if self._last_steps.publishes:
                self.progress.stage("writing the results")
            summary = self._last_steps.publish(summary)
        manifest.end(summary)
        ledger.write("stop", {"status": summary.status, "entries_seen": summary.entries_seen})
        ledger.sync()
        if summary.complete and not stopped:
            checkpoints.remove()
        return summary

    def _planner(self, backend: Backend) -> Planner:
        return Planner(
            self.analysis,
            self.files,
            self._retries,
            backend,
            self._counts,
            self.progress,
            self.interrupts,
        )

    def _count(self, planned: Planned, tasks: Sequence[PlacedTask]) -> None:
        """Say how much there is, and how much of it is done."""
        counts, plan, withheld = self._counts, planned.plan, planned.entries_withheld
        missing = sum(len(placed.task) for placed in tasks)
        counts.total, counts.given_up = plan.entries(), withheld
        counts.resumed = max(plan.entries() - missing - withheld, 0)
        counts.chunks = sum(len(file.items) for file in plan.files)
        readable = [file for file in plan.files if file.dataset not in planned.withheld]
        counts.done = sum(len(file.items) for file in readable)
        counts.done -= sum(len(placed.task.items) for placed in tasks)

    def _preparations(self) -> Preparations:
        prepare = self._last_steps.preparation()
        return Preparations([compiled.set_up] if prepare is None else [compiled.set_up, prepare])

    def _summary(
        self,
        planned: Planned,
        tree: MergeTree,
        backend: Backend,
        output: Any,
    ) -> RunSummary:
        plan = planned.plan
        seen = dict.fromkeys(self.analysis.datasets, 0)
        chunks_done = 0
        for position, file in enumerate(plan.files):
            for number, item in enumerate(file.items):
                if tree.covers(leaf(position, number)):
                    seen[file.dataset] += len(item)
                    chunks_done += 1
        datasets = {
            name: DatasetSummary(
                plan.entries_in_files(name), plan.entries(name), seen[name], planned.sums.get(name)
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
