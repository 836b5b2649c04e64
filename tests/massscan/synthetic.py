"""Random events with the ten kinds of objects, for tests and benchmarks."""

from __future__ import annotations

import awkward as ak
import numpy as np

from bumpcast.massscan.naming.kinds import KINDS

MASSES = {
    "e": (0.0, 0.0), "m": (0.1, 0.1), "g": (0.0, 0.0), "j": (3.0, 50.0), "b": (5.0, 50.0),
    "Z": (80.0, 100.0), "Wh": (60.0, 110.0), "T": (110.0, 200.0), "HM": (200.0, 500.0),
}  # fmt: skip
RATES = np.array([0.45, 0.45, 0.15, 1.8, 0.6, 0.08, 0.2, 0.12, 0.05])


def state_counts(n_events: int, n_states: int, random: np.random.Generator) -> np.ndarray:
    """Return counts of the nine kinds, shape (events, 9), from so many different final states.

    States hold two to five objects; the n-th most frequent one has a share of about 1 / (n + 8).
    """
    catalogue: dict[tuple[int, ...], None] = {}
    while len(catalogue) < n_states:
        counts = random.poisson(RATES)
        if 2 <= counts.sum() <= 5 and counts.max() <= 4:
            catalogue[tuple(counts.tolist())] = None
    states = np.array(list(catalogue))
    shares = 1.0 / (np.arange(n_states) + 8.0)
    return states[random.choice(n_states, n_events, p=shares / shares.sum())]


def random_objects(
    n_events: int, seed: int, n_states: int | None = None, rates: float = 1.3
) -> ak.Array:
    """Return events with spectra that resemble those of hard collisions.

    Args:
        n_events: How many.
        seed: Seed of the generator.
        n_states: How many different final states; absent: Poisson multiplicities.
        rates: Factor on the mean multiplicities, for Poisson multiplicities.
    """
    random = np.random.default_rng(seed)
    if n_states is None:
        counts = random.poisson(RATES * rates, (n_events, len(KINDS)))
    else:
        counts = state_counts(n_events, n_states, np.random.default_rng(7))
        counts = random.permutation(counts)
    record = {}
    for number, kind in enumerate(KINDS):
        total = int(counts[:, number].sum())
        columns = {
            "pt": 20.0 + random.exponential(70.0, total),
            "eta": np.clip(random.normal(0.0, 1.2, total), -2.8, 2.8),
            "phi": random.uniform(-np.pi, np.pi, total),
            "mass": random.uniform(*MASSES[kind], total),
        }
        if kind in "em":
            columns["charge"] = random.choice([-1.0, 1.0], total)
        lists = ak.unflatten(ak.zip(columns), counts[:, number])
        record[kind] = lists[ak.argsort(lists.pt, ascending=False)]
    record["met"] = ak.zip(
        {"pt": random.exponential(80.0, n_events), "phi": random.uniform(-np.pi, np.pi, n_events)}
    )
    return ak.to_packed(ak.zip(record, depth_limit=1))  # as bumpcast.objects.build leaves them
