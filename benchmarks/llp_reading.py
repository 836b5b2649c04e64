"""How fast long-lived particles are read from a truth record, as a ratio to bare uproot in one run.

    python benchmarks/llp_reading.py [FILE ...] [--events 100000] [--rounds 5]

Two ways read the same branches of files in Delphes's layout, in turn, each file as often as it
takes to come to so many events:

* uproot: `branch.array` of each branch of Particle and of Event.Weight, in one range of entries,
  with the library for zlib that bumpcast chooses
* bumpcast: `read_pairs`, that is, the same and the search for particles, decays and vertices

The file is open for both. Without a FILE, 20 000 events of H -> SS without a detector are made.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bumpcast.config.cards import load_card
from bumpcast.events.files import open_file
from bumpcast.simulate.simulation import simulate
from bumpcast.surrogates.reading import ReadOptions, read_pairs
from bumpcast.surrogates.reading.truth import columns_needed

CARD = Path(__file__).parents[1] / "configs" / "simulate" / "higgs_to_llps_truth.toml"
OPTIONS = ReadOptions(bad_events="skip")
WEIGHT = "Event/Event.Weight"


def bare(path: Path) -> int:
    tree = open_file(str(path)).tree("Delphes")
    for name in columns_needed(OPTIONS):
        tree[f"Particle/Particle.{name}"].array()
    tree[WEIGHT].array()
    return int(tree.num_entries)


def ours(path: Path) -> int:
    return len(read_pairs(path, OPTIONS))


def rate(read: Callable[[Path], int], path: Path, events: int) -> float:
    begun, done = time.perf_counter(), 0
    while done < events:
        done += read(path)
    return done / (time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = arguments.files
        if not files:
            files = [Path(folder) / "higgs_to_llps_truth.root"]
            simulate(load_card(CARD), 20_000, 1, files[0])
        for path in files:
            ours(path), bare(path)
            rates = [
                (rate(bare, path, arguments.events), rate(ours, path, arguments.events))
                for _ in range(arguments.rounds)
            ]
            uproots, own = (max(column) for column in zip(*rates, strict=True))
            print(
                f"{path.name}: uproot {uproots:,.0f} events/s, bumpcast {own:,.0f} events/s, "
                f"ratio {own / uproots:.2f} (target: 0.5)"
            )


if __name__ == "__main__":
    main()
