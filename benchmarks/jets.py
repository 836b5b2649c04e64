"""How long each step from energy-flow objects to tagged jets takes.

    python benchmarks/jets.py [--events 2000]

The events of tests/data/delphes_cms_jets.npz, top pairs with large jets above their usual share,
are repeated. Shown are ms an event of each step on one core and of the whole.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bumpcast.config.detector_jets import JetSettings
from bumpcast.simulate.detector.jets.clustering import find_clusters
from bumpcast.simulate.detector.jets.columns import columns
from bumpcast.simulate.detector.jets.energy_scale import calibrate
from bumpcast.simulate.detector.jets.finding import find_jets
from bumpcast.simulate.detector.jets.flavour import jet_flavours, tau_charges
from bumpcast.simulate.detector.jets.large_jets import substructure
from bumpcast.simulate.detector.jets.recombination import ANTI_KT
from bumpcast.simulate.detector.jets.sources import JetSources
from bumpcast.simulate.detector.jets.tagging import draw
from bumpcast.simulate.detector.objects import DetectorObjects
from bumpcast.simulate.detector.randomness import key

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/simulate/detector"))
from test_jets import objects, particles


def repeated(file: dict[str, Any], times: int) -> dict[str, Any]:
    total = len(file["particles_pid"])
    result = {name: np.concatenate([column] * times, axis=-1) for name, column in file.items()}
    for name in (name for name in file if name.endswith("_stems")):
        shift = np.repeat(np.arange(times) * total, len(file[name]))
        result[name] = result[name].astype(np.int64) + shift
    return result


def best(call: Callable[[], Any]) -> tuple[float, Any]:
    call()  # compiles
    least = np.inf
    for _ in range(5):
        start = time.process_time()
        result = call()
        least = min(least, time.process_time() - start)
    return least, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=2000)
    arguments = parser.parse_args()
    card = ROOT / "configs/simulate/detectors/cms.toml"
    settings = JetSettings.model_validate(tomllib.loads(card.read_text())["jets"])
    with np.load(ROOT / "tests/data/delphes_cms_jets.npz", allow_pickle=False) as stored:
        file = repeated(dict(stored), max(arguments.events // 8, 1))
    generated = particles(file)
    eflow, photons, electrons, muons = (
        objects(file, name) for name in ("eflow", "photons", "electrons", "muons")
    )
    sources = JetSources({"energy_flow": eflow}, eflow, photons, electrons, muons)
    events = len(generated)
    visible = DetectorObjects.visible(generated)
    print(f"{events} events; an event has on average")
    print(f"  {len(generated.pid) / events:6.0f} particles, {len(visible.charge) / events:6.0f}")
    print(f"  {len(eflow.charge) / events:6.0f} energy-flow objects")

    def show(name: str, call: Callable[[], Any]) -> Any:
        seconds, result = best(call)
        print(f"  {name:32} {seconds / events * 1e3:8.3f} ms an event", flush=True)
        return result

    small, large = settings.small, settings.large
    cluster = partial(find_clusters, power=ANTI_KT)
    show("generator jets", partial(cluster, visible.momenta, radius=0.4, pt_min=20.0))
    found = show("small jets", partial(cluster, eflow.momenta, radius=small.radius, pt_min=20.0))
    wide = show(
        "large jets", partial(cluster, eflow.momenta, radius=large.radius, pt_min=large.pt_min_GeV)
    )
    print(f"    {len(wide.momenta.px) / events:.2f} large jets an event")
    show("grooming and N-subjettiness", partial(substructure, wide, eflow.momenta, large))
    jets = show("energy scale", partial(calibrate, found.momenta, settings.energy_scale))
    show("columns", partial(columns, found, eflow, jets))
    show("flavour", partial(jet_flavours, jets, generated, settings.flavour))
    show("taus", partial(tau_charges, jets, generated, settings.tau_tag))
    show("random numbers", partial(draw, jets, key(1, 0)))
    show("all", partial(find_jets, sources, generated, settings, key(1, 0)))


if __name__ == "__main__":
    main()
