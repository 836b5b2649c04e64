"""One plain HTCondor job in a folder of its own: write its files, submit it, follow it."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from bumpcast.batch.condor import check_condor, describe_jobs
from bumpcast.batch.errors import BatchError
from bumpcast.batch.submit_files import ERROR, LOG, OUTPUT, SCRIPT, SUBMIT, JobFiles, render
from bumpcast.batch.submit_log import JobState, JobStates, LogReader

JOBS: Final = Path("jobs")
"""Where the folders of jobs are."""
HELD_CODE: Final = 75
"""What following ends with where the job is held; EX_TEMPFAIL."""

_TIMEOUT_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.5
_ASK_AFTER_S: Final = 20.0
_ASK_EVERY_S: Final = 60.0
_TAIL_LINES: Final = 20


@dataclass(frozen=True)
class JobFolder:
    """The files of a job.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def submit_file(self) -> Path:
        """What HTCondor is asked for."""
        return self.path / SUBMIT

    @property
    def script(self) -> Path:
        """What the job runs."""
        return self.path / SCRIPT

    @property
    def log(self) -> Path:
        """HTCondor's events of the job."""
        return self.path / LOG

    @property
    def output(self) -> Path:
        """The job's standard output."""
        return self.path / OUTPUT

    @property
    def error(self) -> Path:
        """The job's standard error."""
        return self.path / ERROR

    def last_words(self, lines: int = _TAIL_LINES) -> list[str]:
        """Return the last lines of the job's standard error."""
        try:
            return self.error.read_text(errors="replace").rstrip().splitlines()[-lines:]
        except FileNotFoundError:
            return []


def make_folder(folder: Path | None, name: str) -> Path:
    """Make the folder of a job and return its absolute path.

    Args:
        folder: It, if it was named; absent: jobs/NAME-N with the first N that is free.
        name: What the job is called.

    Raises:
        BatchError: The folder holds something, or cannot be made.
    """
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                msg = f"the folder {folder} holds something already: name another for the job"
                raise BatchError(msg)
            return folder.absolute()
        JOBS.mkdir(exist_ok=True)
        for number in itertools.count(1):
            made = JOBS / f"{name}-{number}"
            try:
                made.mkdir()
            except FileExistsError:
                continue
            return made.absolute()
    except OSError as error:
        msg = f"the job's folder cannot be made: {error}"
        raise BatchError(msg) from error
    raise AssertionError


def write_job(job: JobFiles, folder: Path) -> JobFolder:
    """Write the submit file and the script of a job.

    Args:
        job: What they say.
        folder: An empty folder, absolute; removed again where they cannot be written.

    Raises:
        JobFileError: A name or a directive cannot be said in a submit file.
        BatchError: They cannot be written.
    """
    try:
        for name, text in render(job, folder).items():
            (folder / name).write_text(text)
        (folder / SCRIPT).chmod(0o755)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            msg = f"the job's files cannot be written: {error}"
            raise BatchError(msg) from error
        raise
    return JobFolder(folder)


def submit(folder: JobFolder) -> str:
    """Submit a job and return its number, such as '12.0'.

    Raises:
        BatchError: There is no condor_submit, the queue does not answer, or refuses the job.
    """
    check_condor()
    command = ["condor_submit", "-terse", str(folder.submit_file)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        msg = f"condor_submit gives no answer: {error}. See with condor_q whether the job is there."
        raise BatchError(msg) from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        msg = f"HTCondor refuses the job that {folder.submit_file} describes: {said}"
        raise BatchError(msg)
    return done.stdout.split()[0]


class Listener(Protocol):
    """Whoever wants to know what happens to a job."""

    def happened(self, line: str) -> None:
        """Take a line on what happened."""

    def wrote(self, data: bytes, *, error: bool) -> None:
        """Take what the job wrote to its standard output or error."""


def follow(
    folder: JobFolder, listener: Listener, *, ask_after_s: float = _ASK_AFTER_S
) -> JobStates:
    """Follow a job until it has ended, was removed, or is held.

    HTCondor's event log says how it stands. The queue is asked only of a job that does not start.

    Args:
        folder: Of a job that was submitted.
        listener: Told what happens.
        ask_after_s: When to ask the queue of a job that does not start, in seconds.

    Raises:
        BatchError: The job was never submitted.
    """
    if not folder.log.exists():
        if folder.submit_file.exists():
            submitting = f"condor_submit {folder.submit_file}"
            msg = f"the job in {folder.path} was never submitted, which {submitting} would do"
        else:
            msg = f"{folder.path} is no folder of a job: it has no {SUBMIT}"
        raise BatchError(msg)
    log = LogReader(folder.log)
    outputs = (_Tail(folder.output), _Tail(folder.error))
    states = JobStates()
    ask_at = time.monotonic() + ask_after_s
    told = ""
    while True:
        for line in states.take(log.new()):
            listener.happened(line)
        waiting = [job for job in states.jobs.values() if job.state == "idle" and not job.starts]
        if waiting and time.monotonic() > ask_at:
            ask_at = time.monotonic() + _ASK_EVERY_S
            answer = _ask(waiting[0])
            if answer != told:
                told = answer
                listener.happened(answer)
        # What the job writes before its last event was written before this.
        done = states.all_finished or bool(states.held)
        for tail, error in zip(outputs, (False, True), strict=True):
            data = tail.new()
            if data:
                listener.wrote(data, error=error)
        if done:
            return states
        time.sleep(_LOOK_EVERY_S)


def _ask(job: JobState) -> str:
    """Ask the queue why a job does not start; the log has nothing of one submitted on hold."""
    try:
        answer = describe_jobs([job.number])
    except BatchError as error:
        return str(error)
    held = answer.removeprefix(f"job {job.number}: held")
    if held != answer:
        job.state, job.reason = "held", held.removeprefix(": ") or "no reason given"
        return answer
    return f"{answer}; no slot so far. Why: condor_q -better-analyze {job.number}"


class _Tail:
    """Reads what is new in a file that a job writes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                # A job that starts again begins its file anew.
                if file.seek(0, 2) < self._offset:
                    self._offset = 0
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return b""
        self._offset += len(data)
        return data
