"""The event log that HTCondor writes of a job."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_HEAD = re.compile(r"(\d{3}) \((\d+)\.(\d+)\.\d+\) (\S+) (\S+) (.*)")
_END: Final = "...\n"
_SUBMITTED, _RUNNING, _EVICTED, _ENDED = "000", "001", "004", "005"
_SHADOW_FAILED, _REMOVED, _SUSPENDED, _RESUMED = "007", "009", "010", "011"
_HELD, _RELEASED = "012", "013"
_LOST, _FOUND, _GIVEN_UP, _TRANSFER = "022", "023", "024", "040"

FINISHED: Final = ("ended", "killed", "removed")
"""States in which a job stays."""


@dataclass(frozen=True)
class Event:
    """One entry of the log.

    Attributes:
        kind: HTCondor's number of it, three digits.
        cluster: The job's number.
        process: Its number within the cluster.
        time: Of the day, as the log has it.
        title: Its first line, without number and time.
        details: Its other lines.
    """

    kind: str
    cluster: int
    process: int
    time: str
    title: str
    details: tuple[str, ...]


class LogReader:
    """Reads what is new in an event log.

    Args:
        path: The log; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new(self) -> list[Event]:
        """Return the events since the last call; one that is half written waits for the next."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                written = file.read()
        except FileNotFoundError:
            return []
        # The end mark is a line of its own.
        end = len(_END) if written.startswith(_END.encode()) else 0
        position = written.rfind(f"\n{_END}".encode())
        if position >= 0:
            end = position + 1 + len(_END)
        self._offset += end
        return parse_events(written[:end].decode(errors="replace"))


def parse_events(text: str) -> list[Event]:
    """Return the events of a log.

    Args:
        text: Whole events; what is none is passed over, as HTCondor's own readers do.
    """
    events = []
    for entry in re.split(r"^\.\.\.\n", text, flags=re.MULTILINE):
        head, *details = entry.splitlines() or [""]
        found = _HEAD.fullmatch(head)
        if found is not None:
            kind, cluster, process, _, time, title = found.groups()
            lines = tuple(line.strip() for line in details)
            events.append(Event(kind, int(cluster), int(process), time, title, lines))
    return events


@dataclass
class JobState:
    """How a job stands, by what its log says.

    Attributes:
        number: '12.0'.
        state: idle, running, suspended, held, disconnected, or one of FINISHED.
        reason: Why it is held or was removed.
        exit_code: Once it has ended; of one that was killed 128 and the signal, as shells have it.
        machine: The slot that it runs in, or ran in last.
        starts: How often it was started.
    """

    number: str
    state: str = "idle"
    reason: str | None = None
    exit_code: int | None = None
    machine: str | None = None
    starts: int = 0

    def take(self, event: Event) -> str | None:
        """Bring the state up to date and return in words what happened; None: nothing to tell."""
        if event.kind == _SUBMITTED:
            return "submitted"
        if event.kind == _RUNNING:
            self.state, self.reason = "running", None
            self.starts += 1
            self.machine = _machine(event)
            return f"runs on {self.machine}"
        if event.kind == _ENDED:
            return self._end(event)
        if event.kind == _REMOVED:
            self.state = "removed"
            self.reason = next((line for line in event.details if line), None)
            return f"removed from the queue: {self.reason or 'no reason given'}"
        if event.kind == _HELD:
            self.state = "held"
            lines = [line for line in event.details if line and not line.startswith("Code ")]
            self.reason = " ".join(lines) or "no reason given"
            return f"held: {self.reason}"
        return self._pass_by(event)

    def _end(self, event: Event) -> str:
        text = " ".join(event.details)
        code = re.search(r"return value (-?\d+)", text)
        if code is not None:
            self.state, self.exit_code = "ended", int(code[1])
            return f"ended with exit code {self.exit_code}"
        number = re.search(r"signal (\d+)", text)
        self.state = "killed"
        self.exit_code = 128 + int(number[1]) if number else 1
        return f"killed by signal {number[1]}" if number else "ended abnormally"

    def _pass_by(self, event: Event) -> str | None:
        told: dict[str, tuple[str, str]] = {
            _EVICTED: ("idle", "lost its slot and goes back to the queue"),
            _SHADOW_FAILED: ("idle", f"trouble of HTCondor: {' '.join(event.details[:1])}"),
            _SUSPENDED: ("suspended", "suspended"),
            _RESUMED: ("running", "goes on"),
            _RELEASED: ("idle", "released, and waits again"),
            _LOST: ("disconnected", "out of touch: its machine does not answer"),
            _FOUND: ("running", "in touch again"),
            _GIVEN_UP: ("idle", "its machine is given up; it goes back to the queue"),
        }
        if event.kind in told:
            self.state, words = told[event.kind]
            return words
        if event.kind == _TRANSFER and event.title.startswith("Started transferring input"):
            return "its files are sent"
        if event.kind == _TRANSFER and event.title.startswith("Started transferring output"):
            return "what it made comes back"
        return None


def _machine(event: Event) -> str:
    for line in event.details:
        if line.startswith("SlotName:"):
            return line.removeprefix("SlotName:").strip()
    return event.title.removeprefix("Job executing on host:").strip()


@dataclass
class JobStates:
    """The jobs of a log: those of the submission that came last.

    Attributes:
        jobs: By their numbers, '12.0'.
    """

    jobs: dict[str, JobState] = field(default_factory=dict)
    _cluster: int = -1

    def take(self, events: Iterable[Event]) -> list[str]:
        """Bring the states up to date and return what happened, a line each."""
        lines = []
        for event in events:
            if event.kind == _SUBMITTED and event.cluster != self._cluster:
                self._cluster = event.cluster
                self.jobs.clear()
            if event.cluster != self._cluster:
                continue
            number = f"{event.cluster}.{event.process}"
            words = self.jobs.setdefault(number, JobState(number)).take(event)
            if words is not None:
                lines.append(f"{event.time}  job {number}: {words}")
        return lines

    @property
    def all_finished(self) -> bool:
        """Whether there were jobs and none is left."""
        return bool(self.jobs) and all(job.state in FINISHED for job in self.jobs.values())

    @property
    def held(self) -> list[JobState]:
        """Those that are held."""
        return [job for job in self.jobs.values() if job.state == "held"]

    @property
    def exit_code(self) -> int:
        """The first exit code that is not 0; 1 where a job was removed; else 0."""
        codes = (
            1 if job.exit_code is None else job.exit_code
            for job in self.jobs.values()
            if job.state in FINISHED
        )
        return next((code for code in codes if code != 0), 0)


def read_states(path: Path) -> JobStates:
    """Return the jobs of a log, none if there is no log."""
    states = JobStates()
    states.take(LogReader(path).new())
    return states
