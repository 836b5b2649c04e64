"""Whether the probability in a histogram is uniform where there is no signal.

    python benchmarks/calibration.py [--method fit gp simulation network] [--spectra 2000]
    python benchmarks/calibration.py --method network

Background-only spectra of three sets are searched as a user searches them: smooth functions of the
recipe, smooth curves through simulated spectra, and both with weighted events of two kinds. Half
of the spectra are functions, a quarter each of the other sets. The calibration, where the search
has one, is made from pseudo-data of these very spectra. For the probabilities before and after it:
how many are below some levels, with a binomial error, and the Kolmogorov-Smirnov p-value against a
uniform distribution.

All spectra share one calibration of N pseudo-data, so that what is below a level u is off by
sqrt(u (1 - u) / N) for all of them together. The error after the calibration has this in it, and
the Kolmogorov-Smirnov test is that of two samples, the data's probabilities and the calibration's:
both are the same question, since the calibration is the second sample's distribution function.
Below the tenth smallest of the calibration, where it is extrapolated, the error is larger by up to
a factor of two. `--calibration 4000` makes all that small, and leaves what is wrong whatever the
pseudo-data are. One calibration serves spectra of any length and height: the last lines show
whether it may.
"""

from __future__ import annotations

import argparse
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.stats import ks_2samp, kstest

from bumpcast.bumps.backgrounds.simulation import simulated_background
from bumpcast.bumps.calibration import Calibration, pseudo_spectra
from bumpcast.bumps.choices import SearchChoices, make_method, toy_settings
from bumpcast.bumps.search import search
from bumpcast.bumps.spectra import Spectra
from bumpcast.bumps.synthetic import Recipe, draw
from bumpcast.bumps.synthetic.scans import quickstart_curves
from bumpcast.config.bumps import BumpsConfig

LEVELS = (0.5, 0.3, 0.1, 0.05, 0.01, 0.003)
WEIGHTS = (0.3, 1.2)
SETS = ("functions", "curves", "weights")
LENGTHS = (30, 50, 75, 101)
EVENTS = (0, 3e4, 3e5, 1e9)


def truths(number: int, seed: int) -> tuple[Spectra, np.ndarray]:
    """Return what is expected without a signal, and which set each spectrum is of."""
    parts, of = [], []
    shares = (number // 2, number // 4, number - number // 2 - number // 4)
    for which, some in enumerate(shares):
        recipes = {0: (0.0,), 1: (1.0,), 2: (0.0, 1.0)}[which]
        for smoothed in recipes:
            recipe = Recipe(signal_share=0.0, smoothed_share=smoothed)
            here = some // len(recipes)
            parts.append(draw(recipe, seed + which, "test", here, curves=quickstart_curves()))
            of.append(np.full(here, which))
    bins = np.concatenate([np.diff(part.offsets) for part in parts])
    offsets = np.concatenate([[0], np.cumsum(bins)])
    expected = np.concatenate([part.background for part in parts])
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], bins)
    low = 100.0 + 10.0 * place
    names = [f"spectrum {k}" for k in range(len(bins))]
    return Spectra(names, offsets, low, low + 10.0, expected, expected), np.concatenate(of)


def observed(truth: Spectra, of: np.ndarray, seed: int) -> Spectra:
    """Return what is seen of it: counts, or sums of weights of two kinds of events."""
    random = np.random.default_rng(seed)
    counts = random.poisson(truth.counts).astype(float)
    variances = counts.copy()
    # The share of the heavier events falls along the spectrum.
    bins = truth.bins
    place = np.arange(len(counts)) - np.repeat(truth.offsets[:-1], bins)
    heavy = 0.6 * (1.0 - 0.8 * place / np.repeat(bins, bins))
    light, more = WEIGHTS
    one = random.poisson(truth.counts * heavy / more)
    other = random.poisson(truth.counts * (1.0 - heavy) / light)
    weighted = of[truth.histogram_of_bin] == 2
    counts = np.where(weighted, more * one + light * other, counts)
    variances = np.where(weighted, more**2 * one + light**2 * other, variances)
    return truth.with_counts(counts, variances)


