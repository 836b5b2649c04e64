"""What adding up on the workers costs, against chunks that take two seconds and against coffea.

    python benchmarks/merging.py [--chunks 2000] [--seconds 2] [--workers 2] [--weights]
    python benchmarks/merging.py --compare
    python benchmarks/merging.py --empty 20000

The first runs a scan of 40 000 histograms through `bumpcast.execution.run` on dask-local: every
chunk is 100 000 synthetic events of its own, which take part of the two seconds to scan; the rest
is slept away. Shown are the share of the wall clock that is not chunks, and the most memory that
any process held. Targets: 15 % and 1.5 GiB.

`--compare` hands the same ready-made content to coffea's DaskExecutor, as dense arrays and as a
dict of hist.Hist, on the same Dask cluster, in the same run. Shown is the wall clock a chunk and
its ratio to ours. Targets: 5 and 20.

`--empty` runs an empty processor over many chunks. Shown are the client's processor time a chunk
and its memory along the way. Target: 5 ms and flat. Dask's scheduler is a thread of the client.
"""

from __future__ import annotations

import argparse
import functools
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import distributed
import forms
import psutil
from coffea.processor import DaskExecutor

from bumpcast.config import Analysis
from bumpcast.execution import run
from bumpcast.execution.progress import Silent

HERE = Path(__file__).parent
FILE = HERE.parent / "data" / "quickstart" / "ttbar.root"
EVENTS = 1800
GIBI = 2.0**30
MEGA = 1e6


