"""How much memory a long scan of many histograms takes, and how large its pieces are.

    python benchmarks/memory.py [--events 5000000] [--chunk 100000] [--states 200]

Synthetic events with unit weights are scanned in chunks; each delta is pickled and unpickled as on
its way from a worker, and merged as the run loop does. Then the histograms that the rule of the
search keeps are counted, the file of histograms is written, and single histograms are read back.

Shown beside their targets: the peak of the process's memory (it holds a worker and the merging
side at once, and the synthetic events), the largest pickled delta, the time of adding up, the
file's size and the time to open it and read one histogram. One chunk with a different weight in
every event is pickled too, without a target: its sums are random numbers, which nothing shortens.
"""

from __future__ import annotations

import argparse
import pickle
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import bumpcast
from bumpcast.config import load
from bumpcast.config.binning import BinningConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.execution.mergetree import Leaves, MergeTree, leaf
from bumpcast.massscan import HistogramName, ScanDelta, Scanner
from bumpcast.massscan.binning.binning import Binning
from bumpcast.massscan.binning.edges import shared_edges
from bumpcast.massscan.results.keep import KeepRule, search_ranges
from bumpcast.massscan.results.storage import FILE_NAME, StoredSpectra, encode_scan

sys.path.insert(0, str(Path(__file__).parent))
from scaling import BASES, random_objects, varied

CONFIG = Path(__file__).parents[1] / "configs" / "quickstart.toml"
MEGA = 1e6
GIBI = 2.0**30


def peak() -> float:
    """Return the most memory that this process has held, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIBI


def line(what: str, value: str, target: str = "") -> None:
    print(f"{what:52s}{value:>14s}   {target}", flush=True)


def kept(total: ScanDelta, config: BinningConfig) -> np.ndarray:
    """Return the places of the histograms that the rule of the search keeps."""
    edges = shared_edges(total.observables, Binning(config))
    rule = KeepRule()
    reasons = search_ranges(total, edges.last_bins, rule).reasons(rule)
    return np.flatnonzero(reasons == "")


def store(
    folder: Path, total: ScanDelta, scan: ScanConfig, binning: BinningConfig, rows: np.ndarray
) -> None:
    """Write the file of histograms and read some of them alone."""
    analysis = load(CONFIG).model_copy(update={"scan": scan, "binning": binning})
    dataset = next(iter(analysis.datasets))
    start = time.perf_counter()
    data = encode_scan(total, {dataset: StoredSpectra(total)}, analysis, {})
    (folder / FILE_NAME).write_bytes(data)
    line("writing the file, s", f"{time.perf_counter() - start:.1f}")
    line("file, MB", f"{len(data) / MEGA:.1f}", "< 100")
    times = []
    for row in np.random.default_rng(0).choice(rows, 20):
        name = str(HistogramName.from_codes(int(total.states[row]), int(total.observables[row])))
        start = time.perf_counter()
        with bumpcast.open_results(folder) as results:
            histogram = results.histogram(name)
        times.append(time.perf_counter() - start)
        assert (
            histogram.sum(flow=True).value
            == total.counts[slice(*total.offsets[row : row + 2])].sum()
        )
    line(
        "open the file and read one histogram, ms", f"{1e3 * statistics.median(times):.1f}", "< 50"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--chunk", type=int, default=100_000)
    parser.add_argument("--states", type=int, default=200, help="how many final states")
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    scan, binning = ScanConfig(), BinningConfig(detector="atlas")
    scanner = Scanner(scan, binning)
    line("before the first event, GiB", f"{peak():.2f}")
    bases = [random_objects(arguments.chunk, seed, arguments.states) for seed in range(BASES)]
    line("with synthetic events to draw from, GiB", f"{peak():.2f}")
    signs = np.where(random.random(arguments.chunk) < 0.15, -1.0, 1.0)
    of_two_signs, of_random = (
        len(pickle.dumps(scanner.fill(bases[0], weights)))
        for weights in (0.12345678 * signs, random.normal(1.0, 0.3, arguments.chunk))
    )
    largest = 0
    merging = 0.0
    chunks = -(-arguments.events // arguments.chunk)
    tree = MergeTree(Leaves({0: chunks}, 1))
    for number in range(chunks):
        delta = scanner.fill(varied(bases[number % BASES], random))
        data = pickle.dumps(delta)
        largest = max(largest, len(data))
        delta = pickle.loads(data)  # noqa: S301 (made above)
        begin = time.thread_time()
        tree.add(leaf(0, number), delta, owned=True)
        merging += time.thread_time() - begin
    begin = time.thread_time()
    total = tree.total()
    merging += time.thread_time() - begin
    del tree
    rows = kept(total, binning)
    line("events", f"{arguments.events:,}", ">= 5,000,000")
    line("filled histograms", f"{total.n_histograms:,}")
    line("kept histograms", f"{len(rows):,}", ">= 30,000")
    line("entries", f"{int(total.counts.sum()):,}")
    line("filled bins", f"{len(total.bins):,}")
    line("sum of all in memory, MB", f"{total.nbytes / MEGA:.0f}")
    line(
        f"largest delta of {arguments.chunk:,} events in flight, MB", f"{largest / MEGA:.2f}", "< 4"
    )
    line("  with weights of two signs, MB", f"{of_two_signs / MEGA:.2f}", "< 4")
    line("  with random weights, MB", f"{of_random / MEGA:.2f}")
    line("adding up, ms a chunk", f"{1e3 * merging * arguments.chunk / arguments.events:.1f}")
    line("peak of memory, GiB", f"{peak():.2f}", "< 1.5")
    with tempfile.TemporaryDirectory() as folder:
        store(Path(folder), total, scan, binning, rows)
    line("peak of memory with writing, GiB", f"{peak():.2f}", "< 1.5")


if __name__ == "__main__":
    main()
