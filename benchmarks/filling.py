"""What it costs to fill 40 000 histograms, as ratios to array programs in one run.

    python benchmarks/filling.py [--events 100000] [--states 115] [--sample 40] [--rounds 7]

Three programs fill the same histograms from the same synthetic objects, with a random weight an
event, bins as wide as the resolution, and sums of weights and of their squares:

* bumpcast: the whole step from awkward lists of objects to the delta, and its inner loop (masses,
  bins, filling, reading out) alone
* one hist for each content of combinations (pairs and triplets of jets, electron and jet): masses
  from ak.combinations and ak.cartesian, filled into Integer x Variable axes. What it needs to know
  beforehand (final states, selections passed, which jets are leading, which histograms there are)
  is not timed, in its favour.
* a mask and Hist.fill for each histogram, on a random sample, scaled up by the number of
  histograms. The masks are made beforehand too.

Every histogram that more than one program filled is compared: the number of entries must be equal,
sums of weights and of squares within 1e-9, bin by bin. Times are the least of the rounds, in
processor seconds of one thread, so that other programs on the machine disturb them little.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import awkward as ak
import hist
import numpy as np
import vector

from bumpcast.config.binning import BinningConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.massscan import HistogramName, ScanDelta, Scanner
from bumpcast.massscan.filling import kernel
from bumpcast.massscan.filling.flat import flatten
from bumpcast.massscan.filling.sorting import sort_events
from bumpcast.massscan.naming.observable import MASK_SHIFT, Selection

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "massscan"))
from synthetic import random_objects

vector.register_awkward()
CONTENTS = (("j", "j"), ("e", "j"), ("j", "j", "j"))


def best(function: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """Return the least time in seconds, and what the function returned."""
    times = []
    for _ in range(rounds):
        start = time.thread_time()
        result = function()
        times.append(time.thread_time() - start)
    return min(times), result


class Prepared:
    """What the array programs are given for free.

    Attributes:
        states: Each event's final state, a number in ``codes``.
        codes: The final states' codes.
        passed: For each selection the events that pass.
        vectors: Momentum4D of e and j, with ``place`` in falling pt; of the jets only the leading.
    """

    def __init__(self, objects: ak.Array, scanner: Scanner, delta: ScanDelta) -> None:
        events = sort_events(flatten(objects), scanner.menu)
        self.states = np.empty(len(objects), np.int64)
        self.states[events.source] = np.repeat(
            np.arange(len(events.codes)), np.diff(events.tables.first_event)
        )
        self.codes = events.codes
        ht = sum(ak.sum(objects[kind].pt, axis=1) for kind in scanner.menu.scan.selections.ht_kinds)
        self.passed: dict[Selection, np.ndarray] = {}
        for selection in scanner.menu.selections:
            if selection.kind == "MET":
                value = objects.met.pt
            elif selection.kind == "HT":
                value = ht
            elif selection.kind == "pT":
                value = ak.fill_none(ak.firsts(objects[selection.of].pt), -1.0)
            else:
                value = np.full(len(objects), np.inf)
            self.passed[selection] = ak.to_numpy(value) > selection.threshold_GeV
        jets = ak.concatenate([objects.j.pt, objects.b.pt], axis=1)
        leading = ak.argsort(jets, axis=1, ascending=False, stable=True)
        leading = leading[:, : scanner.menu.scan.leading_jets]
        n_leading = ak.sum(leading < ak.num(objects.j), axis=1)
        lists = {"e": objects.e, "j": objects.j[ak.local_index(objects.j.pt) < n_leading]}
        self.vectors = {
            kind: ak.zip(
                {
                    **{name: made[name] for name in ("pt", "eta", "phi", "mass")},
                    "place": ak.local_index(made.pt),
                },
                with_name="Momentum4D",
            )
            for kind, made in lists.items()
        }


class Numbers:
    """Numbers from 0 for the histograms of a content's masses, given to the one hist for free."""

    def __init__(self, delta: ScanDelta, prepared: Prepared, kinds: tuple[str, ...]) -> None:
        self.names = [
            name
            for name in itertools.starmap(
                HistogramName.from_codes,
                zip(delta.states.tolist(), delta.observables.tolist(), strict=True),
            )
            if name.observable.variable == "mass"
            and tuple(kind for kind, _ in name.observable.combination.objects) == kinds
        ]
        shape = (len(prepared.codes), 4 ** len(kinds), len(prepared.passed))
        self.table = np.full(shape, -1)
        selections = list(prepared.passed)
        for number, name in enumerate(self.names):
            combination = 0
            for _, place in name.observable.combination.objects:
                combination = 4 * combination + place
            state = np.searchsorted(prepared.codes, name.state.code)
            selection = selections.index(name.observable.selection)
            self.table[state, combination, selection] = number


