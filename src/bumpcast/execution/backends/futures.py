"""Processes of this machine, each with a pipe of its own.

Unlike the standard library's pool, which breaks as a whole when one process is killed and cannot
say which call it was, each call here is known to be in one process: when that dies, its first call
is to blame, the ones that wait behind it are handed to others, and a new process takes its place.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import Any

import cloudpickle

from bumpcast.execution.backends.base import (
    MOST_DEATHS,
    BackendError,
    CallError,
    WorkerDiedError,
)
from bumpcast.execution.backends.forkserver import start_server

_logger = logging.getLogger(__name__)

_QUEUED = 2
"""Calls at a worker: one that runs and one that waits, so that the driver may be busy meanwhile."""
_MOST_QUEUED_BYTES = 1 << 16
"""A longer call waits for an idle worker: sending it to one that is itself sending could block."""
_STOP_S = 5.0


@dataclass(slots=True, eq=False)
class _Call:
    """A call and where its result goes."""

    future: Future[Any]
    payload: bytes
    deaths: int = 0


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, the driver's end of its pipe, and the calls that it was handed, in order."""

    process: BaseProcess
    pipe: connection.Connection
    ready: bool = False
    calls: deque[_Call] = field(default_factory=deque)


class FuturesBackend:
    """A pool of processes on this machine.

    Args:
        workers: How many.
    """

    name = "futures"
    keeping = None
    notes = ()

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.capacity = workers * _QUEUED
        self._context = multiprocessing.get_context("forkserver")
        self._pending: deque[_Call] = deque()
        self._workers: list[_Worker] = []
        self._stillborn = 0
        self.lost = 0
        self.redone = 0
        try:
            for _ in range(workers):
                self._workers.append(self._start())
        except OSError as error:
            self.close(now=True)
            msg = f"a worker process cannot be started: {error}"
            raise BackendError(msg) from error

    @property
    def alive(self) -> int:
        """How many processes are there and ready."""
        return sum(worker.ready for worker in self._workers)

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Hand in a call."""
        future: Future[Any] = Future()
        self._pending.append(_Call(future, cloudpickle.dumps((call, arguments))))
        self._hand_out()
        return future

    def wait(self, futures: Collection[Future[Any]], timeout: float) -> set[Future[Any]]:
        """Return those that are done, after at most so many seconds."""
        done = {future for future in futures if future.done()}
        if done:
            return done
        # A worker alone holds its end of the pipe, so its death is the pipe's end. (The process's
        # own sentinel also ends when the server that forks the workers does, on a SIGTERM to all.)
        heard = set(connection.wait([worker.pipe for worker in self._workers], timeout))
        for worker in [worker for worker in self._workers if worker.pipe in heard]:
            self._listen(worker)
        self._hand_out()
        return {future for future in futures if future.done()}

    def close(self, *, now: bool = False) -> None:
        """End every worker; no process is left behind."""
        for worker in self._workers:
            # A worker ends by itself when its pipe does.
            worker.pipe.close()
            if now:
                worker.process.kill()
        for worker in self._workers:
            worker.process.join(_STOP_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.process.close()
        self._workers.clear()
        self._pending.clear()

    def _start(self) -> _Worker:
        mine, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        start_server()
        process.start()
        # Only the worker may hold its end, or its death could not be heard.
        theirs.close()
        return _Worker(process, mine)

    def _hand_out(self) -> None:
        for queued in range(1, _QUEUED + 1):
            for worker in self._workers:
                if not self._pending or not worker.ready or len(worker.calls) >= queued:
                    continue
                if not worker.calls or len(self._pending[0].payload) <= _MOST_QUEUED_BYTES:
                    call = self._pending.popleft()
                    worker.calls.append(call)
                    # A worker that died meanwhile is noticed by `wait`, which has its calls.
                    with contextlib.suppress(OSError):
                        worker.pipe.send_bytes(call.payload)

    def _listen(self, worker: _Worker) -> None:
        try:
            while worker.pipe.poll():
                message = worker.pipe.recv_bytes()
                if not worker.ready:
                    worker.ready = True
                    self._stillborn = 0
                    continue
                _settle(worker.calls.popleft().future, message)
        except (EOFError, OSError):
            self._bury(worker)

    def _bury(self, worker: _Worker) -> None:
        worker.process.join(_STOP_S)
        how = _how_it_ended(worker.process)
        _logger.warning("worker process %s ended: %s", worker.process.pid, how)
        worker.pipe.close()
        place = self._workers.index(worker)
        del self._workers[place]
        self.lost += 1
        if not worker.ready:
            self._stillborn += 1
            if self._stillborn >= MOST_DEATHS:
                msg = (
                    f"worker processes end before they are ready: {how}. In a script of your own, "
                    f"call run() under `if __name__ == '__main__':`"
                )
                raise BackendError(msg)
        guilty = worker.calls.popleft() if worker.calls else None
        self._pending.extendleft(reversed(worker.calls))
        if guilty is not None:
            guilty.deaths += 1
            if guilty.deaths < MOST_DEATHS:
                self._pending.appendleft(guilty)
                self.redone += 1
            else:
                msg = f"its worker process died {guilty.deaths} times; the last one {how}"
                guilty.future.set_exception(WorkerDiedError(msg))
        try:
            self._workers.insert(place, self._start())
        except (OSError, EOFError) as error:
            msg = f"no new worker process can be started: {error}"
            raise BackendError(msg) from error


def _how_it_ended(process: BaseProcess) -> str:
    code = process.exitcode
    if code is None or code >= 0:
        return f"exited with code {code}"
    name = signal.Signals(-code).name
    hint = ", as the kernel does when memory runs out" if name == "SIGKILL" else ""
    return f"was ended by {name}{hint}"


def _settle(future: Future[Any], message: bytes) -> None:
    try:
        # The bytes come from a process that this one started, over a pipe of its own.
        succeeded, value = pickle.loads(message)  # noqa: S301
    except Exception as error:
        # Unpickling runs the reconstructors of any class.
        msg = f"its output cannot be unpickled: {_named(error)}"
        future.set_exception(CallError(msg))
        return
    if succeeded:
        future.set_result(value)
    else:
        future.set_exception(CallError(value))


def _serve(pipe: connection.Connection) -> None:
    """Answer calls until the pipe ends: the worker's whole life."""
    # Ctrl-C reaches every process of the terminal, and a batch system's SIGTERM every process of
    # the job; only the driver decides what they mean.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_driver, daemon=True).start()
    try:
        pipe.send_bytes(b"ready")
        while True:
            pipe.send_bytes(_answer(pipe.recv_bytes()))
    except (EOFError, OSError):
        return


def _answer(payload: bytes) -> bytes:
    try:
        call, arguments = pickle.loads(payload)  # noqa: S301
    except Exception as error:
        # Unpickling imports modules, which fail in their own ways.
        return pickle.dumps((False, f"its arguments cannot be unpickled: {_named(error)}"))
    try:
        answer: bytes = cloudpickle.dumps((True, call(*arguments)), protocol=5)
    except Exception as error:
        # The call itself never raises: an output that does not pickle does, in its own way.
        return pickle.dumps((False, f"its output cannot be pickled: {_named(error)}"))
    return answer


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _end_with_driver() -> None:
    """End this process, whatever it does, as soon as the driver is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
