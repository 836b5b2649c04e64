"""What a test of a batch system looks at, in its words: steps, exit codes and remedies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NoReturn, TypeVar

from bumpcast.errors import BumpcastError
from bumpcast.execution.backends.site import facts

State = Literal["ok", "wrong", "not looked at"]

_Found = TypeVar("_Found")

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

SAME: Final = (
    "Give the jobs the environment that runs this: [cluster] environment, made by `bumpcast pack`, "
    "an image, or python"
)
"""What to do where the worker is not like the driver."""

REMEDIES: Final = {
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
"""What to do about a step that is wrong, where it is always the same."""


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


def step_names() -> list[str]:
    """Return what is looked at, in its order."""
    before = (COMMANDS, QUEUE, PROXY, ENVIRONMENT, LISTENING, SUBMITTED, RUNS, CONNECTED)
    worker = (*facts(), "threads", "scratch space", INPUT)
    return [*before, *worker, CALL, BANDWIDTH, ENCRYPTION, REMOVED]


class WrongError(Exception):
    """Something is wrong, and has been told: what comes after it is not looked at.

    Attributes:
        exit_code: What the test exits with.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class Steps:
    """The steps so far, each of which is told when it is done.

    Attributes:
        done: They, in their order.

    Args:
        tell: Is given each.
    """

    def __init__(self, tell: Callable[[Step], None]) -> None:
        self._tell = tell
        self.done: list[Step] = []

    def settle(self, name: str, state: State, detail: str, remedy: str = "") -> None:
        """Tell what a step came to."""
        self._add(Step(name, state, detail, remedy))

    def fail(
        self, name: str, code: int, detail: str, remedy: str = "", lines: Sequence[str] = ()
    ) -> NoReturn:
        """Tell that a step is wrong, and end the test.

        Args:
            name: What is wrong.
            code: What the test exits with.
            detail: What was found.
            remedy: What to do; empty: what is always to be done about this step.
            lines: The last lines that the job wrote.

        Raises:
            WrongError: Always.
        """
        remedy = remedy or REMEDIES.get(name, "")
        self._add(Step(name, "wrong", detail, remedy, tuple(lines)))
        raise WrongError(code)

    def attempt(self, name: str, code: int, look: Callable[[], _Found]) -> _Found:
        """Return what a call returns; where it raises an error, the step is wrong.

        Args:
            name: The step.
            code: What the test exits with where it is wrong.
            look: The call.

        Raises:
            WrongError: It is wrong.
        """
        try:
            return look()
        except BumpcastError as error:
            self.fail(name, code, str(error))

    def skip_rest(self) -> None:
        """Tell of what was not looked at since something before it is wrong."""
        told = {step.name for step in self.done}
        for name in step_names():
            if name not in told and name != REMOVED:
                self.settle(name, "not looked at", "something before it is wrong")

    def _add(self, step: Step) -> None:
        self.done.append(step)
        self._tell(step)
