"""How fast events are read, as ratios to bare uproot in one run.

    python benchmarks/reading.py [FILE ...] [--workers 2] [--events 100000] [--rounds 3]

Four ways read the same branches of Delphes files, with one process for each worker:

* uproot, one call: `tree.arrays` of the branches
* uproot, branch by branch: `branch.array` for each of them, the faster way on local files
* bumpcast: `open_events` and the checked record in float64, that is, more work than the first two
* NanoEvents as it comes: `NanoEventsFactory.from_root` with coffea's schema, columns materialised

Three cases: many small Delphes files, each opened and read once; one large file, open, of which
ranges of entries are read; and every Delphes FILE that is given, open, its range of entries read
again and again until there are enough events. No library but ROOT writes Delphes trees, so the
large file has the layout of NanoAOD: the events of data/quickstart, repeated.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from coffea.nanoevents import NanoEventsFactory

from bumpcast.config.formats import DelphesFormat, Format, NanoAODFormat
from bumpcast.datasets import WorkItem
from bumpcast.events import close_files, open_events, reader_for
from bumpcast.events.delphes import DelphesEventsSchema
from bumpcast.events.nanoaod import NanoEventsSchema

QUICKSTART = sorted((Path(__file__).parents[1] / "data" / "quickstart").glob("*.root"))
FORMATS: dict[str, Format] = {
    "Delphes": DelphesFormat(b_tag_bit=0, weight="Event.Weight", large_jets="FatJet"),
    "Events": NanoAODFormat(
        missing_energy="MET",
        b_tag_discriminator="btag",
        b_tag_working_point=0.5,
        large_jets="FatJet",
        weight="genWeight",
    ),
}
SCHEMAS = {"Delphes": DelphesEventsSchema, "Events": NanoEventsSchema}
Chunk = tuple[str, str, int, int]


@cache
def columns(filename: str, tree: str) -> list[str]:
    """The branches that the record needs; they are the same in every file of a layout."""
    with uproot.open(filename) as file:
        return sorted(reader_for(FORMATS[tree]).columns(file[tree].keys()))


def layout_of(filename: str, tree: str) -> str:
    return str(QUICKSTART[0]) if tree == "Delphes" else filename


def bare(chunks: Iterable[Chunk], keep_open: bool, read: Callable[..., Any]) -> int:
    events = 0
    opened: dict[str, Any] = {}
    for filename, name, start, stop in chunks:
        if not keep_open or filename not in opened:
            for file in opened.values():
                file.close()
            opened = {filename: uproot.open(filename)}
            tree = opened[filename][name]
        read(tree, columns(layout_of(filename, name), name), start, stop)
        events += stop - start
    return events


def in_one_call(tree: Any, keys: list[str], start: int, stop: int) -> Any:
    names = {key.split("/")[-1] for key in keys}
    return tree.arrays(
        filter_branch=lambda branch: branch.name in names,
        entry_start=start,
        entry_stop=stop,
        array_cache=None,
        how=dict,
    )


def by_branch(tree: Any, keys: list[str], start: int, stop: int) -> Any:
    return [tree[key].array(entry_start=start, entry_stop=stop, array_cache=None) for key in keys]


def uproot_call(chunks: Iterable[Chunk], keep_open: bool) -> int:
    return bare(chunks, keep_open, in_one_call)


def uproot_branches(chunks: Iterable[Chunk], keep_open: bool) -> int:
    return bare(chunks, keep_open, by_branch)


def bumpcast_record(chunks: Iterable[Chunk], keep_open: bool) -> int:
    events = 0
    for filename, name, start, stop in chunks:
        item = WorkItem("sample", filename, name, start, stop, "")
        if not keep_open:
            close_files()
        reader = reader_for(FORMATS[name])
        events += len(reader.record(open_events(item, FORMATS[name], columns=reader.columns)))
    return events


def nanoevents(chunks: Iterable[Chunk], keep_open: bool) -> int:
    count = 0
    for filename, name, start, stop in chunks:
        factory = NanoEventsFactory.from_root(
            {filename: name}, schemaclass=SCHEMAS[name], entry_start=start, entry_stop=stop
        )
        events = factory.events()
        for key in columns(layout_of(filename, name), name):
            column = events
            for field in key.split("/")[-1].replace("_", ".").split("."):
                column = column[field]
            ak.materialize(column)
        count += stop - start
    return count


WAYS = {
    "uproot, one call": uproot_call,
    "uproot, branch by branch": uproot_branches,
    "bumpcast, record": bumpcast_record,
    "NanoEvents as it comes": nanoevents,
}


def rate(pool: ProcessPoolExecutor, way: str, parts: list[list[Chunk]], keep_open: bool) -> float:
    start = time.perf_counter()
    events = sum(pool.map(WAYS[way], parts, itertools.repeat(keep_open)))
    return events / (time.perf_counter() - start)


def compare(title: str, chunks: list[Chunk], keep_open: bool, workers: int, rounds: int) -> None:
    parts = [chunks[number::workers] for number in range(workers)]
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for way in WAYS:
            # imports, and what each way keeps between files
            rate(pool, way, [part[:1] for part in parts], keep_open)
        for _ in range(rounds):
            for way in WAYS:
                rates[way].append(rate(pool, way, parts, keep_open))
    print(f"\n{title}, {workers} processes, median of {rounds} rounds")
    median = {way: statistics.median(found) for way, found in rates.items()}
    best = max(median["uproot, one call"], median["uproot, branch by branch"])
    for way, found in median.items():
        print(f"  {way:26s} {found:12,.0f} events/s   {found / best:5.2f} of the faster uproot")


def entries(path: Path) -> int:
    with uproot.open(path) as file:
        return int(file["Delphes"].num_entries)


def write_large(path: Path, events: int) -> None:
    """Write the events of the quick start, repeated, in the layout of NanoAOD."""
    reader = reader_for(FORMATS["Delphes"])
    records = []
    for name in QUICKSTART:
        item = WorkItem("sample", str(name), "Delphes", 0, entries(name), "")
        records.append(reader.record(open_events(item, FORMATS["Delphes"], columns=reader.columns)))
    close_files()
    record = ak.without_parameters(ak.concatenate(records))
    names = {
        "electron": "Electron",
        "muon": "Muon",
        "photon": "Photon",
        "jet": "Jet",
        "large_jet": "FatJet",
    }
    block: dict[str, Any] = {
        new: ak.zip(
            {
                field: ak.values_astype(record[old][field], np.float32)
                for field in record[old].fields
            }
        )
        for old, new in names.items()
    }
    block["MET_pt"] = ak.to_numpy(record.met.pt).astype(np.float32)
    block["MET_phi"] = ak.to_numpy(record.met.phi).astype(np.float32)
    block["genWeight"] = ak.to_numpy(record.weight).astype(np.float32)
    types = {
        key: value.type.content if isinstance(value, ak.Array) else value.dtype
        for key, value in block.items()
    }
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        tree = file.mktree("Events", types)
        for _ in range(-(-events // len(record))):
            tree.extend(block)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, help="larger Delphes files")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--events", type=int, default=400_000, help="events of the large file")
    parser.add_argument("--chunk", type=int, default=100_000, help="most events of one read")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    workers, rounds = arguments.workers, arguments.rounds
    small = [(str(path), "Delphes", 0, entries(path)) for path in QUICKSTART] * (2 * workers)
    title = f"{len(small)} small files, {sum(chunk[3] for chunk in small):,} events"
    compare(title, small, False, workers, rounds)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.root"
        write_large(path, arguments.events)
        with uproot.open(path) as file:
            total = file["Events"].num_entries
        chunks = [
            (str(path), "Events", start, min(start + arguments.chunk, total))
            for start in range(0, total, arguments.chunk)
        ]
        title = f"a large file, chunks of {arguments.chunk:,}, {total:,} events"
        compare(title, chunks, True, workers, rounds)
    for path in arguments.files:
        total = entries(path)
        again = max(1, -(-arguments.events // total))
        chunks = [(str(path), "Delphes", 0, total)] * again
        compare(f"{path.name}, open, {total:,} events a chunk", chunks, True, workers, rounds)


if __name__ == "__main__":
    main()
