"""How well the network and a fitted function read the z that a known background would give.

    python benchmarks/network_against_fit.py [--histograms 4000]

Test histograms of the network's samples, the first tenth of the bins left out; read are the largest
z of a signal one bin wide by the network, by the likelihood with the background that `fit` chooses
taken as known, and by that with its parameters free. Printed are mean and standard deviation of
what is read less what is true, of histograms that `fit` describes.
"""

from __future__ import annotations

import argparse

import numpy as np

from bumpcast.bumps.backgrounds import automatic
from bumpcast.bumps.likelihood import signed_significances
from bumpcast.bumps.network import load_network
from bumpcast.bumps.network.validation.samples import SKIP, samples
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.scanning import scan_widths
from bumpcast.bumps.spectra import Spectra
from bumpcast.bumps.synthetic import Histograms, batches
from bumpcast.bumps.synthetic.scans import quickstart_curves

SAMPLES = (
    "functions",
    "signals 2 bins wide",
    "signals 3 bins wide",
    "sums of functions",
    "smoothed spectra",
)


def spectra_of(drawn: Histograms) -> Spectra:
    """Return drawn histograms as spectra of bins 10 GeV wide, from 100 GeV on."""
    bins = np.diff(drawn.offsets)
    low = 100.0 + 10.0 * (np.arange(len(drawn.counts)) - np.repeat(drawn.offsets[:-1], bins))
    counts = drawn.counts.astype(np.float64)
    names = [str(number) for number in range(len(bins))]
    return Spectra(names, drawn.offsets, low, low + 10.0, counts, counts)


def can_be_found(drawn: Histograms) -> np.ndarray:
    """Return which histograms have no signal, or one in a bin that is looked at."""
    first = np.ceil(SKIP * np.diff(drawn.offsets))
    return (drawn.centre < 0) | (drawn.centre >= first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--histograms", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    network, curves = load_network(), quickstart_curves()
    recipes = samples(curves)
    for name in SAMPLES:
        read: dict[str, list[np.ndarray]] = {"network": [], "fit, known": [], "fit, free": []}
        size = min(arguments.histograms, 2000)
        total = arguments.histograms
        for drawn in batches(
            recipes[name], arguments.seed, "test", total, size=size, curves=curves
        ):
            spectra = spectra_of(drawn)
            background = automatic.estimate(spectra)
            described = np.isfinite(background.expected)
            expected = np.where(described, background.expected, 1.0)
            known = signed_significances(spectra.offsets, spectra.counts, expected)
            kept = can_be_found(drawn)
            true = largest(drawn.offsets, drawn.z, SKIP).z[kept]
            for way, z in (
                ("network", network.read(drawn.offsets, drawn.counts)[0]),
                ("fit, known", np.where(described, known, np.nan)),
                ("fit, free", scan_widths(spectra, background, [1.0])[0]),
            ):
                read[way].append(largest(drawn.offsets, z, SKIP).z[kept] - true)
        off = {way: np.concatenate(parts) for way, parts in read.items()}
        said = np.all([np.isfinite(values) for values in off.values()], axis=0)
        columns = [
            f"{way} {np.mean(values[said]):+.3f} +- {np.std(values[said]):.3f}"
            for way, values in off.items()
        ]
        print(f"{name:21s}{np.mean(said):6.1%} described   " + "   ".join(columns), flush=True)


if __name__ == "__main__":
    main()
