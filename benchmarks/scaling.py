"""Whether an event costs the same in a short and in a long run.

    python benchmarks/scaling.py [--most 10000000] [--chunk 100000] [--states 115]

Synthetic events are scanned in chunks and the deltas added up in the tree that the run loop has, so
that a delta takes part in as many additions as the tree is high.
Making the events is not timed: a hundred chunks come from eight of random events by scaling each
event's momenta by a random factor of its own. Weights are one; with ``--weights`` they are random.

The table shows the processor time an event of all chunks up to a number of events: of filling, of
adding up, and the ratios of filling and of both to filling one and the same chunk again and again.
That chunk is filled after every other one, so that a machine whose speed drifts changes both alike.
Target: 0.9 to 1.1.

Measured up to three million events: filling is flat (0.96 to 1.03). Adding up comes on top from the
second chunk on, a tenth of the time of filling: 1.09 to 1.14 with both.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import awkward as ak
import numpy as np

from bumpcast.config.binning import BinningConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.execution.mergetree import Leaves, MergeTree, leaf
from bumpcast.massscan import ScanDelta, Scanner
from bumpcast.massscan.naming.kinds import KINDS

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "massscan"))
from synthetic import random_objects

BASES = 8


def varied(objects: ak.Array, random: np.random.Generator) -> ak.Array:
    """Return the events with each one's momenta and masses times a random factor."""
    factors = random.uniform(0.8, 1.25, len(objects))
    record = {}
    for kind in KINDS:
        lists = objects[kind]
        scaled = {name: lists[name] * factors for name in ("pt", "mass")}
        kept = {name: lists[name] for name in lists.fields if name not in scaled}
        record[kind] = ak.zip({**scaled, **kept})
    record["met"] = ak.zip({"pt": objects.met.pt * factors, "phi": objects.met.phi})
    return ak.to_packed(ak.zip(record, depth_limit=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=10_000_000, help="events of the longest run")
    parser.add_argument("--chunk", type=int, default=100_000)
    parser.add_argument("--states", type=int, default=115, help="how many final states")
    parser.add_argument("--weights", action="store_true", help="random weights")
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    scanner = Scanner(ScanConfig(), BinningConfig(detector="atlas"))
    bases = [
        random_objects(arguments.chunk, seed, arguments.states)
        for seed in range(min(BASES, -(-arguments.most // arguments.chunk)))
    ]
    weights = random.normal(1.0, 0.3, arguments.chunk) if arguments.weights else None
    delta = scanner.fill(bases[0], weights)  # compiles
    ScanDelta.sum_of([delta, delta])
    marks = [n for k in range(2, 10) for n in (10**k, 3 * 10**k)]
    tree = MergeTree(Leaves({0: arguments.most // arguments.chunk}, 1))
    fill_time = merge_time = alone = 0.0
    print(
        "     events   histograms   fill, us     ratio   merge, us  with both   (target 0.9 to 1.1)"
    )
    for number in range(arguments.most // arguments.chunk):
        done = (number + 1) * arguments.chunk
        objects = varied(bases[number % len(bases)], random)
        weights = random.normal(1.0, 0.3, len(objects)) if arguments.weights else None
        start = time.thread_time()
        delta = scanner.fill(objects, weights)
        filled = time.thread_time()
        tree.add(leaf(0, number), delta, owned=True)
        merged = time.thread_time()
        scanner.fill(bases[0], weights)
        alone += time.thread_time() - merged
        fill_time += filled - start
        merge_time += merged - filled
        if done in marks or done + arguments.chunk > arguments.most:
            start = time.thread_time()
            total = tree.total()
            closing = time.thread_time() - start
            assert int(total.counts.sum()) > 0
            merge_all = merge_time + closing
            print(
                f"{done:11,d} {total.n_histograms:12,d} {1e6 * fill_time / done:10.3f} "
                f"{fill_time / alone:9.2f} {1e6 * merge_all / done:11.3f} "
                f"{(fill_time + merge_all) / alone:9.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
