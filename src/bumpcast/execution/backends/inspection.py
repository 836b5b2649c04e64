"""Looking at every worker that comes to a Dask cluster."""

from __future__ import annotations

import pkgutil
import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bumpcast.execution.backends.site import Check, facts, judge, look_around

_PRIORITY: Final = 1_000_000
"""A worker is looked at before it is given other work."""

_WHAT_IS_CALLED: Final = f"{look_around.__module__}:{look_around.__qualname__}.__name__"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found on one worker.

    Attributes:
        address: The worker's.
        machine: Name of its machine; empty: it could not say.
        checks: What was looked at.
    """

    address: str
    machine: str
    checks: tuple[Check, ...]

    @property
    def problems(self) -> tuple[Check, ...]:
        """What is not right."""
        return tuple(check for check in self.checks if not check.passed)

    def __str__(self) -> str:
        return "; ".join(check.detail for check in self.problems)


class Inspections:
    """Looks at each worker once.

    Args:
        client: A client of the Dask cluster.
        inputs: Files that the work will read.
    """

    def __init__(self, client: Any, inputs: Sequence[str]) -> None:
        self._client = client
        self._inputs = tuple(inputs)
        self._here = facts()
        self._asked: dict[str, Any] = {}
        self._judged: set[str] = set()
        self._unreached: Counter[str] = Counter()
        self._answer = threading.Event()

    @property
    def waiting(self) -> bool:
        """Whether a worker has been asked and has not answered."""
        return bool(self._asked)

    @property
    def unreached(self) -> Mapping[str, int]:
        """How often each worker that is there could not be connected to, by its address."""
        return self._unreached

    def look(self, workers: Collection[str], patience_s: float = 0.0) -> list[Inspection]:
        """Ask the workers that are new, and return what those that have answered found.

        Args:
            workers: Addresses of the workers that there are.
            patience_s: How long to wait for the first answer, in seconds.
        """
        for address in set(self._asked) - set(workers):
            del self._asked[address]
        self._judged &= set(workers)
        for address in set(self._unreached) - set(workers):
            del self._unreached[address]
        new = [one for one in workers if one not in self._asked and one not in self._judged]
        strangers = self._ask(new)
        if patience_s and self._asked:
            self._answer.wait(patience_s)
        self._answer.clear()
        answered = [address for address, asked in self._asked.items() if asked.done()]
        self._judged.update(answered)
        return strangers + [self._judge(address, self._asked.pop(address)) for address in answered]

    def forget(self) -> None:
        """Drop every question that is open."""
        self._asked.clear()

    def _ask(self, workers: Sequence[str]) -> list[Inspection]:
        """Ask workers what they find; return those that are of other code."""
        if not workers:
            return []
        # A worker that cannot unpickle a call ends, and not all are ours to end. So each is first
        # asked whether it has what it is going to be called with, by means of Python alone.
        answers = self._client.run(
            pkgutil.resolve_name, _WHAT_IS_CALLED, workers=list(workers), on_error="return"
        )
        strangers = []
        for address, answer in answers.items():
            if isinstance(answer, OSError):
                # It has just gone, or this machine does not reach it.
                self._unreached[address] += 1
                continue
            self._unreached.pop(address, None)
            if isinstance(answer, Exception):
                self._judged.add(address)
                strangers.append(_stranger(address, answer))
                continue
            asked = self._client.submit(
                look_around,
                self._inputs,
                workers=[address],
                allow_other_workers=False,
                pure=False,
                priority=_PRIORITY,
            )
            self._asked[address] = asked
            asked.add_done_callback(lambda _: self._answer.set())
        return strangers

    def _judge(self, address: str, asked: Any) -> Inspection:
        try:
            found = asked.result()
            return Inspection(address, found.machine, tuple(judge(self._here, found)))
        except Exception as error:
            # Whatever Python, the packages or the network have met there.
            return _stranger(address, error)


def _stranger(address: str, error: Exception) -> Inspection:
    why = f"it cannot run this package's code: {type(error).__name__}: {error}"
    return Inspection(address, "", (Check("the code of bumpcast", False, why),))
