"""How fast the network reads many histograms, and of what its time consists.

    python benchmarks/network.py [--histograms 4000] [--rounds 3]

Histograms of the reference's test sample, on one core: making them with their labels, what the
network reads of them (fits), the network itself, and one training step's share of a histogram where
PyTorch is installed. Shown is the least processor time of the rounds; compiling is not in it.
Targets: 40 000 histograms in less than 10 s on two cores, 0.5 ms of one core each. The published
network of 943 362 parameters takes 5 ms of two cores.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from bumpcast.bumps.likelihood import signed_significances
from bumpcast.bumps.network import load_network
from bumpcast.bumps.network.features import features
from bumpcast.bumps.synthetic import Recipe, draw

PUBLISHED_MS = 2 * 5.0


def least(work: Callable[[], object], rounds: int) -> float:
    """Return the least processor time of some calls after a first one, in s."""
    work()
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def training_step(known: object, offsets: np.ndarray, number: int) -> Callable[[], object]:
    import torch

    from bumpcast.bumps.network.batching import pad
    from bumpcast.bumps.network.layout import Layout
    from bumpcast.bumps.network.torch_model import TorchNetwork

    torch.set_num_threads(1)
    network = TorchNetwork(Layout())
    batch = pad(known, offsets, np.arange(number))  # type: ignore[arg-type]
    inputs = [torch.from_numpy(a) for a in (batch.bins, batch.histograms, batch.mask)]

    def step() -> None:
        z, shift = network(*inputs)
        (z.square().mean() + shift.square().mean()).backward()

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histograms", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    number, rounds = arguments.histograms, arguments.rounds
    drawn = draw(Recipe(), 1, "test", number)
    network = load_network()
    known = features(drawn.offsets, drawn.counts)
    taken = {
        "made, with labels": least(lambda: draw(Recipe(), 1, "test", number), rounds),
        "exact likelihood": least(
            lambda: signed_significances(drawn.offsets, drawn.counts, drawn.background), rounds
        ),
        "fits": least(lambda: features(drawn.offsets, drawn.counts), rounds),
        "network": least(lambda: network.read_features(drawn.offsets, known), rounds),
        "read in all": least(lambda: network.read(drawn.offsets, drawn.counts), rounds),
    }
    few = min(number, 128)
    try:
        step = least(training_step(known, drawn.offsets, few), rounds) * number / few
        taken["training step"] = step
    except ModuleNotFoundError:
        print("PyTorch is not installed: no training step")
    exact = taken["exact likelihood"]
    print(f"{number} histograms, {len(drawn.counts)} bins, one core")
    for name, seconds in taken.items():
        each = 1e3 * seconds / number
        print(f"{name:20s}{each:8.3f} ms a histogram, {seconds / exact:6.1f} likelihood scans")
    each = 1e3 * taken["read in all"] / number
    print(f"40 000 histograms on two cores: {each * 40 / 2:.1f} s (target 10 s)")
    print(f"{PUBLISHED_MS / each:.0f} times as fast as the published network's 5 ms on two cores")


if __name__ == "__main__":
    main()
