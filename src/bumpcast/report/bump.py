"""The picture of a spectrum that was searched: counts, background, and significance below."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bumpcast.bumps.findings import Findings
from bumpcast.report.style import COLOURS, house_style, new_figure, save_picture


def save_bump(findings: Findings, number: int, path: Path, *, title: str | None = None) -> Path:
    """Draw one spectrum of a search into a file.

    Args:
        findings: What the search found.
        number: Which of its spectra.
        path: Picture to write; its ending says the format.
        title: Above the picture; absent: the spectrum's name.
    """
    bins = findings.spectra.slice_of(number)
    low, high = findings.spectra.low[bins], findings.spectra.high[bins]
    edges = np.append(low, high[-1:])
    width = high - low
    counts = findings.spectra.counts[bins] / width
    errors = np.sqrt(findings.spectra.variances[bins]) / width
    expected, z = findings.background[bins] / width, findings.z[bins]
    uncertainty = findings.uncertainty[bins] / width
    line = findings.table.iloc[number]
    with house_style():
        figure = new_figure(7.0, 6.2)
        grid = figure.add_gridspec(2, 1, height_ratios=[2.4, 1.0])
        above = figure.add_subplot(grid[0])
        below = figure.add_subplot(grid[1], sharex=above)
        above.errorbar(
            0.5 * (low + high), counts, errors, fmt="k.", markersize=5, label="Events", zorder=5
        )
        above.stairs(
            expected,
            edges,
            baseline=None,
            color=COLOURS[0],
            linewidth=1.6,
            label="Background",
            zorder=4,
        )
        if np.any(uncertainty > 0):
            above.stairs(
                expected + uncertainty,
                edges,
                baseline=np.maximum(expected - uncertainty, 0.0),
                fill=True,
                color=COLOURS[0],
                alpha=0.25,
                linewidth=0,
            )
        below.stairs(np.nan_to_num(z), edges, fill=True, color="0.72", linewidth=0)
        below.axhline(0.0, color="black", linewidth=0.8)
        if np.isfinite(line["z"]):
            mass, reach = line["mass_GeV"], 2.0 * line["width_GeV"]
            for axes in (above, below):
                axes.axvspan(mass - reach, mass + reach, color=COLOURS[1], alpha=0.13, linewidth=0)
            below.stairs(
                np.where(np.arange(len(z)) == int(line["bin"]), z, np.nan),
                edges,
                fill=True,
                color=COLOURS[1],
                linewidth=0,
            )
            above.plot([], [], " ", label=f"z = {line['z']:.2f} at {mass:,.1f} GeV")
        positive = counts[np.isfinite(counts) & (counts > 0)]
        if len(positive) and positive.max() > 30 * positive.min():
            above.set_yscale("log")
        above.set_xlim(edges[0], edges[-1])
        above.tick_params(labelbottom=False)
        above.set_ylabel("Events / GeV")
        above.set_title(title or findings.spectra.names[number], y=1.0)
        above.legend()
        below.set_ylabel("z")
        below.set_xlabel("Mass [GeV]")
        save_picture(figure, path)
    return path
