"""Outputs that stay on Dask workers: there they are added up, and taken from one to the next.

Dask's own futures could hold them too. It would then compute a lost one again by itself, with
everything that went into it and without a word: a chunk that fails the second time would be
missing from a sum that says it holds it, and what a checkpoint has would be read again. Here the
run loop knows where each output lies, and decides.
"""

from __future__ import annotations

import asyncio
import itertools
import pickle
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import distributed
from distributed.core import send_recv
from distributed.utils import offload, sync

from bumpcast import store
from bumpcast.execution.addition import add_up
from bumpcast.execution.kept import Kept, LostOutputError, SumOutcome
from bumpcast.execution.mergetree import cannot_add
from bumpcast.execution.shelf import SHELF
from bumpcast.execution.worker import Job, PlacedTask, TaskOutcome, run_task

_CONNECT_S = 5.0
_AT_A_TIME = 2

_checked: set[str] = set()
"""Digests of the processors whose output was found storable on this worker."""


class DaskKeeping:
    """The workers of a cluster that keep outputs.

    Args:
        client: A client of it.
        workers: Returns the addresses of the workers there are; asked often.

    Attributes:
        needed: Addresses of the workers that keep what is still needed.
    """

    def __init__(self, client: Any, workers: Callable[[], Collection[str]]) -> None:
        self._client = client
        self._workers = workers
        self._turns = itertools.count()
        self.needed: Collection[str] = frozenset()

    @staticmethod
    def run_task(job: Job, placed: PlacedTask) -> TaskOutcome:
        """Run a task on a worker, which keeps what is large."""
        outcome = run_task(job, placed)
        if outcome.parts and job.processor.digest not in _checked:
            try:
                store.check(outcome.parts[0][1])
            except store.UnstorableError as error:
                return replace(outcome, parts=(), refused=str(error))
            _checked.add(job.processor.digest)
        address = distributed.get_worker().address
        parts = tuple((node, SHELF.keep(output, address)) for node, output in outcome.parts)
        return replace(outcome, parts=parts)

    @staticmethod
    def add_up(parts: Sequence[Any]) -> SumOutcome:
        """Add outputs up on a worker, which keeps the sum and forgets the parts."""
        worker = distributed.get_worker()
        outputs = sync(worker.loop, _gather, worker, parts)
        here = {place: output for place, (found, output) in enumerate(outputs) if found}
        if len(here) == len(parts):
            try:
                # A processor may still hold what it has returned here.
                total = add_up(list(here.values()), in_place=False)
            except Exception as error:
                # Whatever an output's own addition raises.
                return SumOutcome(refused=str(cannot_add(error)))
            return SumOutcome(SHELF.keep(total, worker.address))
        left = tuple((place, SHELF.keep(output, worker.address)) for place, output in here.items())
        return SumOutcome(is_done=False, left=left)

    def bring(self, kept: Kept) -> Any:
        """Return a copy of an output.

        Raises:
            LostOutputError: It is not there any more.
        """
        if kept.worker not in self.holders():
            msg = f"{kept.worker}, which kept an output, is gone"
            raise LostOutputError(msg)
        try:
            answers = self._client.run(_copy, kept, workers=[kept.worker], on_error="return")
        except (OSError, KeyError, ValueError) as error:
            msg = f"{kept.worker}, which kept an output, does not answer: {error}"
            raise LostOutputError(msg) from error
        data = answers.get(kept.worker)
        if not isinstance(data, bytes):
            msg = f"{kept.worker}, which kept an output, has it no more: {data}"
            raise LostOutputError(msg)
        return pickle.loads(data)  # noqa: S301 - from a worker of this run

    def place(self, output: Any) -> Any:
        """Give an output to a worker to keep; return where it is, or itself if nobody takes it."""
        workers = sorted(self.holders())
        if not workers:
            return output
        worker = workers[next(self._turns) % len(workers)]
        try:
            answers = self._client.run(_put, _dump(output), workers=[worker], on_error="return")
        except (OSError, KeyError, ValueError):
            return output
        answer = answers.get(worker)
        return output if answer is None or isinstance(answer, Exception) else answer

    def holders(self) -> Collection[str]:
        """Return the addresses of the workers there are."""
        return frozenset(self._workers())

    def need(self, workers: Collection[str]) -> None:
        """Say which workers keep what is still needed, so that none of them is let go."""
        self.needed = frozenset(workers)


async def _gather(worker: Any, parts: Sequence[Any]) -> list[tuple[bool, Any]]:
    """Return for each part whether it is there, and it."""
    # A few on their way at a time: each is there as bytes, too, until it is unpacked.
    turns = asyncio.Semaphore(_AT_A_TIME)

    async def fetch(part: Any) -> tuple[bool, Any]:
        async with turns:
            return await _fetch(worker, part)

    return list(await asyncio.gather(*(fetch(part) for part in parts)))


async def _fetch(worker: Any, part: Any) -> tuple[bool, Any]:
    if not isinstance(part, Kept):
        return True, part
    try:
        if part.shelf == SHELF.name:
            return True, SHELF.take(part)
        # One that is gone refuses connections, and Dask would try for half a minute.
        comm = await worker.rpc.connect(part.worker, timeout=_CONNECT_S)
        try:
            answer = await send_recv(
                comm, op="run", function=pickle.dumps(_hand_over), args=pickle.dumps((part,))
            )
        finally:
            worker.rpc.reuse(part.worker, comm)
    except (TimeoutError, OSError, LostOutputError):
        return False, None
    data = answer.get("result")
    if not isinstance(data, bytes):
        return False, None
    return True, await offload(pickle.loads, data)


async def _hand_over(kept: Kept) -> bytes | None:
    """Return an output as bytes and forget it; runs on the worker that keeps it."""
    try:
        output = SHELF.take(kept)
    except LostOutputError:
        return None
    return await offload(_dump, output)


async def _put(data: bytes, dask_worker: Any) -> Any:
    """Keep an output; runs on the worker that is to keep it."""
    return SHELF.keep(await offload(pickle.loads, data), dask_worker.address)


async def _copy(kept: Kept) -> bytes | None:
    """Return an output as bytes; runs on the worker that keeps it."""
    try:
        output = SHELF.look(kept)
    except LostOutputError:
        return None
    return await offload(_dump, output)


def _dump(output: Any) -> bytes:
    return pickle.dumps(output, protocol=pickle.HIGHEST_PROTOCOL)
