"""How fast the processor of surrogates is, as a ratio to reading the Particle branch in one run.

    python benchmarks/llp_surrogate.py [FILE ...] [--model FOLDER] [--rounds 5]

Two ways go through the same file in turn, on one core, with one thread, in one range of entries:

* bare: `branch.array` of every branch of the collection Particle but fBits (22 branches of files
  that bumpcast makes), with the library for zlib that bumpcast chooses; nothing else is done
* processor: what a worker does with a chunk, `open_events` with the processor's `columns`, and
  `process`: 8 branches, LLPs, decays at each lifetime, probabilities, sums, histograms at one

with the published map "high-ET" and with a surrogate, at 1 and at 20 lifetimes, the latter by
draws, by weights and by a mixture, of which the last two ask the model once an event and not once
a lifetime.

Without a FILE, 20 000 events of H -> SS without a detector (14 particles an event) and 2 000 with
one (70) are made; without a model, 300 trees of depth 6 are grown for labels of the stand-in. The
target is a ratio of 0.5.
"""

from __future__ import annotations

import os

# As in a worker; read when the libraries are imported.
os.environ |= {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}

import argparse
import functools
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bumpcast.config import load
from bumpcast.config.cards import load_card
from bumpcast.config.surrogate import TreesConfig
from bumpcast.datasets.workitem import WorkItem
from bumpcast.events import open_events
from bumpcast.events.files import open_file
from bumpcast.execution import ProcessorSpec
from bumpcast.simulate.simulation import simulate
from bumpcast.surrogates.domain import Domain
from bumpcast.surrogates.features import PAIR, feature_matrix, unit_of
from bumpcast.surrogates.model.card import DomainCard, FeatureCard, SurrogateCard
from bumpcast.surrogates.model.folder import model_file, write_folder
from bumpcast.surrogates.reading import ReadOptions, read_pairs
from bumpcast.surrogates.stand_in.labelling import label_spread
from bumpcast.surrogates.stand_in.selection import CLASSES, StandIn
from bumpcast.surrogates.training.boosting import Table, grow

CONFIGS = Path(__file__).parents[1] / "configs"
CARDS = {"higgs_to_llps_truth": 20_000, "higgs_to_llps": 2_000}
TREES, DEPTH = 300, 6
CTAU = np.geomspace(0.05, 30.0, 20).round(4)
SAMPLE = "ggH_400_100"


def train(folder: Path, events: Path) -> None:
    """Write a surrogate of the stand-in, trained on one sample."""
    pairs = read_pairs(events, ReadOptions(bad_events="skip"))
    made = label_spread(pairs, StandIn.called("low-ET"), (0.5, 20.0), repeat=2, name="benchmark")
    table = Table(feature_matrix(made.pairs, PAIR), made.region, made.pairs.weight)
    settings = TreesConfig(max_depth=DEPTH, learning_rate=0.1)
    data = bytes(
        grow(table, settings, classes=len(CLASSES), seed=1, rounds=TREES, threads=1).save_raw("ubj")
    )
    domain = Domain.of(made.pairs, [np.arange(len(made.pairs))])
    children = None if domain.children is None else list(domain.children)
    card = SurrogateCard(
        name="benchmark",
        classes=list(CLASSES),
        features=[FeatureCard(name=name, unit=unit_of(name)) for name in PAIR],
        files=[model_file("xgboost", "model.ubj", data)],
        uncertainty=dict.fromkeys(CLASSES[1:], 0.25),
        uncertainty_source="none: for its speed alone",
        domain=DomainCard(ranges=dict(domain.ranges), children=children),
    )
    write_folder(folder, card, {"model.ubj": data})


def bare(path: Path) -> None:
    """Read all of the collection Particle."""
    file = open_file(str(path))
    tree = file.tree("Delphes")
    for name in file.keys("Delphes"):
        if name.startswith("Particle/") and not name.endswith("fBits"):
            tree[name].array()


def processor(path: Path, model: str, lifetimes: list[float], by: str) -> Callable[[], None]:
    """Return what a worker does with the whole file as one chunk."""
    analysis = load(
        CONFIGS / "llp_surrogate.toml",
        [
            f"options.model={model}",
            f"options.ctau_m={lifetimes}",
            f"options.histogram_ctau_m={lifetimes[:1]}",
            f"options.by={by}",
            *(["options.ctau_of_sample_m=1.5"] if by == "weights" else []),
            "run.bad_events=skip",
        ],
    )
    made = ProcessorSpec.of(analysis).make()
    file = open_file(str(path))
    item = WorkItem(SAMPLE, str(path), "Delphes", 0, file.tree("Delphes").num_entries, file.uuid)
    columns = functools.partial(made.columns, SAMPLE)
    fmt = analysis.format_of(SAMPLE)

    def work() -> None:
        made.process(open_events(item, fmt, columns=columns))

    return work


def seconds(call: Callable[[], None]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = [path.absolute() for path in arguments.files]
        if not files:
            for name, events in CARDS.items():
                files.append(Path(folder) / f"{name}.root")
                simulate(load_card(CONFIGS / "simulate" / f"{name}.toml"), events, 1, files[-1])
        surrogate = arguments.model
        if surrogate is None:
            surrogate = Path(folder) / "model"
            train(surrogate, files[0])
        models = {
            "map": '"high-ET"',
            "surrogate": f"{{ path = {json.dumps(str(surrogate.absolute()))} }}",
        }
        for path in files:
            events = int(open_file(str(path)).tree("Delphes").num_entries)
            for name, model in models.items():
                for count, by in ((1, "draws"), (20, "draws"), (20, "weights"), (20, "mixture")):
                    lifetimes = CTAU[10:11] if count == 1 else CTAU
                    work = processor(path, model, lifetimes.tolist(), by)
                    work(), bare(path)
                    times = [
                        (seconds(functools.partial(bare, path)), seconds(work))
                        for _ in range(arguments.rounds)
                    ]
                    reading, own = (min(column) for column in zip(*times, strict=True))
                    print(
                        f"{path.name}, {name}, {count} lifetimes by {by}: bare "
                        f"{events / reading:,.0f} events/s, processor {events / own:,.0f} "
                        f"events/s, ratio {reading / own:.2f} (target: 0.5)",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
