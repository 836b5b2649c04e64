"""Pictures of the spectra: background, signal, one set of pseudo-data, and where it is found."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from bumpcast.bumps.expectation import expectation
from bumpcast.bumps.injecting import signal_of_dataset
from bumpcast.bumps.likelihood import signed_significances
from bumpcast.massscan.results.results import Results


def draw(results: Results, row: dict[str, Any], folder: Path) -> None:
    """Draw one spectrum.

    Args:
        results: Of the scan.
        row: Of the benchmark's table.
        folder: For the picture.
    """
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    without = expectation(
        results, luminosity_fb=row["luminosity_fb"], histograms=(row["histogram"],)
    )
    signal = signal_of_dataset(without, row["signal"])[0] * row.get("strength", 0.0)
    spectra, background = without.spectra, without.background
    expected = background + signal
    figure, (above, below) = plt.subplots(
        2, 1, sharex=True, figsize=(8, 6), height_ratios=(2, 1), layout="constrained"
    )
    counts = np.random.default_rng(1).poisson(expected)
    above.errorbar(
        spectra.centres, spectra.counts, np.sqrt(spectra.variances), fmt=".", ms=2, lw=0.4,
        color="0.7", label="simulated background",
    )  # fmt: skip
    above.plot(spectra.centres, counts, "k.", ms=3, label="one set of pseudo-data")
    above.plot(spectra.centres, background, label="background")
    above.plot(spectra.centres, signal, label="signal")
    above.set(
        yscale="log",
        ylim=(0.3, None),
        ylabel="events",
        title=f"{row['signal']}: {row['histogram']}",
    )
    above.legend(fontsize=7)
    for width in (1.0, 2.0, 3.0, 4.0, 5.0):
        z = signed_significances(spectra.offsets, expected, background, width_bins=width)
        below.plot(spectra.centres, z, label=f"{width:g} bins")
    below.legend(fontsize=7)
    below.set(xlabel="mass, GeV", ylabel="z expected")
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "_", f"{row['signal']}_{row['histogram']}")
    figure.savefig(folder / f"{name}.png", dpi=70)
    plt.close(figure)
