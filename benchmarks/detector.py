"""What each step of the detector costs for top pairs, beside Pythia in the same run.

    python benchmarks/detector.py [--events 400] [--rounds 5] [--card atlas]

Times are milliseconds of one processor core for each event: of the generator once, of each step
the least of the rounds. Compiling is not timed.
"""

from __future__ import annotations

import argparse
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bumpcast.config.cards import load_card
from bumpcast.config.detector import DetectorConfig
from bumpcast.simulate.detector import calorimeter, candidates
from bumpcast.simulate.detector.flow import build_flow, build_towers, build_tracks
from bumpcast.simulate.detector.missing import missing, missing_at_generator
from bumpcast.simulate.detector.observe import observe
from bumpcast.simulate.detector.propagation import propagate
from bumpcast.simulate.detector.randomness import key
from bumpcast.simulate.detector.tables import DetectorTables
from bumpcast.simulate.detector.tracks import find_tracks
from bumpcast.simulate.events import Particles
from bumpcast.simulate.generator.batch import ParticleProperties, particles_from
from bumpcast.simulate.generator.pythia import generator

DETECTORS = Path(__file__).parents[1] / "configs" / "simulate" / "detectors"
TTBAR = DETECTORS.parent / "ttbar.toml"


def top_pairs(events: int) -> tuple[Particles, float]:
    """Return generated events and the processor seconds of the generator."""
    with generator(load_card(TTBAR), 11) as made:
        begin = time.process_time()
        batch, _ = made.next_batch(events)
        spent = time.process_time() - begin
        return particles_from(batch, ParticleProperties(made.pythia.particleData)), spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--card", default="atlas", help="atlas or cms")
    arguments = parser.parse_args()

    text = (DETECTORS / f"{arguments.card}.toml").read_text()
    tables = DetectorTables.of(DetectorConfig.model_validate(tomllib.loads(text)))
    config, block = tables.config, key(1, 0)
    particles, generator_s = top_pairs(arguments.events)
    observe(particles, tables, block)
    per_event = 1e3 / len(particles)
    print(f"{len(particles)} events of {len(particles.pid) / len(particles):.0f} particles")
    print(f"{'Pythia':22s} {generator_s * per_event:8.3f} ms")

    def timed(name: str, step: Callable[[], Any]) -> Any:
        times = []
        for _ in range(arguments.rounds):
            begin = time.process_time()
            result = step()
            times.append(time.process_time() - begin)
        print(f"{name:22s} {min(times) * per_event:8.3f} ms")
        return result

    propagated = timed("propagation", lambda: propagate(particles, config.field))
    found = timed("tracks", lambda: find_tracks(particles, propagated, tables.tracks, block))
    ecal = timed(
        "ECal", lambda: calorimeter.measure(particles, propagated, found, tables.ecal, 1, block)
    )
    hcal = timed(
        "HCal",
        lambda: calorimeter.measure(particles, propagated, ecal.tracks, tables.hcal, 2, block),
    )
    cells = int(tables.ecal.first[-1])
    tracks = timed("track columns", lambda: build_tracks(particles, propagated, found, ecal))
    towers = timed("tower columns", lambda: build_towers(ecal, hcal, cells))
    flow = timed("energy-flow columns", lambda: build_flow(tracks, found, ecal, hcal, cells))
    timed(
        "electrons",
        lambda: candidates.electrons(flow, tables.electron, config.electron.isolation, block),
    )
    timed(
        "muons",
        lambda: candidates.muons(tracks, flow, tables.muon, config.muon.isolation, block),
    )
    timed(
        "photons",
        lambda: candidates.photons(flow, tables.photon, config.photon.isolation, block),
    )
    timed("missing energy", lambda: missing(towers.momenta))
    timed("the generator's", lambda: missing_at_generator(particles, config.invisible))
    timed("all of it", lambda: observe(particles, tables, block))


if __name__ == "__main__":
    main()
