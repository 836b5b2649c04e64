"""Outputs that are not here: they stay on the worker that made them until they are needed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bumpcast.errors import BumpcastError

if TYPE_CHECKING:  # a back end's name is known before what takes long to import is
    from bumpcast.execution.worker import Job, PlacedTask, TaskOutcome


class LostOutputError(BumpcastError):
    """An output is no longer where it was, mostly because its worker is gone."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an output lies.

    Attributes:
        worker: Address of the worker.
        shelf: Name of its process's shelf, since another process may get the address.
        number: Its place on the shelf.
        nbytes: Its memory, about.
    """

    worker: str
    shelf: str
    number: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class SumOutcome:
    """What became of an addition on a worker.

    Attributes:
        output: The sum, or where it lies.
        is_done: Whether there is a sum. If not, parts were lost.
        left: Without a sum, the parts that are still there by their place in the call; those that
            are not named are lost.
        refused: Why the parts cannot be added; empty: they can.
    """

    output: Any = None
    is_done: bool = True
    left: tuple[tuple[int, Any], ...] = ()
    refused: str = ""


class Keeping(Protocol):
    """How a back end's workers keep outputs and add them up."""

    def run_task(self, job: Job, placed: PlacedTask) -> TaskOutcome:
        """Run a task on a worker, which keeps what is large."""

    def add_up(self, parts: Sequence[Any]) -> SumOutcome:
        """Add outputs up on a worker, which keeps the sum and forgets the parts."""

    def bring(self, kept: Kept) -> Any:
        """Return a copy of an output.

        Raises:
            LostOutputError: It is not there any more.
        """

    def place(self, output: Any) -> Any:
        """Give an output to a worker to keep; return where it is, or itself if nobody takes it."""

    def holders(self) -> Collection[str]:
        """Return the addresses of the workers there are."""

    def need(self, workers: Collection[str]) -> None:
        """Say which workers keep what is still needed, so that none of them is let go.

        Args:
            workers: Their addresses.
        """