def analysis(
    folder: Path, processor: str, options: dict[str, Any], chunks: int, workers: int
) -> Analysis:
    """Return a run of so many chunks, of one event of a real file each."""
    copies = -(-chunks // EVENTS)
    for number in range(copies):
        shutil.copy(FILE, folder / f"{number:03d}.root")
    return Analysis.model_validate(
        {
            "name": "merging",
            "processor": f"{HERE / 'processors' / 'chunks.py'}:{processor}",
            "options": options,
            "formats": {"atlas": {"kind": "delphes", "b_tag_bit": 0, "weight": "Event.Weight"}},
            "datasets": {
                "all": {"files": [f"{folder}/*.root"], "format": "atlas", "kind": "background"}
            },
            "normalisation": {"mode": "raw"},
            "run": {
                "chunk_events": 1,
                "max_events": chunks,
                "workers": workers,
                "executor": "dask-local",
            },
        }
    )


class Memory(threading.Thread):
    """Watches the resident memory of this process and its children."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.client: list[float] = []
        self.most_of_a_worker = 0.0
        self._end = threading.Event()

    def run(self) -> None:
        me = psutil.Process()
        while not self._end.wait(0.25):
            self.client.append(me.memory_info().rss / GIBI)
            for child in me.children(recursive=True):
                try:
                    self.most_of_a_worker = max(
                        self.most_of_a_worker, child.memory_info().rss / GIBI
                    )
                except psutil.NoSuchProcess:
                    continue

    def stop(self) -> None:
        self._end.set()
        self.join()


@contextmanager
def memory() -> Iterator[Memory]:
    watch = Memory()
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def scan(
    chunks: int, seconds: float, workers: int, events: int, states: int, weights: bool
) -> None:
    options = {"seconds": seconds, "events": events, "states": states, "weights": weights}
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        # Compiles.
        run(analysis(files, "Scanned", options | {"seconds": 0.0}, 2, 1), files / "small")
        with memory() as watch:
            started = time.monotonic()
            summary = run(analysis(files, "Scanned", options, chunks, workers), files / "whole")
            wall = time.monotonic() - started
        size = sum(path.stat().st_size for path in (files / "whole").rglob("*"))
    total = summary.output["all"]
    assert summary.complete
    at_least = chunks * seconds / workers
    print(f"{chunks} chunks of {events:,} events and {seconds:g} s on {workers} workers")
    print(f"histograms in the sum                {total.n_histograms:12,d}")
    print(f"cells in the sum                     {len(total.codes):12,d}")
    print(f"the sum in memory, MB                {total.nbytes / MEGA:12.0f}")
    print(f"results folder, MB                   {size / MEGA:12.0f}")
    print(f"wall clock, s                        {wall:12.1f}")
    print(f"of it chunks, s                      {at_least:12.1f}")
    share = (wall - at_least) / wall
    print(f"all else, also start and end         {share:12.1%}   target < 15 %")
    print(f"most memory of a worker, GiB         {watch.most_of_a_worker:12.2f}   target < 1.5")
    print(f"most memory of the client, GiB       {max(watch.client):12.2f}   target < 1.5")


def run_empty(chunks: int, workers: int) -> None:
    with tempfile.TemporaryDirectory() as folder, memory() as watch:
        started, before = time.monotonic(), time.process_time()
        empty = analysis(Path(folder), "Empty", {}, chunks, workers)
        summary = run(empty, Path(folder) / "run")
        wall, used = time.monotonic() - started, time.process_time() - before
    assert summary.complete
    print(f"{chunks:,} empty chunks on {workers} workers: {wall:.1f} s")
    print(f"wall clock a chunk, ms               {1000 * wall / chunks:12.2f}")
    print(f"client's processor time a chunk, ms  {1000 * used / chunks:12.2f}   target < 5")
    for part in (0.1, 0.25, 0.5, 0.75, 1.0):
        place = min(int(part * len(watch.client)), len(watch.client) - 1)
        print(f"client's memory after {part:4.0%}, GiB      {watch.client[place]:12.3f}")


class Stopwatch(Silent):
    """Takes the time from the first chunk of a run to its end."""

    def stage(self, text: str) -> None:
        if text.startswith("reading"):
            self.started = time.monotonic()

    def __exit__(self, *error: object) -> None:
        self.seconds = time.monotonic() - self.started


def compare(workers: int, events: int, states: int, weights: bool) -> None:
    options = {"events": events, "states": states, "weights": weights}
    chunks = 400
    with tempfile.TemporaryDirectory() as folder:
        watch = Stopwatch()
        prepared = analysis(Path(folder), "Prepared", options, chunks, workers)
        summary = run(prepared, Path(folder) / "run", progress=watch)
    assert summary.complete
    total = summary.output["all"]
    ours = watch.seconds / chunks
    entries = int(total.counts.sum())
    print(f"{total.n_histograms:,} histograms, {workers} workers; wall clock a chunk")
    print(f"bumpcast, sparse               {1000 * ours:10.1f} ms of {chunks} chunks", flush=True)
    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.run(sys.path.insert, 0, str(HERE))
        for name, form, count, target in (
            ("dense arrays", forms.dense, 60, 5),
            ("dict of hist.Hist", forms.histograms, 8, 20),
        ):
            # Made beforehand, so that only the adding up is timed.
            client.run(forms.make_all, form, events, states, weights)
            function = functools.partial(form, events=events, states=states, weights=weights)
            executor = DaskExecutor(client=client, status=False)
            started = time.monotonic()
            output, _ = executor(list(range(count)), function, None)
            theirs = (time.monotonic() - started) / count
            found = forms.entries(output)
            per_chunk = entries / chunks
            assert abs(found / count - per_chunk) < 0.01 * per_chunk, (found, entries)
            print(
                f"coffea, {name:22s} {1000 * theirs:10.1f} ms of {count} chunks: "
                f"{theirs / ours:6.1f} times ours   target {target}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=2.0, help="that a chunk takes")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--events", type=int, default=100_000, help="of a chunk")
    parser.add_argument("--states", type=int, default=115, help="how many final states")
    parser.add_argument("--weights", action="store_true", help="random weights")
    parser.add_argument("--compare", action="store_true", help="compare with coffea")
    parser.add_argument("--empty", type=int, metavar="CHUNKS", help="only empty chunks")
    arguments = parser.parse_args()
    if arguments.empty:
        run_empty(arguments.empty, arguments.workers)
    elif arguments.compare:
        compare(arguments.workers, arguments.events, arguments.states, arguments.weights)
    else:
        scan(
            arguments.chunks,
            arguments.seconds,
            arguments.workers,
            arguments.events,
            arguments.states,
            arguments.weights,
        )


if __name__ == "__main__":
    main()
