"""How fast and how good the ways to a background are, on spectra of known truth.

    OPENBLAS_NUM_THREADS=1 python benchmarks/backgrounds.py [--histograms 700] [--minuit 20]

Without the first word, threads of the linear algebra wait for each other, which counts as time of
the Gaussian process (27 instead of 12 ms); workers of a run have one each.

Spectra of 30 to 100 bins with 10 to 100 000 events a bin, drawn from the smooth functions that the
search is tested with: exponentials, powers, lines, parabolas, cosines, logarithms and cosh. For
each way: time a histogram on one core (compiling is not in it); the error of the background in
units of the Poisson error of a bin; how many histograms have a background at all; the spread of z
with the background profiled, and how many histograms have one above 3 and 4 where there is nothing;
then what is left of a signal of 5 standard deviations, of 1 and of 3 bins' width. Below, iminuit on
some of the same fits as the compiled ones, all orders of one family.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from bumpcast.bumps.backgrounds import automatic, functions, gaussian_process
from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.families import LINEAR, SIMPSON
from bumpcast.bumps.backgrounds.fitted_functions import FunctionSettings
from bumpcast.bumps.backgrounds.linear_terms import fit_linear
from bumpcast.bumps.backgrounds.minuit import minimise
from bumpcast.bumps.backgrounds.spurious import largest_of_each, spurious_significance
from bumpcast.bumps.likelihood import gaussian_template
from bumpcast.bumps.scanning import scan_widths
from bumpcast.bumps.spectra import Spectra

SHAPES: dict[str, Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]] = {
    "exponential": lambda t, x, random: np.exp(-random.uniform(0.5, 8) * t),
    "line": lambda t, x, random: 1 - t,
    "power": lambda t, x, random: (x / x[0]) ** -random.uniform(0.01, 10),
    "parabola": lambda t, x, random: (t - random.uniform(1, 2)) ** 2,
    "cosine": lambda t, x, random: np.cos(t * np.pi / 2),
    "logarithm": lambda t, x, random: -np.log(x),
    "cosh": lambda t, x, random: np.cosh(random.uniform(0.5, 5) * (t - 1)),
}


def truths(histograms: int, seed: int = 1) -> Spectra:
    """Return smooth expectations."""
    random = np.random.default_rng(seed)
    low, high, counts, bins = [], [], [], []
    for number in range(histograms):
        some = int(random.integers(30, 101))
        first, last = np.sort(random.uniform(1, 4000, 2))
        edges = np.linspace(first, max(last, first + 20), some + 1)
        x = 0.5 * (edges[1:] + edges[:-1])
        t = (x - x[0]) / (x[-1] - x[0])
        shape = list(SHAPES.values())[number % len(SHAPES)](t, x, random)
        shape = (shape - shape[-1]) / (shape[0] - shape[-1])
        least, most = np.sort(10 ** random.uniform(1, 5, 2))
        low.append(edges[:-1])
        high.append(edges[1:])
        counts.append(least + (most - least) * shape)
        bins.append(some)
    columns = [np.concatenate(column) for column in (low, high, counts)]
    names = [str(number) for number in range(histograms)]
    offsets = np.concatenate([[0], np.cumsum(bins)])
    return Spectra(names, offsets, columns[0], columns[1], columns[2], columns[2])


def with_signal(truth: Spectra, counts: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return counts with a signal of 5 standard deviations, and where it is."""
    random = np.random.default_rng(9)
    template = gaussian_template(width)
    reach = len(template) // 2
    found, centres = counts.copy(), []
    for h in range(len(truth)):
        bins = truth.slice_of(h)
        centre = int(random.integers(bins.start + 8, bins.stop - 8))
        near = np.arange(max(bins.start, centre - reach), min(bins.stop, centre + reach + 1))
        share, background = template[near - centre + reach], truth.counts[near]
        strength = 5.0 / np.sqrt(np.sum(share**2 / background))
        for _ in range(10):
            q = 2 * np.sum(
                (background + strength * share) * np.log1p(strength * share / background)
                - strength * share
            )
            strength *= 5.0 / np.sqrt(q)
        found[near] += random.poisson(strength * share)
        centres.append(centre)
    return found, np.array(centres)


