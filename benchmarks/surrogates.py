"""How fast surrogates are: probabilities, a lifetime curve, and training.

    python benchmarks/surrogates.py [--events 200000] [--training 1000000] [--threads 2]

Events have two long-lived particles with kinematics drawn at random; the stand-in for a search
decides of them. Printed are microseconds an event and core for features and probabilities by 300
trees of depth 6 (60 rounds with a tree for each of five classes, and 300 with leaves for all), by
XGBoost and by ONNX Runtime; seconds for a curve of 20 lifetimes over 100 000 events; and seconds
for a whole training with its search, folds and calibration.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bumpcast.config.surrogate import SurrogateConfig, TreesConfig
from bumpcast.surrogates.curve import Lifetimes, curve
from bumpcast.surrogates.features import feature_matrix
from bumpcast.surrogates.labelled import LabelledEvents, labelled
from bumpcast.surrogates.lifetime import decayed
from bumpcast.surrogates.llps import LlpPairs
from bumpcast.surrogates.model.calibration import Calibration
from bumpcast.surrogates.model.surrogate import load_surrogate
from bumpcast.surrogates.stand_in.selection import CLASSES, StandIn
from bumpcast.surrogates.training.boosting import Table, grow, margins
from bumpcast.surrogates.training.publishing import publish
from bumpcast.surrogates.training.search import Trial
from bumpcast.surrogates.training.train import Training, steps_of, train

FEATURES = [
    f"{rank}_{word}"
    for rank in ("leading", "subleading")
    for word in ("Lxy", "Lz", "abs_eta", "pT", "ET", "child_pdgId", "boost")
]
"""What the tutorial's surrogate reads."""
MASSES = (30.0, 50.0, 70.0, 100.0, 150.0, 200.0, 275.0, 400.0)


def random_events(number: int, seed: int, mass: float) -> LlpPairs:
    random = np.random.default_rng(seed)
    shape = (number, 2)
    pairs = LlpPairs(
        pt=random.exponential(150.0, shape),
        eta=random.normal(0.0, 1.5, shape),
        mass=np.full(shape, mass),
        child=random.choice((4, 5, 15), shape, p=(0.05, 0.87, 0.08)),
        weight=np.ones(number),
        copied=np.zeros(number, np.bool_),
    )
    distance = random.uniform(1.0, 8.0, (number, 1))
    boost = (pairs.pt * np.cosh(pairs.eta) / mass).mean(axis=1, keepdims=True)
    return decayed(pairs, random.exponential(1.0, shape), distance / boost)


def labelled_events(number: int) -> LabelledEvents:
    parts = []
    for place, mass in enumerate(MASSES):
        pairs = random_events(number // len(MASSES), place, mass)
        made = StandIn("high-ET").decide(pairs, np.arange(len(pairs)), name=f"{mass}")
        parts.append((f"{mass:g} GeV", pairs, made.region, None))
    return labelled(parts)


def configuration(**more: object) -> SurrogateConfig:
    given = {"name": "benchmark", "features": FEATURES, "samples": {"all": {"files": ["-"]}}}
    return SurrogateConfig.model_validate(given | more)


def best(call: Callable[[], object], repeat: int = 3) -> float:
    """Return the least number of seconds that a call takes."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def published(events: LabelledEvents, settings: TreesConfig, folder: Path) -> None:
    """Write a surrogate with just so many trees."""
    table = Table(feature_matrix(events.pairs, FEATURES), events.decision, events.pairs.weight)
    booster = grow(table, settings, classes=len(CLASSES), seed=1, rounds=settings.rounds, threads=2)
    left_out = np.full((len(events), len(CLASSES)), 1 / len(CLASSES))
    # As long to apply as one that was fitted to other events.
    calibration = Calibration.fitted(
        margins(booster, table.features), events.decision, events.pairs.weight
    )
    trial = Trial(settings, float("nan"), ())
    folds = np.zeros(len(events), np.int64)
    training = Training(booster, calibration, [trial], settings.rounds, folds, left_out, 0.0, 0.0)
    publish(folder, training, events, configuration(), {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--training", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()

    events = labelled_events(given.events)
    curve_events = random_events(100_000, 99, 100.0)
    lifetimes = Lifetimes(tuple(np.geomspace(0.1, 100.0, 20)))
    for words, settings in (
        (
            "60 rounds, a tree for each class",
            TreesConfig(max_depth=6, rounds=60, one_tree_for_all_classes=False),
        ),
        ("300 rounds, leaves for all classes", TreesConfig(max_depth=6, rounds=300)),
    ):
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            published(events, settings, folder)
            times = {}
            for kind in ("xgboost", "onnx"):
                model = load_surrogate(folder, kind=kind, threads=1)
                seconds = best(lambda model=model: model.probabilities(events.pairs))
                times[kind] = seconds / len(events) * 1e6
            features = best(lambda: feature_matrix(events.pairs, FEATURES)) / len(events) * 1e6
            model = load_surrogate(folder, threads=given.threads)
            seconds = best(lambda model=model: curve(model, curve_events, lifetimes), 1)
        print(
            f"300 trees of depth 6 ({words}): {times['xgboost']:.2f} us an event and core by "
            f"XGBoost, of which features {features:.2f}; {times['onnx'] / times['xgboost']:.1f} "
            f"times as long by ONNX Runtime"
        )
        print(f"  20 lifetimes of 100,000 events, {given.threads} threads: {seconds:.1f} s")

    if given.training:
        events = labelled_events(given.training)
        config = configuration()
        ends = [time.perf_counter()]
        training = train(
            events, config, threads=given.threads, done=lambda: ends.append(time.perf_counter())
        )
        searched = ends[steps_of(config) - config.folds - 1] - ends[0]
        print(
            f"training on {len(events):,} events, {given.threads} threads: "
            f"{time.perf_counter() - ends[0]:.0f} s, of which {searched:.0f} s are the search, "
            f"{ends[-2] - ends[0] - searched:.0f} s the folds and {ends[-1] - ends[-2]:.0f} s the "
            f"final trees ({training.rounds} rounds of depth "
            f"{training.trials[0].settings.max_depth})"
        )


if __name__ == "__main__":
    main()
