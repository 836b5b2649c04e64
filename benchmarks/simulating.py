"""What each step of `bumpcast simulate` costs, beside Pythia and beside Delphes.

    python benchmarks/simulating.py [--card CARD] [--events 2000] [--rounds 3]

Makes events block by block in this process, as a worker does, and prints processor time of one
core for each event: the least of the rounds, each with a seed of its own, after a block that
compiles and is not timed. "Pythia alone" is a bare loop over `Pythia.next` with the same settings
and seed; the generator's step is that, the start of Pythia for each block, and turning events into
columns.

Targets: the detector costs less than Pythia, and less than a third of what Delphes takes for the
same events. Delphes itself is not needed: where Pythia made 130 to 150 top pairs a second, Delphes
3 with the ATLAS card took 165 to 200 of them (both on one core), that is 0.77 of Pythia's time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import pythia8mc

from bumpcast.config.cards import load_card, load_detector_of
from bumpcast.config.simulate import SimulationCard
from bumpcast.simulate.blocks import Block, cut
from bumpcast.simulate.chain import simulate_block
from bumpcast.simulate.generator.seeds import block_seed
from bumpcast.simulate.timing import Timer

CARD = Path(__file__).parents[1] / "configs" / "simulate" / "ttbar.toml"
DELPHES_OF_PYTHIA = 140 / 182.5
"""Delphes's time over Pythia's for the same top pairs."""


def bare_pythia_s(card: SimulationCard, seed: int, block: Block) -> float:
    """Return the processor seconds of Pythia for a block of events that are thrown away."""
    pythia = pythia8mc.Pythia("", False)
    for setting in (
        "Print:quiet = on",
        f"Beams:eCM = {card.energy_tev * 1000!r}",
        *card.common,
        *card.pythia,
        "Random:setSeed = on",
        f"Random:seed = {block_seed(seed, block.number)}",
    ):
        pythia.readString(setting)
    pythia.init()
    begun = time.process_time()
    for _ in range(block.events):
        pythia.next()
    return time.process_time() - begun


def timed(card: SimulationCard, seed: int, events: int) -> dict[str, float]:
    """Return the processor seconds of each step for events in blocks."""
    detector = load_detector_of(card)
    timer = Timer(clock=time.process_time)
    bare = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for block in cut(events):
            simulate_block(
                block,
                Path(folder) / "block.root",
                card=card,
                detector=detector,
                seed=seed,
                file=None,
                timer=timer,
            )
            bare += bare_pythia_s(card, seed, block)
    return {"Pythia alone": bare, **timer.seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--card", type=Path, default=CARD)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()

    card = load_card(arguments.card)
    timed(card, 0, 20)
    rounds = [timed(card, seed, arguments.events) for seed in range(1, arguments.rounds + 1)]
    least = {step: min(one[step] for one in rounds) for step in rounds[0]}
    bare = least.pop("Pythia alone")
    whole = sum(least.values())
    per_event_ms = 1e3 / arguments.events

    print(f"{card.name}: {arguments.events} events, {arguments.rounds} rounds")
    print(f"{'Pythia alone':14s}{bare * per_event_ms:8.3f} ms an event")
    for step, seconds in least.items():
        share = f"{seconds / whole:6.1%} of all"
        print(f"{step:14s}{seconds * per_event_ms:8.3f} ms an event{share:>16s}")
    print(f"{'all':14s}{whole * per_event_ms:8.3f} ms an event")
    detector = least["detector"] / bare
    print(f"detector / Pythia alone: {detector:.3f} (target: below 1)")
    print(f"detector / Delphes:      {detector / DELPHES_OF_PYTHIA:.3f} (target: below 0.333)")


if __name__ == "__main__":
    main()