def measure(name: str, way: Callable[[Spectra], BackgroundEstimate], truth: Spectra) -> None:
    counts = np.random.default_rng(2).poisson(truth.counts).astype(float)
    observed = truth.with_counts(counts)
    way(observed.some(range(3)))
    begun = time.process_time()
    background = way(observed)
    taken = (time.process_time() - begun) / len(truth) * 1e3
    known = np.isfinite(background.expected)
    error = ((background.expected - truth.counts) / np.sqrt(truth.counts))[known]
    z, _ = scan_widths(observed, background)
    narrow, _ = scan_widths(observed, background, [1.0])
    largest = largest_of_each(observed, z)
    has = np.isfinite(largest)
    spurious = spurious_significance(way, truth)
    left = []
    for width in (1.0, 3.0):
        signal, centres = with_signal(truth, counts, width)
        seen = truth.with_counts(signal)
        at = scan_widths(seen, way(seen), [width])[0][centres]
        left.append(f"{np.nanmean(at):.2f} ({np.mean(np.isnan(at)):.1%} none)")
    print(
        f"{name:18s}{taken:7.2f} ms  {np.mean(~has):6.1%} without  error {np.std(error):.2f}  "
        f"z {np.nanstd(narrow):.2f}  >3 {np.mean(largest[has] > 3):.1%}  "
        f">4 {np.mean(largest[has] > 4):.2%}  >5 {np.mean(largest[has] > 5):.2%}  "
        f"spurious {np.nanmedian(spurious):.2f} ({np.nanpercentile(spurious, 90):.2f})  "
        f"of 5: {left[0]}, {left[1]}",
        flush=True,
    )


def against_minuit(truth: Spectra, histograms: int) -> None:
    family = LINEAR["exp-polynomial"]
    some = truth.some(range(histograms))
    some = some.with_counts(np.random.default_rng(3).poisson(some.counts).astype(float))
    everywhere = np.ones(len(some.counts), bool)
    begun = time.process_time()
    fits = fit_linear(some, family, everywhere, most_order=4)
    compiled = time.process_time() - begun
    apart, slow = [], 0.0
    for h in range(histograms):
        bins = some.slice_of(h)
        low, high, counts = some.low[bins], some.high[bins], some.counts[bins]
        first, last = np.full_like(low, low[0]), np.full_like(low, high[-1])
        points = [family.terms(mass, first, last, np.nan) for mass in (low, (low + high) / 2, high)]
        for order in range(1, 5):

            def expected(
                parameters: np.ndarray,
                points: list[np.ndarray] = points,
                order: int = order,
            ) -> np.ndarray:
                return sum(
                    share * np.exp(terms[:, : order + 1] @ parameters)
                    for share, terms in zip(SIMPSON, points, strict=True)
                )

            logs = np.log(counts + 0.5)
            scale = np.sqrt(counts + 0.5)[:, None]
            start = np.linalg.lstsq(
                points[1][:, : order + 1] * scale, logs * scale[:, 0], rcond=None
            )[0]
            begun = time.process_time()
            _, deviance = minimise(
                expected, counts, np.ones(len(counts)), start, [(None, None)] * (order + 1)
            )
            slow += time.process_time() - begun
            if np.isfinite(deviance):
                apart.append(fits.deviances[h, order - 1] - deviance)
    print(
        f"four orders of {family.name}: compiled {compiled / histograms * 1e3:.2f} ms, iminuit "
        f"{slow / histograms * 1e3:.0f} ms a histogram; compiled deviance at most "
        f"{max(apart):.1e} larger, and up to {-min(apart):.1e} smaller"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histograms", type=int, default=700)
    parser.add_argument("--minuit", type=int, default=20)
    arguments = parser.parse_args()
    truth = truths(arguments.histograms)
    print(f"{len(truth)} histograms, {len(truth.counts)} bins")

    def known(spectra: Spectra) -> BackgroundEstimate:
        counts = truth.some([int(name) for name in spectra.names]).counts
        texts = [""] * len(spectra)
        return BackgroundEstimate.without_modes(counts, np.zeros(len(counts)), texts, texts)

    free = FunctionSettings(signals=(), most_rise=np.inf, bins_per_order=1)
    for name, way in (
        ("truth", known),
        ("functions", functions.estimate),
        ("... by Akaike", lambda s: functions.estimate(s, FunctionSettings(price=2.0))),
        ("... no signal", lambda s: functions.estimate(s, FunctionSettings(signals=()))),
        ("... nothing held", lambda s: functions.estimate(s, free)),
        ("Gaussian process", gaussian_process.estimate),
        ("automatic", automatic.estimate),
    ):
        measure(name, way, truth)
    against_minuit(truth, arguments.minuit)


if __name__ == "__main__":
    main()