def fill_one_hist(
    prepared: Prepared,
    kinds: tuple[str, ...],
    numbers: Numbers,
    edges: np.ndarray,
    weights: np.ndarray,
) -> tuple[hist.Hist, int]:
    """Fill one Hist of (histogram's number) x mass, and return it with its entries."""
    vectors = prepared.vectors
    if len(set(kinds)) == 1:
        parts = ak.unzip(ak.combinations(vectors[kinds[0]], len(kinds)))
    else:
        parts = ak.unzip(ak.cartesian([vectors[kind] for kind in kinds]))
    total = parts[0].to_xyzt()
    combination = parts[0].place
    for part in parts[1:]:
        total = total + part.to_xyzt()
        combination = 4 * combination + part.place
    masses = ak.to_numpy(ak.flatten(total.mass))
    combination = ak.to_numpy(ak.flatten(combination))
    events = np.repeat(np.arange(len(weights)), ak.to_numpy(ak.num(parts[0])))
    states, of_events = prepared.states[events], weights[events]
    filled = hist.Hist(
        hist.axis.Integer(0, len(numbers.names), flow=False),
        hist.axis.Variable(edges),
        storage=hist.storage.Weight(),
    )
    entries = 0
    for selection, passed in enumerate(prepared.passed.values()):
        chosen = np.flatnonzero(passed[events])
        number = numbers.table[states[chosen], combination[chosen], selection]
        filled.fill(number, masses[chosen], weight=of_events[chosen])
        entries += len(chosen)
    return filled, entries


def fill_by_mask(
    objects: ak.Array,
    prepared: Prepared,
    name: HistogramName,
    edges: np.ndarray,
    weights: np.ndarray,
) -> hist.Hist:
    """Fill one histogram from the events that belong to it."""
    state = np.searchsorted(prepared.codes, name.state.code)
    mask = (prepared.states == state) & prepared.passed[name.observable.selection]
    for kind, place in name.observable.combination.objects:
        if kind == "j":
            mask = mask & ak.to_numpy(ak.num(prepared.vectors["j"]) > place)
    events = objects[mask]
    total = None
    for kind, place in name.observable.combination.objects:
        one = events[kind][:, place]
        part = ak.zip({f: one[f] for f in ("pt", "eta", "phi", "mass")}, with_name="Momentum4D")
        total = part.to_xyzt() if total is None else total + part.to_xyzt()
    filled = hist.Hist(hist.axis.Variable(edges), storage=hist.storage.Weight())
    if name.observable.variable == "transverse_mass":
        energy = np.sqrt(np.maximum(total.t**2 - total.pz**2, 0)) + events.met.pt
        px = total.px + events.met.pt * np.cos(events.met.phi)
        py = total.py + events.met.pt * np.sin(events.met.phi)
        masses = np.sqrt(np.maximum(energy**2 - px**2 - py**2, 0))
    else:
        masses = total.mass
    filled.fill(ak.to_numpy(masses), weight=weights[mask])
    return filled