def simulated(truth: Spectra, seed: int) -> Spectra:
    """Return a simulation of 0.3 to 30 times as many events."""
    random = np.random.default_rng(seed)
    weight = np.repeat(10 ** random.uniform(-1.5, 0.5, len(truth)), truth.bins)
    events = random.poisson(truth.counts / weight)
    return truth.with_counts(weight * events, weight**2 * events)


def measure(name: str, arguments: argparse.Namespace) -> dict[str, np.ndarray]:
    """Search with a method; return probabilities before and after, and those of the calibration."""
    truth, of = truths(arguments.spectra, arguments.seed)
    spectra = observed(truth, of, arguments.seed)
    choices = SearchChoices.of(BumpsConfig(toys=arguments.toys, calibration=arguments.calibration))
    if name == "network":
        choices = choices.changed(method="network")
    else:
        choices = choices.changed(background=name)
    given = None
    if name == "simulation":
        given = simulated_background(spectra, simulated(truth, arguments.seed + 1), test=False)
    method, toys = make_method(choices, given), toy_settings(choices)
    begun = time.process_time()
    findings = search(spectra, method, toys)
    seconds = time.process_time() - begun
    before = findings.table["p_histogram"].to_numpy()
    found = np.empty(0)
    if choices.calibrates:
        drawn = pseudo_spectra(findings, arguments.calibration, choices.seed)
        found = search(drawn, method, toys).table["p_histogram"].to_numpy()
    after = Calibration.of(found).apply(before)
    print(f"\n{name}: {1e3 * seconds / len(spectra):.2f} ms a spectrum", flush=True)
    return {
        "z": findings.table["z"].to_numpy(),
        "bin": findings.table["bin"].to_numpy(),
        "model": findings.table["model"].to_numpy().astype(str),
        "before": before,
        "after": after,
        "found": found[np.isfinite(found)],
        "set": of,
        "bins": spectra.bins,
        "events": np.bincount(spectra.histogram_of_bin, truth.counts),
    }


def lines(found: dict[str, np.ndarray]) -> list[str]:
    """Return the table of a method."""
    rows = [f"{'':28}{'':>7}" + "".join(f"{f'< {u:g}':>18}" for u in LEVELS) + f"{'KS':>9}"]
    toys = len(found["found"])
    for state in ("before", "after") if toys else ("before",):
        groups = {"all": np.isfinite(found[state])}
        groups |= {name: groups["all"] & (found["set"] == k) for k, name in enumerate(SETS)}
        for column, edges in (("bins", LENGTHS), ("events", EVENTS)):
            for low, high in pairwise(edges):
                inside = (found[column] >= low) & (found[column] < high)
                groups[f"{low:g} to {high:g} {column}"] = groups["all"] & inside
        for name, chosen in groups.items():
            p = found[state][chosen]
            shared = 1 / toys if state == "after" else 0.0
            words = [
                f"{np.mean(p <= u):.4f} +- {np.sqrt(u * (1 - u) * (1 / len(p) + shared)):.4f}"
                for u in LEVELS
            ]
            ks = (
                kstest(p, "uniform").pvalue
                if state == "before"
                else ks_2samp(found["before"][chosen], found["found"]).pvalue
            )
            rows.append(
                f"{state + ', ' + name:28}{len(p):>7}"
                + "".join(f"{word:>18}" for word in words)
                + f"{ks:>9.2g}"
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = ("fit", "gp", "simulation", "network")
    parser.add_argument("--method", nargs="+", choices=names, default=names)
    parser.add_argument("--spectra", type=int, default=2000)
    parser.add_argument("--calibration", type=int, default=400)
    parser.add_argument("--toys", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--save", type=Path, help="a folder for the probabilities, as .npz")
    arguments = parser.parse_args()
    for name in arguments.method:
        found = measure(name, arguments)
        for line in lines(found):
            print(line, flush=True)
        if arguments.save:
            np.savez(arguments.save / f"{name}.npz", **found)


if __name__ == "__main__":
    main()
