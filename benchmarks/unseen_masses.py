"""How near a surrogate and a map come to a search at masses that their training never saw.

    python benchmarks/unseen_masses.py [results/surrogate_tutorial] [--selection high-ET]
                                       [--surrogate FOLDER] [--map FILE] [--draws 16]

FOLDER is what `bumpcast surrogate tutorial` wrote. The stand-in's probabilities are averaged over
the held-out samples' events and compared with the models' for the same decays, so that there is no
chance in what is compared with; each event decays often, as at small lifetimes what is selected is
a few decays of a sample. Printed are, for each region, the root mean square and the largest
relative difference over all samples and lifetimes at which the efficiency exceeds 0.1 %, and the
single ones beyond 5 % (A) or 10 % (B, C, D), which are the targets.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from bumpcast.surrogates.lifetime import decayed, unit_decays
from bumpcast.surrogates.llps import Floats, LlpPairs
from bumpcast.surrogates.models import open_model
from bumpcast.surrogates.reading import ReadOptions, read_pairs
from bumpcast.surrogates.stand_in.selection import CLASSES, StandIn
from bumpcast.surrogates.stand_in.tutorial import HELD_OUT

CTAU = np.geomspace(0.05, 100.0, 14)
LEAST = 1e-3
TARGETS = {"A": 0.05, "B": 0.1, "C": 0.1, "D": 0.1}


class Asked(Protocol):
    """A model, or the stand-in."""

    def probabilities(self, pairs: LlpPairs) -> Floats: ...


@dataclass(frozen=True)
class Point:
    """How far models are off in one region of one sample at one lifetime."""

    sample: str
    ctau_m: float
    region: str
    true: float
    difference: dict[str, float]


def mean(model: Asked, decays: list[LlpPairs]) -> Floats:
    return np.mean([model.probabilities(one).mean(axis=0)[1:] for one in decays], axis=0)


def points_of(
    sample: str, pairs: LlpPairs, stand_in: StandIn, models: dict[str, Asked], draws: int
) -> list[Point]:
    numbers = np.arange(len(pairs))
    lengths = [unit_decays(numbers, pairs.copied, name=sample, draw=draw) for draw in range(draws)]
    points = []
    for ctau in CTAU:
        decays = [decayed(pairs, one, ctau) for one in lengths]
        true = mean(stand_in, decays)
        found = {name: mean(model, decays) / true - 1 for name, model in models.items()}
        points += [
            Point(sample, ctau, name, true[k], {model: found[model][k] for model in models})
            for k, name in enumerate(CLASSES[1:])
            if true[k] > LEAST
        ]
    return points


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results/surrogate_tutorial"))
    parser.add_argument("--selection", default="high-ET")
    parser.add_argument("--surrogate", type=Path)
    parser.add_argument("--map", type=Path)
    parser.add_argument("--draws", type=int, default=16)
    given = parser.parse_args()
    models: dict[str, Asked] = {
        "surrogate": open_model(str(given.surrogate or given.folder / "surrogate"), threads=2),
        "map": open_model(str(given.map or given.folder / "map.json.gz")),
    }
    points = []
    for masses in HELD_OUT:
        sample = "{}_{}".format(*masses)
        pairs = read_pairs(
            given.folder / "events" / f"ggH_{sample}.root", ReadOptions(decays=False)
        )
        points += points_of(sample, pairs, StandIn.called(given.selection), models, given.draws)
    for region in CLASSES[1:]:
        of_region = [point for point in points if point.region == region]
        rms = {}
        for name in models:
            differences = np.array([point.difference[name] for point in of_region])
            rms[name] = np.sqrt(np.mean(differences**2))
            print(f"{region}, {name}: rms {rms[name]:.1%}, largest {np.abs(differences).max():.1%}")
        print(f"   the map is {rms['map'] / rms['surrogate']:.1f} times as far off")
        for point in of_region:
            difference = point.difference["surrogate"]
            if abs(difference) > TARGETS[region]:
                print(
                    f"   surrogate {difference:+.1%} at {point.sample}, {point.ctau_m:.2f} m, "
                    f"efficiency {point.true:.3%}"
                )


if __name__ == "__main__":
    main()
