"""Spectra of which little or nothing can be said, or that look like a signal and are none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bumpcast.bumps.spectra import Spectra

BINS = 40


@dataclass
class Columns:
    """One spectrum, and what its bins would hold without what is odd about it."""

    counts: np.ndarray
    variances: np.ndarray
    low: np.ndarray
    high: np.ndarray
    expected: np.ndarray


def plain(bins: int = BINS, height: float = 400.0) -> Columns:
    """Return a falling background without a signal."""
    edges = 100.0 + 10.0 * np.arange(bins + 1)
    expected = height * np.exp(-3.0 * np.arange(bins) / BINS)
    counts = np.random.default_rng(8).poisson(expected).astype(float)
    return Columns(counts, counts.copy(), edges[:-1].copy(), edges[1:].copy(), expected)


def _make() -> dict[str, Columns]:
    found = {"plain": plain(), "no bins": plain(0), "one bin": plain(1)}
    found |= {f"{bins} bins": plain(bins) for bins in range(2, 8)}

    def changed(name: str) -> Columns:
        found[name] = plain()
        return found[name]

    def both(name: str, **bins: float) -> None:
        column = changed(name)
        for key, value in bins.items():
            column.counts[int(key[1:])] = column.variances[int(key[1:])] = value

    def scaled(name: str, weight: float, height: float = 400.0) -> None:
        column = found[name] = plain(height=height)
        column.counts *= weight
        column.variances *= weight**2
        column.expected *= weight

    zero = changed("all zero")
    zero.counts[:] = zero.variances[:] = zero.expected[:] = 0.0
    single = changed("zero but one bin")
    single.counts[:] = single.variances[:] = 0.0
    single.counts[20] = single.variances[20] = single.expected[20] = 900.0
    single.expected[np.arange(BINS) != 20] = 0.0
    last = changed("all in the last bin")
    last.counts[:] = last.variances[:] = 0.0
    last.counts[-1] = last.variances[-1] = last.expected[-1] = 5000.0
    last.expected[:-1] = 0.0
    changed("one negative bin").counts[20] = -3.0
    negative = changed("all negative")
    negative.counts *= -1.0
    both("a count is NaN", b20=np.nan)
    both("a count is infinite", b20=np.inf)
    both("all counts are NaN", **{f"b{k}": np.nan for k in range(BINS)})
    changed("a variance is NaN").variances[20] = np.nan
    changed("a variance is negative").variances[20] = -3.0
    changed("a variance is infinite").variances[20] = np.inf
    changed("a variance is zero").variances[20] = 0.0
    changed("all variances are zero").variances[:] = 0.0
    heavy = changed("one event of weight 1000")
    heavy.counts[25] += 1000.0
    heavy.variances[25] += 1000.0**2
    scaled("weights of 1e-6", 1e-6)
    scaled("weights of 1e-6, many events", 1e-6, 1e7)
    scaled("sums of weights of 1e12", 1e9, 1e3)
    huge = changed("counts of 1e12")
    huge.expected *= 1e12 / 400.0
    above = changed("counts of 1e20")
    above.expected *= 1e20 / 400.0
    above.counts = above.expected + np.sqrt(above.expected) * 0.3
    above.variances = above.counts.copy()
    huge.counts = np.round(huge.expected + np.sqrt(huge.expected) * 0.3)
    huge.variances = huge.counts.copy()
    whole = plain(70)
    there = np.setdiff1d(np.arange(70), [*range(12, 20), *range(30, 52)])
    found["gaps"] = Columns(
        *(
            getattr(whole, name)[there]
            for name in ("counts", "variances", "low", "high", "expected")
        )
    )
    widths = changed("bins of very different widths")
    wide = np.where(np.arange(BINS) % 3 == 0, 100.0, 1.0)
    edges = 100.0 + np.concatenate([[0.0], np.cumsum(wide)])
    middle = 0.5 * (edges[1:] + edges[:-1])
    widths.low, widths.high = edges[:-1], edges[1:]
    widths.expected = 10.0 * wide * np.exp(-2.0 * (middle - 100.0) / (edges[-1] - 100.0))
    widths.counts = np.random.default_rng(9).poisson(widths.expected).astype(float)
    widths.variances = widths.counts.copy()
    falling = changed("edges that fall")
    falling.low, falling.high = falling.low[::-1].copy(), falling.high[::-1].copy()
    swapped = changed("bins that end before they begin")
    swapped.low, swapped.high = swapped.high, swapped.low
    overlap = changed("bins that overlap")
    overlap.high += 4.0
    unknown = changed("an edge is NaN")
    unknown.low[20] = np.nan
    changed("bins that follow another order").low[[3, 9]] = plain().low[[9, 3]]
    changed("an edge is infinite").high[-1] = np.inf
    step = changed("a step")
    step.expected[:12] = 3.0
    step.counts[:12] = step.variances[:12] = np.random.default_rng(3).poisson(3.0, 12)
    cut = changed("nothing from the middle on")
    cut.counts[20:] = cut.variances[20:] = cut.expected[20:] = 0.0
    few = changed("five events")
    few.counts[:] = few.variances[:] = 0.0
    few.expected[:] = 0.125
    few.counts[[2, 5, 9, 17, 18]] = few.variances[[2, 5, 9, 17, 18]] = 1.0
    sparse = changed("half an event a bin")
    sparse.expected[:] = 0.5
    sparse.counts = np.random.default_rng(5).poisson(sparse.expected).astype(float)
    sparse.variances = sparse.counts.copy()
    flat = changed("no fluctuations")
    flat.counts = flat.variances = np.full(BINS, 100.0)
    flat.expected[:] = 100.0
    return found


ODD = _make()


def odd_spectra() -> Spectra:
    """Return all of them together."""
    columns = list(ODD.values())
    bins = [len(column.counts) for column in columns]
    joined = [
        np.concatenate([getattr(column, name) for column in columns])
        for name in ("low", "high", "counts", "variances")
    ]
    return Spectra(list(ODD), np.concatenate([[0], np.cumsum(bins)]), *joined)
