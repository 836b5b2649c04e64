"""Many Dask workers in one process, for benchmarks/many_workers.py; they read no events."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import dask
import distributed

from bumpcast.datasets.workitem import WorkItem
from bumpcast.execution import worker
from bumpcast.execution.backends import site


class NoEvents:
    """Stands for the events of a work item."""

    def __init__(self, item: WorkItem, *_arguments: Any, **_options: Any) -> None:
        self.item = item
        self.metadata: dict[str, Any] = {"dataset": item.dataset}

    def __len__(self) -> int:
        return len(self.item)


async def crowd(address: str, workers: int) -> None:
    """Join a scheduler with so many workers of one thread each, until it ends."""
    worker.open_events = NoEvents
    looked_up = site.facts()  # once for all: two hundred at a time in one process take minutes
    site.facts = lambda: looked_up
    options = {"nthreads": 1, "dashboard": False, "memory_limit": 0, "host": "127.0.0.1"}
    joined = [distributed.Worker(address, **options) for _ in range(workers)]
    await asyncio.gather(*joined)
    print("ready", flush=True)
    await asyncio.gather(*(one.finished() for one in joined))


if __name__ == "__main__":
    # What a worker does every half second costs more in a process with thousands of open files.
    settings = {
        "distributed.worker.profile.enabled": False,
        "distributed.admin.system-monitor.interval": "60s",
        "distributed.admin.tick.interval": "1s",
    }
    logging.getLogger("distributed").setLevel(logging.WARNING)
    with dask.config.set(settings):
        asyncio.run(crowd(sys.argv[1], int(sys.argv[2])))
