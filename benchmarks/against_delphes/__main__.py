"""Compare, and write the page.

    python -m benchmarks.against_delphes [--samples PLACE ...] [--only NAME ...] [--events N]
        [--seeds K] [--page docs/simulate-against-delphes.md] [--pictures FOLDER] [--workers 2]

PLACE is a folder with a samples.json and the files of Delphes that it names; by default that of the
quickstart. Without --page the tables are printed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import cloudpickle

from benchmarks.against_delphes.compared import Comparison, compare_sample
from benchmarks.against_delphes.page import write_page
from benchmarks.against_delphes.plots import draw_pulls, draw_sample
from benchmarks.against_delphes.reading import Events
from benchmarks.against_delphes.samples import PROJECT, Sample, read_samples
from benchmarks.against_delphes.scans import Compatible, compare, join, scan
from benchmarks.against_delphes.simulated import simulated
from bumpcast.datasets.cache import cache_folder

Scans = tuple[Compatible, Compatible]


def main() -> None:
    arguments = _arguments()
    samples = read_samples(arguments.samples)
    if arguments.only:
        samples = [sample for sample in samples if sample.name in arguments.only]
    make = partial(
        _one,
        events=arguments.events,
        seeds=range(1, arguments.seeds + 1),
        cache=arguments.cache,
        generated=arguments.generated,
        pictures=arguments.pictures,
        scans=not arguments.no_scans,
    )
    if arguments.workers > 1:
        with ProcessPoolExecutor(arguments.workers) as pool:
            packed = pool.map(partial(_packed, make), samples)
            found = [cloudpickle.loads(one) for one in packed]
    else:
        found = [make(sample) for sample in samples]
    scans = {each.sample.name: pair for each, pair in found if pair is not None}
    picture = arguments.pictures / "scan.png" if scans else None
    if picture is not None:
        both = [join(pairs) for pairs in zip(*scans.values(), strict=True)]
        draw_pulls({"ours and Delphes's": both[0], "ours twice": both[1]}, picture)
    pictures = {each.sample.name: _picture(arguments.pictures, each.sample) for each, _ in found}
    comparisons = [each for each, _ in found]
    write_page(arguments.page, comparisons, pictures, scans, picture, arguments.seeds)
    print(arguments.page)


def _packed(make: Callable[[Sample], Any], sample: Sample) -> bytes:
    # what a distribution takes from events are functions within functions
    packed: bytes = cloudpickle.dumps(make(sample))
    return packed


def _one(
    sample: Sample,
    *,
    events: int | None,
    seeds: Sequence[int],
    cache: Path,
    generated: Path | None,
    pictures: Path,
    scans: bool,
) -> tuple[Comparison, Scans | None]:
    number = sample.events if events is None else min(events, sample.events)
    files = simulated(sample, number, seeds, cache, generated)
    found = compare_sample(sample, [Events(path) for path in files], Events(sample.file, number))
    pictures.mkdir(parents=True, exist_ok=True)
    title = f"{sample.name}: {sample.process}"
    draw_sample(title, found.distributions, _picture(pictures, sample))
    pair = None
    if scans and len(files) > 1:
        with tempfile.TemporaryDirectory() as folder:
            pair = _scanned(files, sample.file, number, Path(folder))
    print(f"{sample.name} is done", file=sys.stderr, flush=True)
    return found, pair


def _scanned(files: Sequence[Path], delphes: Path, events: int, folder: Path) -> Scans:
    ours = scan({"first": files[0], "second": files[1]}, True, events, folder / "ours")
    theirs = scan({"delphes": delphes}, False, events, folder / "delphes")
    first = ours["first"]
    return compare(first, theirs["delphes"]), compare(first, ours["second"])


def _picture(folder: Path, sample: Sample) -> Path:
    return folder / f"{sample.name}.png"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.against_delphes",
        description="Compare simulated events with what Delphes makes of the same events.",
    )
    quickstart = PROJECT / "data/quickstart"
    parser.add_argument("--samples", nargs="+", type=Path, default=[quickstart])
    parser.add_argument("--only", nargs="+", help="names of samples")
    parser.add_argument("--events", type=int, help="of each sample; all if left out")
    parser.add_argument("--seeds", type=int, default=2, help="passes of the detector")
    parser.add_argument("--page", type=Path, default=PROJECT / "against-delphes.md")
    parser.add_argument("--pictures", type=Path, default=None, help="beside the page")
    parser.add_argument("--cache", type=Path, default=cache_folder() / "against-delphes")
    parser.add_argument("--generated", type=Path, help="keep generated events here; 100 kB each")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--no-scans", action="store_true", help="leave the mass scans out")
    arguments = parser.parse_args()
    if arguments.pictures is None:
        arguments.pictures = arguments.page.parent / "images" / "against-delphes"
    return arguments


if __name__ == "__main__":
    main()
