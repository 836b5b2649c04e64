"""How near a surrogate and a map come to a search at masses that their training never saw.

    python benchmarks/unseen_masses.py [results/surrogate_tutorial] [--selection high-ET]
                                       [--surrogate FOLDER] [--map FILE] [--draws 2]

FOLDER is what `bumpcast surrogate tutorial` wrote. The stand-in's probabilities are averaged over
the held-out samples' events and compared with the models' for the same decays, so that there is no
chance in what is compared with. Printed are, for each region, the root mean square and the largest
relative difference over all samples and lifetimes at which the efficiency exceeds 0.1 %, and the
single ones beyond 5 % (A) or 10 % (B, C, D), which are the targets.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from bumpcast.surrogates.lifetime import decayed, unit_decays
from bumpcast.surrogates.models import open_model
from bumpcast.surrogates.reading import ReadOptions, read_pairs
from bumpcast.surrogates.stand_in.selection import CLASSES, StandIn
from bumpcast.surrogates.stand_in.tutorial import HELD_OUT

CTAU = np.geomspace(0.05, 100.0, 14)
LEAST = 1e-3
TARGETS = {"A": 0.05, "B": 0.1, "C": 0.1, "D": 0.1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results/surrogate_tutorial"))
    parser.add_argument("--selection", default="high-ET")
    parser.add_argument("--surrogate", type=Path)
    parser.add_argument("--map", type=Path)
    parser.add_argument("--draws", type=int, default=2)
    given = parser.parse_args()
    stand_in = StandIn.called(given.selection)
    models = {
        "surrogate": open_model(str(given.surrogate or given.folder / "surrogate"), threads=2),
        "map": open_model(str(given.map or given.folder / "map.json.gz")),
    }
    found = {name: {region: [] for region in CLASSES[1:]} for name in models}
    for masses in HELD_OUT:
        sample = "{}_{}".format(*masses)
        events = given.folder / "events" / f"ggH_{sample}.root"
        pairs = read_pairs(events, ReadOptions(decays=False))
        for ctau in CTAU:
            decays = [
                decayed(
                    pairs,
                    unit_decays(np.arange(len(pairs)), pairs.copied, name=sample, draw=draw),
                    ctau,
                )
                for draw in range(given.draws)
            ]

            def mean(model, decays=decays):  # type: ignore[no-untyped-def]
                seen = [model.probabilities(one).mean(axis=0)[1:] for one in decays]
                return np.mean(seen, axis=0)

            true = mean(stand_in)
            for name, model in models.items():
                for region, one, other in zip(CLASSES[1:], true, mean(model), strict=True):
                    if one > LEAST:
                        found[name][region].append((other / one - 1, one, sample, ctau))
    rms = {}
    for name, regions in found.items():
        for region, rows in regions.items():
            differences = np.array([row[0] for row in rows])
            rms[name, region] = np.sqrt(np.mean(differences**2))
            beyond = ", ".join(
                f"{difference:+.1%} at {sample}, {ctau:.2f} m, {true:.3%}"
                for difference, true, sample, ctau in rows
                if abs(difference) > TARGETS[region]
            )
            print(
                f"{name:<9} {region}: rms {rms[name, region]:.1%}, largest "
                f"{np.abs(differences).max():.1%}"
                + (f"; beyond the target {beyond}" if name == "surrogate" and beyond else "")
            )
    worse = ", ".join(
        f"{region} {rms['map', region] / rms['surrogate', region]:.1f}" for region in CLASSES[1:]
    )
    print(f"the map is so many times as far off: {worse}")


if __name__ == "__main__":
    main()
