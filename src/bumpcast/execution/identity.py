"""What a run's partial results depend on, and what stops others from being added to them."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import bumpcast
from bumpcast.config import Analysis
from bumpcast.config.digest import analysis_digest
from bumpcast.config.scan import READING_KEYS
from bumpcast.datasets.plan import Plan, PlannedFile
from bumpcast.datasets.survey import FileFacts
from bumpcast.datasets.workitem import WorkItem
from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.execution.processor_spec import ProcessorSpec

PLAN = "plan.json"


class ResumeError(BumpcastError):
    """A run cannot be resumed, because something that its results depend on has changed."""


@dataclass(frozen=True)
class Identity:
    """What every partial result of a run depends on, other than its input files.

    Attributes:
        configuration: Digest of the configuration without what cannot change a result.
        values: The configuration itself, to say what differs.
        processor: Digest of the processor's file and the name of its class.
        package: Version of bumpcast.
        code: Digest of the source files of bumpcast.
        option_files: Digests of the files and folders that options name, by their keys.
    """

    configuration: str
    values: Mapping[str, Any]
    processor: str
    package: str
    code: str
    option_files: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, analysis: Analysis, processor: ProcessorSpec) -> Identity:
        """Return the identity of a run that is about to start."""
        return cls(
            configuration=analysis_digest(analysis),
            values=analysis.model_dump(mode="json"),
            processor=f"{processor.digest}:{processor.class_name}",
            package=bumpcast.__version__,
            code=code_digest(),
            option_files={file.key: file.digest for file in processor.files},
        )

    @property
    def digest(self) -> str:
        """One digest of everything."""
        files = (f"{key}={digest}" for key, digest in sorted(self.option_files.items()))
        parts = (self.configuration, self.processor, self.package, self.code, *files)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def differences(self, other: Identity) -> list[str]:
        """Return what differs from another identity, a line each; `other` is the older."""
        lines = []
        if self.configuration != other.configuration:
            changed = list(_changes(other.values, self.values))
            lines += [f"configuration: {line}" for line in changed] or ["the configuration"]
        if self.processor != other.processor:
            lines.append("the processor's file or class")
        for key, digest in self.option_files.items():
            # Of a file that was named anew, the configuration tells.
            if other.option_files.get(key, digest) != digest:
                lines.append(f"the content of what {key} names")
        if self.package != other.package:
            lines.append(f"bumpcast: {other.package} then, {self.package} now")
        elif self.code != other.code:
            lines.append("the source code of bumpcast")
        return lines


@cache
def code_digest() -> str:
    """Return a digest of the installed package's Python files, but for those that only show."""
    folder = Path(bumpcast.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        if path.relative_to(folder).parts[0] in ("cli", "report"):
            continue
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class StoredPlan:
    """The file plan.json: what a results folder holds the results of.

    Attributes:
        identity: What the results depend on.
        plan: The files and their work items.
        sums_of_weights: Sum of generator weights of each data set that needed one.
    """

    identity: Identity
    plan: Plan
    sums_of_weights: Mapping[str, float]

    def write(self, folder: Path) -> None:
        """Write the file.

        Raises:
            DiskError: The disk is full.
        """
        document = {
            "identity": asdict(self.identity),
            "files": [_file_document(file) for file in self.plan.files],
            "sums_of_weights": dict(self.sums_of_weights),
        }
        write_atomically(folder / PLAN, json.dumps(document, indent=1).encode())

    @classmethod
    def read(cls, folder: Path) -> StoredPlan:
        """Read the file.

        Raises:
            ResumeError: There is none, or it is damaged.
        """
        path = folder / PLAN
        try:
            document = json.loads(path.read_text())
            files = tuple(_file_of(entry) for entry in document["files"])
            identity = Identity(**document["identity"])
            return cls(identity, Plan(files), document["sums_of_weights"])
        except FileNotFoundError:
            msg = f"{folder} holds no run to resume: there is no {PLAN}"
            raise ResumeError(msg) from None
        except (ValueError, KeyError, TypeError) as error:
            msg = f"{path} cannot be read ({error!r}); start anew with --overwrite"
            raise ResumeError(msg) from error


def reconcile(stored: StoredPlan, new: Plan) -> Plan:
    """Return the plan to resume with: the stored one, with files that have been repaired since.

    A file that cannot be surveyed now but could then keeps its work items: if they are done it is
    not needed, and otherwise they fail and are listed.

    Args:
        stored: The plan of the results folder.
        new: The plan as it would be now.

    Raises:
        ResumeError: The list of files, a file's UUID or the cuts into work items differ.
    """
    then = {file.filename: file for file in stored.plan.files}
    now = {file.filename: file for file in new.files}
    problems = [f"{name}: not in the run before" for name in now if name not in then]
    problems += [f"{name}: no longer in the run" for name in then if name not in now]
    order_then, order_now = ([(f.dataset, f.filename) for f in p.files] for p in (stored.plan, new))
    if not problems and order_then != order_now:
        problems.append("the order of the data sets or the data set of a file")
    files = []
    for name, before in then.items():
        after = now.get(name, before)
        if before.facts is None or after.facts is None:
            files.append(after if before.facts is None else before)
            continue
        if before.facts.uuid != after.facts.uuid or before.facts.entries != after.facts.entries:
            problems.append(
                f"{name}: another file (UUID {before.facts.uuid}, {before.facts.entries} entries "
                f"then, {after.facts.uuid}, {after.facts.entries} now)"
            )
        elif before.items != after.items:
            problems.append(f"{name}: cut into other work items (run.chunk_events, run.max_events)")
        files.append(replace(before, facts=after.facts))
    refuse(problems)
    return Plan(tuple(files))


def refuse(problems: list[str]) -> None:
    """Raise ResumeError if there is a problem.

    Args:
        problems: What differs, a line each.
    """
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems[:20])
        more = f"\n  and {len(problems) - 20} more" if len(problems) > 20 else ""
        msg = (
            f"the run cannot be resumed, because its partial results depend on what has "
            f"changed:\n{listed}{more}\nUndo the change, or start anew with --overwrite."
        )
        raise ResumeError(msg)


def _changes(then: Any, now: Any, key: str = "") -> Iterator[str]:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys([*then, *now]):
            if not key and name == "cluster":
                continue
            if key == "scan" and name in READING_KEYS:
                continue
            if key == "run" and name not in ("max_events", "bad_events"):
                continue
            yield from _changes(then.get(name), now.get(name), f"{key}.{name}" if key else name)
    elif then != now:
        yield f"{key}: {json.dumps(then)} then, {json.dumps(now)} now"


def _file_document(file: PlannedFile) -> dict[str, Any]:
    return {
        "dataset": file.dataset,
        "filename": file.filename,
        "facts": None if file.facts is None else asdict(file.facts),
        "edges": [item.entrystart for item in file.items[:1]] + [i.entrystop for i in file.items],
    }


def _file_of(document: dict[str, Any]) -> PlannedFile:
    dataset, filename, edges = document["dataset"], document["filename"], document["edges"]
    if document["facts"] is None:
        return PlannedFile(dataset, filename, None, ())
    facts = FileFacts(**document["facts"])
    items = tuple(
        WorkItem(dataset, filename, facts.treename, start, stop, facts.uuid)
        for start, stop in itertools.pairwise(edges)
    )
    return PlannedFile(dataset, filename, facts, items)
