"""How fast a whole run is beside bare uproot that reads the same branches of the same files.

    python benchmarks/whole_run.py [FILE ... [--together]] [--workers 2] [--events 600000]

`bumpcast run` with the mass scan (plan, read, build objects, fill, merge, store, plot) against one
uproot process for each worker that reads the same branches and does nothing with them. Cases: one
large file in chunks of 100 000 events, and many small Delphes files, the quick start's copied; or,
instead, every Delphes FILE that is given, or all of them in one run. No library but ROOT writes
Delphes trees, so the large file that is made has the layout of NanoAOD: the events of
data/quickstart, repeated. With ROOT at hand, ``hadd large.root a.root b.root ...`` makes a large
Delphes file of small ones.

Two rates of the run are shown over that of uproot, which reads branch by branch in processes that
have started already: of the whole command from start to end, which takes some seconds to import,
to start workers and to plot whatever it reads; and of its workers while they work, from the ledger,
without the first work item of each. Target: 0.6. A first run, not timed, compiles.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import uproot

sys.path.insert(0, str(Path(__file__).parent))
from reading import QUICKSTART, entries, uproot_branches, write_large

ROOT = Path(__file__).parents[1]
CONFIG = """
extends = [
  "{root}/configs/parts/scan.toml",
  "{root}/configs/parts/objects_atlas.toml",
  "{root}/configs/parts/large_jets_r10.toml",
]
name = "benchmark"
processor = "{root}/processors/mass_scan.py:MassScan"
[normalisation]
mode = "raw"
[binning]
detector = "atlas"
[formats.delphes]
kind = "delphes"
large_jets = "FatJet"
b_tag_bit = 0
weight = "Event.Weight"
[formats.nanoaod]
kind = "nanoaod"
missing_energy = "MET"
b_tag_discriminator = "btag"
b_tag_working_point = 0.5
large_jets = "FatJet"
weight = "genWeight"
[datasets.events]
kind = "data"
format = "{format}"
files = {files}
"""


def read_bare(files: list[Path], tree: str, workers: int, chunk: int) -> float:
    """Return the events a second of uproot, in processes that have started already."""
    chunks = []
    for path in files:
        with uproot.open(path) as file:
            total = file[tree].num_entries
        chunks += [
            (str(path), tree, start, min(start + chunk, total)) for start in range(0, total, chunk)
        ]
    parts = [chunks[number::workers] for number in range(workers)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(uproot_branches, [part[:1] for part in parts], itertools.repeat(True)))
        start = time.perf_counter()
        events = sum(pool.map(uproot_branches, parts, itertools.repeat(True)))
        return events / (time.perf_counter() - start)


def run(config: Path, output: Path, workers: int, *options: str) -> tuple[float, dict[str, Any]]:
    """Return the seconds of the command and its summary."""
    command = [sys.executable, str(ROOT / "run.py"), str(config), "--output", str(output)]
    command += ["--executor", "futures", "--workers", str(workers), "--json", "--no-progress"]
    start = time.perf_counter()
    done = subprocess.run([*command, *options], check=True, capture_output=True, text=True)
    return time.perf_counter() - start, json.loads(done.stdout)


def compare(
    title: str, files: list[Path], form: str, folder: Path, workers: int, chunk: int
) -> None:
    tree = "Delphes" if form == "delphes" else "Events"
    config = folder / "benchmark.toml"
    names = json.dumps([str(path) for path in files])
    config.write_text(CONFIG.format(root=ROOT.as_posix(), format=form, files=names))
    shutil.rmtree(folder / "results", ignore_errors=True)
    run(config, folder / "results", workers, "--max-events", "2000")
    bare = read_bare(files, tree, workers, chunk)
    seconds, summary = run(config, folder / "results", workers, "--overwrite")
    bare = max(bare, read_bare(files, tree, workers, chunk))
    events = summary["entries_seen"]
    print(f"\n{title}: {events:,} events, {workers} processes")
    print(f"  bare uproot               {bare:10,.0f} events/s")
    rates = {
        "the whole command": events / seconds,
        "its workers": worker_rate(folder / "results" / "ledger.jsonl"),
    }
    for what, rate in rates.items():
        print(f"  {what:24s}  {rate:10,.0f} events/s   {rate / bare:5.2f} of uproot   >= 0.6")


def worker_rate(ledger: Path) -> float:
    """Return the events a second of all workers together, without the first item of each."""
    items: dict[int, list[dict[str, Any]]] = {}
    for text in ledger.read_text().splitlines():
        entry = json.loads(text)
        if entry["event"] == "item":
            items.setdefault(entry["pid"], []).append(entry)
    return sum(
        sum(item["entries"] for item in later) / sum(item["seconds"] for item in later)
        for later in (of_worker[1:] for of_worker in items.values())
        if later
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, help="larger Delphes files")
    parser.add_argument("--together", action="store_true", help="one run of all given files")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--events", type=int, default=600_000, help="events of the large file")
    parser.add_argument("--chunk", type=int, default=100_000, help="most events of one read")
    parser.add_argument("--copies", type=int, default=8, help="of each small file")
    arguments = parser.parse_args()
    workers, chunk = arguments.workers, arguments.chunk
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.files:
            files = [path.absolute() for path in arguments.files]
            for case in [files] if arguments.together else [[path] for path in files]:
                title = f"{case[0].name}{' and others' if len(case) > 1 else ''}"
                compare(title, case, "delphes", folder, workers, chunk)
            return
        large = folder / "large.root"
        write_large(large, arguments.events)
        compare("one large file", [large], "nanoaod", folder, workers, chunk)
        small = []
        for path, copy in itertools.product(QUICKSTART, range(arguments.copies)):
            small.append(folder / f"{path.stem}_{copy}.root")
            shutil.copyfile(path, small[-1])
        assert entries(small[0]) > 0
        compare(f"{len(small)} small files", small, "delphes", folder, workers, chunk)


if __name__ == "__main__":
    main()
