"""What a Dask cluster's scheduler tells of its workers, and the report of a run that it draws."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import distributed

from bumpcast.diskio import write_atomically
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.worker import run_task

# Typed in places, and so refused by a strict check where it is not.
_plugins: Any = distributed.diagnostics.plugin

WATCH_SETTINGS: dict[str, Any] = {
    # What the report shows of each worker's Python: a hundred looks a second and a tree of them
    # each second would cost more than they tell, and fill memory on a long run.
    "distributed.worker.profile.interval": "100ms",
    "distributed.worker.profile.cycle": "10s",
    # So many tasks the report shows at the most, the last ones: a few kilobytes of memory each.
    "distributed.scheduler.dashboard.tasks.task-stream-length": 5_000,
}
_REPORT_S = 30
_TO_ALL = "all"
_TASK = run_task.__name__


class Losses:
    """Counts workers that die, and the tasks that have to be begun again for it.

    Attributes:
        lost: Workers that died; those that left in order, as at the end of their time, are none.
        redone: Tasks that a worker had begun, or whose output it had, when it went.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._redone: set[str] = set()

    @property
    def redone(self) -> int:
        """How many tasks were begun again."""
        return len(self._redone)

    def hear(self, message: Any) -> None:
        """Take note of an event of the scheduler."""
        if not isinstance(message, dict) or message.get("action") != "remove-worker":
            return
        if not message["expected"]:
            self.lost += 1
        keys = {*message["processing-tasks"], *message["lost-computed-tasks"]}
        self._redone |= {key for key in keys if key.startswith(_TASK)}


class _Listener(_plugins.SchedulerPlugin):  # type: ignore[misc]
    name = "bumpcast-losses"

    def __init__(self, losses: Losses) -> None:
        self._losses = losses

    def log_event(self, topic: str, msg: Any) -> None:
        """Pass on what is told to all."""
        if topic == _TO_ALL:
            self._losses.hear(msg)


class DaskWatch:
    """Watches a cluster.

    Args:
        client: A client of it.
        scheduler: Its scheduler, if that is in this process.
    """

    def __init__(self, client: Any, scheduler: Any = None) -> None:
        self._client = client
        self._scheduler = scheduler
        self._losses = Losses()
        if scheduler is None:
            client.subscribe_topic(_TO_ALL, lambda event: self._losses.hear(event[1]))
        else:
            # Unlike a client, a part of the scheduler is not told of each result over a socket.
            scheduler.add_plugin(_Listener(self._losses))
        # The report can only show the tasks that ended after it was first asked for.
        client.sync(client.scheduler.get_task_stream, start=0, stop=0)
        self._begun = time.time()

    @property
    def alive(self) -> int:
        """How many workers there are now."""
        if self._scheduler is not None:
            return len(self._scheduler.workers)
        return len(self._client.nthreads())

    @property
    def losses(self) -> Losses:
        """What was lost so far."""
        return self._losses

    def close(self) -> None:
        """Stop listening, before the client is closed."""
        if self._scheduler is None:
            self._client.unsubscribe_topic(_TO_ALL)

    def write_report(self, path: Path) -> None:
        """Write Dask's performance report, an HTML file that needs nothing else.

        Args:
            path: The file.

        Raises:
            BackendError: The scheduler does not answer, or cannot draw it.
            DiskError: The file cannot be written.
        """
        try:
            page: str = self._client.sync(
                self._client.scheduler.performance_report,
                start=self._begun,
                last_count=0,
                code="",
                mode="inline",
                callback_timeout=_REPORT_S,
            )
        except Exception as error:
            # Drawn by Bokeh in the scheduler, which may fail in any way of its own.
            msg = f"Dask's report could not be drawn: {type(error).__name__}: {error}"
            raise BackendError(msg) from error
        write_atomically(path, page.encode())


class Watched:
    """A back end on a Dask cluster that it watches."""

    _watch: DaskWatch

    @property
    def alive(self) -> int:
        """How many workers there are now."""
        return self._watch.alive

    @property
    def lost(self) -> int:
        """How many workers died so far."""
        return self._watch.losses.lost

    @property
    def redone(self) -> int:
        """How many tasks were begun again because their worker died."""
        return self._watch.losses.redone

    def write_report(self, path: Path) -> None:
        """Write Dask's performance report.

        Args:
            path: The file.

        Raises:
            BackendError: The scheduler does not answer, or cannot draw it.
            DiskError: The file cannot be written.
        """
        self._watch.write_report(path)
