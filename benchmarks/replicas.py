"""What it costs to draw a scan of 40 000 histograms again, as ratios to one scan in one run.

    python benchmarks/replicas.py [--events 100000] [--chunks 8] [--states 115] [--replicas 100]

The same synthetic objects are scanned once, counts only, and filled in many replicas: whole steps,
from awkward lists of objects to outputs added up, chunk by chunk and eight outputs at a time, as a
run adds them. Two scans are timed beside it: the nominal one, which fills every histogram there is,
and the nominal one with the multiplicities of a single replica, which is what each replica would
cost without a kernel of its own. In the first case the replicas fill what the usual rule keeps of
these events; in the second 60 bins from the maximum on of every histogram with an entry in them,
which no rule would keep, but which are 40 000 histograms.

One replica out of ten is compared with the nominal scan of its multiplicities, bin by bin. Times
are the least of the rounds, in processor seconds of one thread, so that other programs on the
machine disturb them little. Reading events and making objects is left out of both: it would add
the same to each, and lower the ratio.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bumpcast.config.binning import BinningConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.massscan import KeepRule, ScanDelta, Scanner
from bumpcast.massscan.binning.binning import Binning
from bumpcast.massscan.binning.edges import shared_edges
from bumpcast.massscan.naming.observable import MASK_SHIFT
from bumpcast.massscan.replicas.counts import ReplicaCounts
from bumpcast.massscan.replicas.drawing import draw_replicas
from bumpcast.massscan.replicas.filler import ReplicaFiller
from bumpcast.massscan.replicas.windows import Windows
from bumpcast.massscan.results.keep import search_ranges

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "massscan"))
from replica_reference import plain_counts
from synthetic import random_objects

AT_ONCE = 8
TARGET = 25.0


def seconds(function: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """Return the least time in seconds, and what the function returned then."""
    best, kept = float("inf"), None
    for _ in range(rounds):
        start = time.thread_time()
        result = function()
        used = time.thread_time() - start
        if used < best:
            best, kept = used, result
    return best, kept


def windows_of(total: ScanDelta, binning: BinningConfig, everything: bool) -> Windows:
    """Return what replicas fill."""
    last = shared_edges(total.observables, Binning(binning)).last_bins
    rule = KeepRule()
    found = search_ranges(total, last, rule)
    of_objects = total.observables >> MASK_SHIFT > 0
    if everything:
        rows = np.flatnonzero(of_objects & (found.entries > 0))
        first = np.maximum(found.first[rows], 1)
        bins = np.minimum(60, last[rows] - first + 1)
    else:
        kept = (found.range_entries >= rule.min_events) & (found.bins > rule.min_bins)
        rows = np.flatnonzero(of_objects & kept)
        first, bins = found.first[rows], found.bins[rows]
    return Windows(total.states[rows], total.observables[rows], first, bins)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000, help="of a chunk")
    parser.add_argument("--chunks", type=int, default=8)
    parser.add_argument("--states", type=int, default=115, help="how many final states")
    parser.add_argument("--replicas", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=50, help="replicas of a pass")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    scan, binning = ScanConfig(), BinningConfig(detector="atlas")
    scanner = Scanner(scan, binning)
    events = arguments.events
    chunks = [random_objects(events, seed, arguments.states) for seed in range(arguments.chunks)]
    entries = [np.arange(number * events, (number + 1) * events) for number in range(len(chunks))]
    means = np.ones(events)

    def nominal() -> ScanDelta:
        deltas = [scanner.fill(objects) for objects in chunks]
        return ScanDelta.sum_of(
            [ScanDelta.sum_of(deltas[i : i + AT_ONCE]) for i in range(0, len(deltas), AT_ONCE)]
        )

    def one_by_one() -> ScanDelta:
        drawn = draw_replicas(means, 1, "f", entries[0], 0, 1)[:, 0].astype(np.int64)
        return scanner.fill(chunks[0], multiplicities=drawn)

    nominal()
    one_by_one()
    whole, total = seconds(nominal, arguments.rounds)
    single, _ = seconds(one_by_one, arguments.rounds)
    print(
        f"{len(chunks)} chunks of {events:,} events; one scan fills {total.n_histograms:,} "
        f"histograms with {int(total.counts.sum()):,} entries in {whole:.2f} s"
    )
    print(
        f"{arguments.replicas} scans of their multiplicities would cost about "
        f"{arguments.replicas * single * len(chunks) / whole:.0f} times one\n"
    )
    for everything in (False, True):
        windows = windows_of(total, binning, everything)
        filler = ReplicaFiller(scan, binning, windows)

        def replicas(
            filler: ReplicaFiller = filler,
        ) -> tuple[list[ReplicaCounts], dict[str, float]]:
            outputs = []
            steps = dict.fromkeys(("draw", "fill", "add"), 0.0)
            for first in range(0, arguments.replicas, arguments.at_once):
                number = min(arguments.at_once, arguments.replicas - first)
                sums: list[ReplicaCounts] = []
                parts: list[ReplicaCounts] = []
                for objects, of_chunk in zip(chunks, entries, strict=True):
                    start = time.thread_time()
                    drawn = draw_replicas(means, 1, "f", of_chunk, first, number)
                    middle = time.thread_time()
                    parts.append(filler.fill(objects, drawn))
                    end = time.thread_time()
                    steps["draw"] += middle - start
                    steps["fill"] += end - middle
                    if len(parts) == AT_ONCE or of_chunk is entries[-1]:
                        sums.append(ReplicaCounts.sum_of(parts))
                        parts = []
                    steps["add"] += time.thread_time() - end
                start = time.thread_time()
                outputs.append(ReplicaCounts.sum_of(sums))
                steps["add"] += time.thread_time() - start
            return outputs, steps

        replicas()
        used, (outputs, steps) = seconds(replicas, arguments.rounds)
        size = sum(one.nbytes for one in outputs)
        for replica in range(0, arguments.replicas, 10):
            drawn = [draw_replicas(means, 1, "f", part, replica, 1) for part in entries]
            if replica and everything:
                break  # the plain way through 40 000 histograms takes minutes
            expected = sum(
                plain_counts(scanner, objects, one, windows)
                for objects, one in zip(chunks, drawn, strict=True)
            )
            output = outputs[replica // arguments.at_once]
            found = output.dense(0, windows.cells)[:, replica % arguments.at_once]
            np.testing.assert_array_equal(found, expected[:, 0])
        what = "60 bins of every histogram" if everything else "what the rule keeps"
        print(f"{what}: {len(windows):,} histograms, {windows.cells:,} bins")
        print(
            f"  {arguments.replicas} replicas, {arguments.at_once} a pass: {used:.2f} s "
            f"(draw {steps['draw']:.2f}, sort and fill {steps['fill']:.2f}, add "
            f"{steps['add']:.2f}), {size / 1e6:.0f} MB"
        )
        print(f"  over one scan              {used / whole:10.1f}     < {TARGET:.0f}")
    print("\nreplicas compared with scans of their multiplicities, bin by bin: equal")


if __name__ == "__main__":
    main()
