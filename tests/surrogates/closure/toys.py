"""Toy searches whose probabilities are known, and models that know them or not."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bumpcast.surrogates.domain import Domain
from bumpcast.surrogates.labelled import LabelledEvents
from bumpcast.surrogates.llps import LlpPairs

CLASSES = ("not selected", "near", "far")


@dataclass(frozen=True)
class Toy:
    """A model: the true probabilities, times a factor."""

    factor: float = 1.0
    classes: tuple[str, ...] = CLASSES
    relative: float = 0.1
    domain: Domain = field(default_factory=lambda: Domain({"llp1_pT": (0.0, 300.0)}, (5,)))

    @property
    def uncertainty(self):
        return np.full(len(self.classes) - 1, self.relative)

    def probabilities(self, pairs, where="the events"):
        near = 0.3 * np.exp(-pairs.lxy.mean(axis=1))
        far = 0.1 * (1 - np.exp(-pairs.lxy.mean(axis=1)))
        known = {"near": self.factor * near, "far": self.factor * far}
        selected = np.stack([known[name] for name in self.classes[1:]], axis=1)
        return np.concatenate([1 - selected.sum(axis=1, keepdims=True), selected], axis=1)

    def outside(self, pairs):
        return self.domain.outside(pairs)


def toy_pairs(events, seed=1, weights=False):
    random = np.random.default_rng(seed)
    shape = (events, 2)
    return LlpPairs(
        pt=random.exponential(100, shape),
        eta=random.normal(0, 1.5, shape),
        mass=np.full(shape, 50.0),
        child=np.full(shape, 5),
        weight=random.uniform(0.2, 1.8, events) if weights else np.ones(events),
        copied=np.zeros(events, np.bool_),
        lxy=random.exponential(1.0, shape),
        lz=random.exponential(3, shape),
    )


def toy_events(events=4000, seed=1, *, weights=False, samples=2, lifetimes=(0.5, 2.0)):
    """Return events of samples 'point 0' and so on, decided by the true probabilities."""
    random = np.random.default_rng(1000 + seed)
    pairs = toy_pairs(events, seed, weights)
    ctau = None
    if lifetimes is not None:
        ctau = random.choice(lifetimes, events)
        pairs = pairs.with_decays(pairs.lxy * ctau[:, None], pairs.lz * ctau[:, None])
    sums = np.cumsum(Toy().probabilities(pairs), axis=1)
    decision = (random.random(events)[:, None] > sums[:, :-1]).sum(axis=1)
    names = tuple(f"point {number}" for number in range(samples))
    return LabelledEvents(pairs, decision, random.integers(0, samples, events), names, ctau)
