"""Spectra of known truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bumpcast.bumps.likelihood import gaussian_template
from bumpcast.bumps.spectra import Spectra


def spectra_of(truths: Sequence[Any], edges: Sequence[Any] | None = None) -> Spectra:
    """Return spectra of some expectations; absent edges: from 100 GeV on, 10 GeV wide."""
    bins = [len(truth) for truth in truths]
    limits = edges or [100.0 + 10.0 * np.arange(number + 1) for number in bins]
    counts = np.concatenate([np.asarray(truth, np.float64) for truth in truths])
    return Spectra(
        [f"h{number}" for number in range(len(truths))],
        np.concatenate([[0], np.cumsum(bins)]),
        np.concatenate([limit[:-1] for limit in limits]),
        np.concatenate([limit[1:] for limit in limits]),
        counts,
        counts.copy(),
    )


def falling(kind: str, bins: int, height: float, range_: float) -> Any:
    """Return a smooth expectation that falls from a height by a factor."""
    t = np.linspace(0, 1, bins)
    last = height / range_
    if kind == "exponential":
        return height * np.exp(-np.log(range_) * t)
    shape = {
        "line": 1 - t,
        "parabola": (t - 1.5) ** 2,
        "power": (1 + 9 * t) ** -3.0,
        "cosine": np.cos(t * np.pi / 2),
        "cosh": np.cosh(3 * (t - 1)),
        "logarithm": -np.log(1 + 20 * t),
    }[kind]
    shape = (shape - shape[-1]) / (shape[0] - shape[-1])
    return last + (height - last) * shape


def many(number: int, seed: int) -> Spectra:
    """Return truths of all kinds, of 30 to 100 bins and 10 to 100 000 events a bin."""
    random = np.random.default_rng(seed)
    kinds = ("exponential", "line", "parabola", "power", "cosine", "cosh", "logarithm")
    truths = []
    for h in range(number):
        bins = int(random.integers(30, 101))
        last, height = np.sort(10 ** random.uniform(1, 5, 2))
        truths.append(falling(kinds[h % len(kinds)], bins, height, height / last))
    return spectra_of(truths)


def fluctuated(truth: Spectra, seed: int) -> Spectra:
    return truth.with_counts(np.random.default_rng(seed).poisson(truth.counts).astype(float))


def with_signal(spectra: Spectra, truth: Spectra, z: float, seed: int) -> tuple[Spectra, Any]:
    """Return spectra with a signal of an expected significance, and the bin it is centred on."""
    random = np.random.default_rng(seed)
    template = gaussian_template(1.0)
    reach = len(template) // 2
    counts, centres = spectra.counts.copy(), []
    for h in range(len(truth)):
        bins = truth.slice_of(h)
        centre = int(random.integers(bins.start + 8, bins.stop - 8))
        near = slice(centre - reach, centre + reach + 1)
        background = truth.counts[near]
        strength = z / np.sqrt(np.sum(template**2 / background))
        counts[near] += random.poisson(strength * template)
        centres.append(centre)
    return spectra.with_counts(counts), np.array(centres)
