"""How fast an efficiency map is: a million events, one core.

    python benchmarks/efficiency_map.py [--events 1000000] [--repeat 5] [--map high-ET]

Events have two long-lived particles with kinematics drawn at random, decayed. Printed are the best
times of several: of the probabilities, of telling events outside, of building a map of the same
events, and of what reads a map's files. Beside them stand two other ways to the same probabilities,
which are compared number by number: correctionlib, with the map in its JSON, and a plain loop over
20 000 of the events that looks bins up in a dictionary, as the code published with the maps does.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import correctionlib
import numpy as np

from bumpcast.surrogates.llps import LlpPairs
from bumpcast.surrogates.maps.building import build_map
from bumpcast.surrogates.maps.efficiency_map import EfficiencyMap
from bumpcast.surrogates.maps.files import read_map, write_map

OF_LOOP = 20_000


def random_events(number: int, seed: int) -> LlpPairs:
    random = np.random.default_rng(seed)
    shape = (number, 2)
    pt = random.exponential(150.0, shape)
    eta = random.normal(0.0, 1.5, shape)
    lxy = random.exponential(2.0, shape)
    return LlpPairs(
        pt=pt,
        eta=eta,
        mass=np.full(shape, 50.0),
        child=random.choice((4, 5, 15), shape, p=(0.05, 0.87, 0.08)),
        weight=np.ones(number),
        copied=np.zeros(number, np.bool_),
        lxy=lxy,
        lz=lxy * np.abs(np.sinh(eta)),
    )


def best(call: Callable[[], object], repeat: int) -> float:
    """Return the least number of seconds that a call takes."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def plain_index(pt: float, eta: float, lxy: float, lz: float, decay: int) -> int:
    if abs(eta) < 1.5:
        position = sum(lxy >= edge for edge in (1.5, 2, 2.5, 3, 3.5, 3.9))
    else:
        position = 7 + sum(lz >= edge for edge in (3.6, 4.2, 4.8, 5.5, 6))
    of_pt = sum(pt >= edge for edge in (50, 100, 200, 400))
    return position * 20 + of_pt * 4 + {4: 0, 5: 1, 6: 2, 15: 3}[decay]


def plain_loop(pairs: LlpPairs, table: dict[tuple[int, int], float]) -> list[float]:
    """Return probabilities of region A, one event after the other."""
    columns = (pairs.pt, pairs.eta, pairs.lxy, pairs.lz, pairs.child)
    found = []
    for event in range(len(pairs)):
        first, second = (plain_index(*(c[event, llp] for c in columns)) for llp in (0, 1))
        pair = (first, second) if (first, second) in table else (second, first)
        found.append(table.get(pair, 0.0))
    return found


def table_of(path: Path) -> dict[tuple[int, int], float]:
    with path.open(newline="") as file:
        return {
            (int(row["llp1_bin"]), int(row["llp2_bin"])): float(row["prob_regionA"])
            for row in csv.DictReader(file)
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--map", default="high-ET")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    its_map: EfficiencyMap = read_map(arguments.map)
    pairs = random_events(arguments.events, arguments.seed)
    probabilities = its_map.probabilities(pairs)
    seconds = best(lambda: its_map.probabilities(pairs), arguments.repeat)
    print(f"{arguments.events:,} events, the map {its_map.name}, one core")
    print(f"{'':<34}{'seconds':>9}{'us/event':>10}{'slower by':>11}")

    def line(name: str, taken: float, events: int = arguments.events) -> None:
        of_event = taken / events
        slower = of_event / (seconds / arguments.events)
        print(f"{name:<34}{taken:>9.3f}{1e6 * of_event:>10.3f}{slower:>11.1f}", flush=True)

    line("probabilities", seconds)
    line("outside", best(lambda: its_map.outside(pairs), arguments.repeat))
    random = np.random.default_rng(arguments.seed)
    decision = (random.random(len(pairs)) < probabilities[:, 1]).astype(np.int64)
    line(
        "building a map",
        best(
            lambda: build_map(pairs, decision, its_map.classes, its_map.binning, name="built"),
            max(arguments.repeat // 2, 1),
        ),
    )
    with tempfile.TemporaryDirectory() as folder:
        document, table = Path(folder) / "map.json", Path(folder) / "map.csv"
        write_map(document, its_map)
        write_map(table, its_map)
        evaluator = correctionlib.CorrectionSet.from_file(str(document))["probability"]
        columns = (pairs.eta, pairs.lxy, pairs.lz, pairs.pt, pairs.child)
        inputs = [np.ascontiguousarray(c[:, llp]) for llp in (0, 1) for c in columns]
        found = evaluator.evaluate(*inputs, "A")
        line("correctionlib", best(lambda: evaluator.evaluate(*inputs, "A"), arguments.repeat))
        few = pairs.select(slice(OF_LOOP))
        lines = table_of(table)
        looped = plain_loop(few, lines)
        line(
            f"a plain loop, {len(few):,} events", best(lambda: plain_loop(few, lines), 1), len(few)
        )
        reading = {path.suffix: best(lambda p=path: read_map(p), 3) for path in (document, table)}
    largest = np.abs(found - probabilities[:, 1]).max()
    same = np.array_equal(looped, probabilities[: len(few), 1])
    print(
        f"largest difference of correctionlib {largest:.1g}; the plain loop finds "
        f"{'the same' if same else 'something else'}"
    )
    print(", ".join(f"reading {name} {taken:.3f} s" for name, taken in reading.items()))


if __name__ == "__main__":
    main()
