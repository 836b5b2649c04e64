"""Made-up long-lived particles."""

from __future__ import annotations

import numpy as np

from bumpcast.surrogates.llps import LlpPairs


def some_pairs(events: int, seed: int = 1, *, flavours=(5, 4, 15), masses=(50.0, 100.0)):
    """Return events whose decays are spread over a few metres."""
    random = np.random.default_rng(seed)
    shape = (events, 2)
    pt, eta = random.exponential(150, shape), random.normal(0, 1.3, shape)
    mass = np.repeat(random.choice(masses, (events, 1)), 2, axis=1)
    length = random.exponential(1.0, shape) * pt / mass
    return LlpPairs(
        pt=pt,
        eta=eta,
        mass=mass,
        child=random.choice(flavours, shape),
        weight=np.ones(events),
        copied=np.zeros(events, bool),
        lxy=length,
        lz=length * np.abs(np.sinh(eta)),
    )
