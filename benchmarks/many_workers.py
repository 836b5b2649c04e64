"""How many workers one client can keep busy, with a scheduler in its process as in a run.

    python benchmarks/many_workers.py [--workers 50] [--seconds 3] [--each 4] [--size 1000000]

Workers are real Dask workers, in one process of their own, each with a thread that sleeps through
its chunks. Their outputs stay with them and are added up by them, eight at a time. Shown are the
share of the workers' time that is spent in chunks, the processor time of the client and of its
scheduler for each chunk, additions included, and what follows from it: the most chunks a second.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import dask
import distributed
from merging import Memory, Stopwatch, analysis, memory

from bumpcast.execution import run

HERE = Path(__file__).parent


def processor_time() -> dict[str, float]:
    """Return the processor time of this process's threads in s, by their names."""
    found: dict[str, float] = {}
    for thread in threading.enumerate():
        stat = Path(f"/proc/self/task/{thread.native_id}/stat")
        if stat.exists():
            fields = stat.read_text().rsplit(")", 1)[1].split()
            found[thread.name] = (int(fields[11]) + int(fields[12])) / 100
    return found


class Watch(Stopwatch):
    """Takes the times of the threads from the first chunk of a run to its end."""

    def stage(self, text: str) -> None:
        super().stage(text)
        if text.startswith("reading"):
            self.before = processor_time()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self.used = {
            name: used - self.before.get(name, 0.0) for name, used in processor_time().items()
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3.0, help="that a chunk takes")
    parser.add_argument("--each", type=int, default=4, help="chunks of a worker")
    parser.add_argument("--size", type=int, default=1_000_000, help="bytes of an output")
    arguments = parser.parse_args()
    chunks = arguments.workers * arguments.each
    options = {"seconds": arguments.seconds, "size": arguments.size}
    settings = {"distributed.worker.profile.enabled": False}
    with (
        tempfile.TemporaryDirectory() as folder,
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        subprocess.Popen(
            [sys.executable, HERE / "crowd.py", cluster.scheduler_address, str(arguments.workers)],
            stdout=subprocess.PIPE,
        ) as crowd,
    ):
        assert crowd.stdout is not None
        crowd.stdout.readline()
        asleep = analysis(Path(folder), "Asleep", options, chunks, arguments.workers)
        asleep = asleep.model_copy(
            update={
                "processor": f"{HERE / 'processors' / 'asleep.py'}:Asleep",
                "cluster": asleep.cluster.model_copy(
                    update={"scheduler": cluster.scheduler_address}
                ),
            }
        )
        watch = Watch()
        try:
            with memory() as used:
                summary = run(asleep, Path(folder) / "run", executor="dask", progress=watch)
        finally:
            crowd.kill()
    assert summary.complete
    assert summary.output["chunks"] == chunks
    report(arguments.workers, chunks, arguments.seconds, watch, used)


def report(workers: int, chunks: int, seconds: float, watch: Watch, used: Memory) -> None:
    ideal = chunks * seconds / workers
    main_thread, scheduler = watch.used["MainThread"], watch.used["IO loop"]
    other = sum(watch.used.values()) - main_thread - scheduler
    print(f"{chunks:,} chunks of {seconds:g} s on {workers} workers: {watch.seconds:.1f} s")
    print(f"chunks a second                                {chunks / watch.seconds:10.1f}")
    print(f"workers' time spent in chunks                  {ideal / watch.seconds:10.1%}")
    print(f"run loop, ms a chunk                           {1000 * main_thread / chunks:10.2f}")
    print(f"scheduler and Dask's client, ms a chunk        {1000 * scheduler / chunks:10.2f}")
    print(f"other threads, ms a chunk                      {1000 * other / chunks:10.2f}")
    busy = sum(watch.used.values())
    print(f"most chunks a second of one core               {chunks / busy:10.0f}")
    print(f"client's memory, GiB                           {max(used.client):10.2f}")


if __name__ == "__main__":
    main()