class Compared:
    """The compiled scan's histograms, to compare others with."""

    def __init__(self, delta: ScanDelta) -> None:
        self.rows = {
            codes: row
            for row, codes in enumerate(
                zip(delta.states.tolist(), delta.observables.tolist(), strict=True)
            )
        }
        self.delta, self.sums = delta, delta.sums()
        self.agreed = 0

    def check(self, name: HistogramName, view: Any) -> int:
        """Return a histogram's entries; stop the benchmark if the view of another differs."""
        row = self.rows[name.state.code, name.observable.code]
        part = slice(*self.delta.offsets[row : row + 2])
        bins = np.flatnonzero(view.variance)
        np.testing.assert_array_equal(bins, self.delta.bins[part], err_msg=str(name))
        for found, expected in ((view.value, 0), (view.variance, 1)):
            np.testing.assert_allclose(
                found[bins], self.sums[part, expected], rtol=1e-9, atol=1e-9, err_msg=str(name)
            )
        self.agreed += 1
        return int(self.delta.counts[part].sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--states", type=int, default=115, help="how many final states")
    parser.add_argument("--sample", type=int, default=40, help="histograms filled by a mask each")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random = np.random.default_rng(arguments.seed)
    objects = random_objects(arguments.events, arguments.seed, arguments.states)
    weights = random.normal(1.0, 0.3, arguments.events)
    scanner = Scanner(ScanConfig(), BinningConfig(detector="atlas"))
    delta = scanner.fill(objects, weights)  # compiles
    scanner.fill(objects)
    rounds = arguments.rounds
    whole, _ = best(lambda: scanner.fill(objects, weights), rounds)
    flat_time, flat = best(lambda: flatten(objects), rounds)
    sort_time, events = best(lambda: sort_events(flat, scanner.menu), rounds)
    inner, _ = best(
        lambda: scanner.run_kernel(events, kernel.WEIGHTS, None, weights=weights), rounds
    )
    unweighted, _ = best(lambda: scanner.run_kernel(events, kernel.COUNTS, 1.0), rounds)
    entries, n = int(delta.counts.sum()), delta.n_histograms
    nano = 1e9 / entries
    print(f"{arguments.events:,} events, {n:,} histograms, {entries:,} entries, random weights\n")
    print("bumpcast, ns an entry on one core                           target")
    print(f"  whole step, lists of objects to delta     {whole * nano:12.1f}     <= 30")
    print(f"    flatten                                 {flat_time * nano:12.1f}")
    print(f"    order by final state                    {sort_time * nano:12.1f}")
    print(f"    inner loop                              {inner * nano:12.1f}     <= 12")
    print(f"    inner loop, counts alone                {unweighted * nano:12.1f}")

    prepared = Prepared(objects, scanner, delta)
    compared = Compared(delta)
    binning = scanner.menu.binning
    print("\none hist with an integer axis, for each content")
    seconds, filled_entries = 0.0, 0
    for kinds in CONTENTS:
        edges = binning.edges(binning.content(kinds))
        numbers = Numbers(delta, prepared, kinds)
        used, (filled, number) = best(
            partial(fill_one_hist, prepared, kinds, numbers, edges, weights), 3
        )
        label = f"m({','.join(kinds)}): {len(numbers.names):,} histograms, {number:,} entries"
        print(f"  {label:47s}{used * 1e9 / number:7.1f}")
        found = sum(
            compared.check(name, view)
            for name, view in zip(numbers.names, filled.view(flow=True), strict=True)
        )
        assert found == number, (
            f"{kinds}: {found} entries in the scan, {number} in the array program"
        )
        seconds += used
        filled_entries += number
    array = seconds / filled_entries
    ratio = array / (whole / entries)
    print(f"  all of them, ns an entry                  {array * 1e9:12.1f}")
    print(f"  over bumpcast's whole step                {ratio:12.1f}     >= 10")

    print("\na mask and Hist.fill for each histogram")
    total = 0.0
    of_objects = np.flatnonzero(delta.observables >> MASK_SHIFT)  # the rest are states' yields
    for row in random.choice(of_objects, arguments.sample, replace=False):
        name = HistogramName.from_codes(int(delta.states[row]), int(delta.observables[row]))
        edges = binning.edges(scanner.menu.content(name.observable.code))
        used, filled = best(partial(fill_by_mask, objects, prepared, name, edges, weights), 1)
        total += used
        compared.check(name, filled.view(flow=True))
    scaled = total / arguments.sample * n
    print(f"  seconds for all, scaled up from {arguments.sample:4d}      {scaled:12.0f}")
    print(f"  over bumpcast's whole step                {scaled / whole:12.0f}     >= 1000")
    print(f"\n{compared.agreed:,} histograms compared: all equal")


if __name__ == "__main__":
    main()
