"""What a run reads: its files looked at, cut into work items, and their weights summed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from bumpcast.config import Analysis
from bumpcast.datasets.plan import Plan, group, make_plan
from bumpcast.datasets.survey import FileFacts
from bumpcast.datasets.workitem import WorkItem
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import Backend
from bumpcast.execution.identity import StoredPlan, reconcile, refuse
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.mergetree import MergeTree, Node, leaf
from bumpcast.execution.progress import Counts, Progress
from bumpcast.execution.records import ErrorRecord, FileRecord
from bumpcast.execution.worker import PlacedTask, Retries, survey, weigh

_GROUPS_OF_WORKER = 4
"""Tasks a worker that a run is cut into at least, where it has as many work items."""


class StoppedError(BumpcastError):
    """A signal arrived before the events were reached."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a run reads.

    Attributes:
        plan: The files and their work items.
        sums: Sum of weights of each data set that pseudo-data are drawn from.
        withheld: Data sets that cannot be read, for want of their sum of weights.
        failures: Files that could not be looked at, and those of the withheld data sets.
    """

    plan: Plan
    sums: Mapping[str, float]
    withheld: frozenset[str]
    failures: tuple[FileRecord, ...]

    @property
    def counted(self) -> dict[int, int | None]:
        """Number of work items by the position of their file; None: it could not be looked at."""
        return {
            position: len(file.items) if file.facts else None
            for position, file in enumerate(self.plan.files)
        }

    @property
    def entries_withheld(self) -> int:
        """How many entries cannot be read."""
        return sum(self.plan.entries(name) for name in self.withheld)

    def tasks(self, tree: MergeTree, chunk_events: int, workers: int) -> list[PlacedTask]:
        """Return what is still to be done.

        Args:
            tree: Holds what is done.
            chunk_events: How many events a call reads at most.
            workers: How many calls run at the same time.
        """
        places: dict[WorkItem, tuple[int, Node]] = {}
        for position, file in enumerate(self.plan.files):
            if file.dataset in self.withheld:
                continue
            for number, item in enumerate(file.items):
                node = leaf(position, number)
                if not tree.covers(node):
                    places[item] = (position, node)
        calls = _GROUPS_OF_WORKER * workers
        counted = self.counted
        return [
            PlacedTask(
                task,
                tuple(places[item][1] for item in task.items),
                {places[item][0]: counted[places[item][0]] for item in task.items},
            )
            for task in group(list(places), chunk_events=chunk_events, calls=calls)
        ]


@dataclass(frozen=True, slots=True)
class Planner:
    """Looks at the files of a run, on its workers.

    Attributes:
        analysis: The configuration.
        files: The files of each data set.
        retries: How often reading is tried again.
        backend: The workers.
        counts: Says how many files have been seen.
        progress: Who is told.
        interrupts: Signals that end the run.
    """

    analysis: Analysis
    files: Mapping[str, Sequence[str]]
    retries: Retries
    backend: Backend
    counts: Counts
    progress: Progress
    interrupts: Interrupts

    def plan(self, stored: StoredPlan | None) -> Planned:
        """Look at the files, cut them into work items, and sum weights where they are needed.

        Args:
            stored: The plan of the run that is resumed.

        Raises:
            ResumeError: The files are not what they were.
            StoppedError: A signal arrived.
        """
        settings = self.analysis.run
        facts, failures = self._survey()
        plan = make_plan(facts, chunk_events=settings.chunk_events, max_events=settings.max_events)
        if stored is not None:
            plan = reconcile(stored, plan)
            known = {file.filename for file in plan.files if file.facts is not None}
            failures = [one for one in failures if one.filename not in known]
        sums, unsummed = self._sums(plan)
        if stored is not None:
            refuse(
                [
                    f"the sum of weights of {name}: {before} then, {sums[name]} now"
                    for name, before in stored.sums_of_weights.items()
                    if name in sums and sums[name] != before
                ]
            )
            sums = {**stored.sums_of_weights, **sums}
        withheld = self._withheld(sums)
        others = [_withheld_files(name) for name in sorted(withheld)]
        return Planned(plan, sums, withheld, (*failures, *unsummed, *others))

    def _survey(self) -> tuple[dict[str, list[tuple[str, FileFacts | None]]], list[FileRecord]]:
        """Return what is known of each data set's files, and those that cannot be looked at."""
        datasets, formats = self.analysis.datasets, self.analysis.formats
        listed = [(name, file) for name, files in self.files.items() for file in files]
        self.progress.stage(f"looking at {len(listed)} file{'s' if len(listed) != 1 else ''}")
        calls = [
            (survey, file, formats[datasets[name].format], self.retries) for name, file in listed
        ]
        facts: dict[str, list[tuple[str, FileFacts | None]]] = {name: [] for name in self.files}
        failures = []
        for (name, file), found in zip(listed, self._all(calls), strict=True):
            if isinstance(found, FileFacts):
                facts[name].append((file, found))
            else:
                facts[name].append((file, None))
                failures.append(FileRecord(name, file, found))
        return facts, failures

    def _sums(self, plan: Plan) -> tuple[dict[str, float], list[FileRecord]]:
        """Return the sum of weights of each data set that pseudo-data are drawn from."""
        if self.analysis.normalisation.mode != "pseudo-data":
            return {}, []
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
                    calls.append((weigh, file.facts, fmt, span, bad, self.retries))
                    owners.append(file)
        if calls:
            self.progress.stage(f"summing the generator weights of {len(calls)} files")
        failures = []
        for file, found in zip(owners, self._all(calls), strict=True):
            if isinstance(found, ErrorRecord):
                failures.append(FileRecord(file.dataset, file.filename, found))
            else:
                sums[file.dataset] += found
        for failure in failures:
            sums.pop(failure.dataset, None)
        return sums, failures

    def _withheld(self, sums: Mapping[str, float]) -> frozenset[str]:
        if self.analysis.normalisation.mode != "pseudo-data":
            return frozenset()
        datasets = self.analysis.datasets.items()
        return frozenset(name for name, one in datasets if one.kind != "data" and name not in sums)

    def _all(self, calls: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Run calls on the back end and return their results in order."""
        results: list[Any] = [None] * len(calls)
        self.counts.files, self.counts.files_seen = len(calls), 0
        running: dict[Future[Any], int] = {}
        place = 0
        while place < len(calls) or running:
            if self.interrupts.received is not None:
                raise StoppedError
            while place < len(calls) and len(running) < self.backend.capacity:
                running[self.backend.submit(*calls[place])] = place
                place += 1
            self.counts.look_at(self.backend)
            self.progress.show(self.counts)
            for future in self.backend.wait(running.keys(), 0.5):
                where = running.pop(future)
                self.counts.files_seen += 1
                try:
                    results[where] = future.result()
                except BumpcastError as error:
                    results[where] = ErrorRecord.of(error)
        return results


def _withheld_files(name: str) -> FileRecord:
    why = ErrorRecord(
        "WithheldError",
        f"not read: pseudo-data are drawn with the sum of weights of all files of '{name}', and "
        f"one of them is missing it (see there)",
        permanent=True,
    )
    return FileRecord(name, f"the other files of {name}", why)
