"""The pictures of docs/backgrounds.md.

python docs/tools/background_pictures.py
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from bumpcast.bumps.backgrounds import functions, gaussian_process
from bumpcast.bumps.backgrounds.fitted_functions import FunctionSettings
from bumpcast.bumps.likelihood import (
    gaussian_template,
    signed_significances,
)
from bumpcast.bumps.scanning import scan_widths
from bumpcast.bumps.spectra import Floats, Spectra

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
ATLAS = FunctionSettings(families=("polynomial",), least_order=4, most_order=4)


def diphoton() -> None:
    """Draw the published diphoton spectrum of 2012 and its significances."""
    data = ROOT / "tests" / "data"
    with (data / "atlas_hgg_2012.csv").open() as file:
        rows = [list(map(float, row.values())) for row in csv.DictReader(file)]
    with (data / "bumpnet_hgg_zlr_curve.csv").open() as file:
        curve = [(float(row["mass_GeV"]), float(row["z_lr"])) for row in csv.DictReader(file)]
    low, high, counts = np.array(rows).T
    spectra = Spectra(["diphoton"], np.array([0, len(low)]), low, high, counts, counts)
    figure = Figure(figsize=(8, 9), layout="constrained")
    top, middle, bottom = figure.subplots(3, 1, height_ratios=(3, 2, 3), sharex=True)
    mass = spectra.centres
    top.errorbar(mass, counts, np.sqrt(counts), fmt="k.", label="ATLAS 2012, digitised")
    published_mass, published = np.array(curve).T
    bottom.plot(
        published_mass, published, "k-", lw=3, alpha=0.3, label="arXiv:2501.05603, figure 15: known"
    )
    ways = (
        ("polynomial of order 4, as ATLAS's", "C0", functions.estimate(spectra, ATLAS)),
        ("what is chosen: log-polynomial of order 2", "C1", functions.estimate(spectra)),
    )
    for text, colour, background in ways:
        top.plot(mass, background.expected, colour, label=text)
        residual = (counts - background.expected) / np.sqrt(background.expected)
        middle.step(mass, residual, colour, where="mid")
        known = signed_significances(spectra.offsets, counts, background.expected)
        bottom.plot(mass, known, colour, ls="--", label="background taken as known")
        free, _ = scan_widths(spectra, background, [1.0])
        bottom.plot(mass, free, colour, label="background free")
    top.set_ylabel("events / 2 GeV")
    top.legend(fontsize=8)
    middle.axhline(0, color="0.5", lw=0.8)
    middle.set_ylabel(r"(n - b) / $\sqrt{b}$")
    bottom.axhline(0, color="0.5", lw=0.8)
    bottom.set_ylabel("z of a signal one bin wide")
    bottom.set_xlabel("mass of two photons [GeV]")
    bottom.legend(fontsize=8, loc="upper right")
    figure.savefig(IMAGES / "backgrounds-diphoton.png", dpi=110)


def window() -> None:
    """Draw what leaving the largest excess out does."""
    random = np.random.default_rng(11)
    edges: Floats = 500.0 * np.power(1.025, np.arange(56.0))
    truth = 3000.0 * np.exp(-np.arange(55) / 14.0)
    template = gaussian_template(2.0)
    centre, reach = 26, len(template) // 2
    signal = np.zeros(55)
    near = slice(centre - reach, centre + reach + 1)
    signal[near] = template * 8.0 / np.sqrt(np.sum(template**2 / truth[near]))
    counts = random.poisson(truth + signal).astype(float)
    spectra = Spectra(["toy"], np.array([0, 55]), edges[:-1], edges[1:], counts, counts)
    free = FunctionSettings(signals=(), most_rise=np.inf, bins_per_order=1, least_goodness=0.0)
    figure = Figure(figsize=(8, 7), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True)
    mass = spectra.centres
    top.errorbar(mass, (counts - truth) / np.sqrt(truth), 1.0, fmt="k.", ms=4, lw=0.7)
    top.plot(mass, signal / np.sqrt(truth), "k:", label="signal of 8 sigma, two bins wide")
    for text, style, background in (
        ("nothing held, nothing left out", "C3-", functions.estimate(spectra, free)),
        ("functions", "C0-", functions.estimate(spectra)),
        ("Gaussian process", "C2--", gaussian_process.estimate(spectra)),
    ):
        model = background.models[0].removeprefix("Gaussian process ")
        error = (background.expected - truth) / np.sqrt(truth)
        top.plot(mass, error, style, label=f"{text}: {model}")
        z, _ = scan_widths(spectra, background, [2.0])
        bottom.plot(mass, z, style)
    top.axhline(0, color="0.5", lw=0.8)
    top.set_ylabel(r"(counts or background - truth) / $\sqrt{truth}$")
    top.legend(fontsize=8)
    bottom.axhline(0, color="0.5", lw=0.8)
    bottom.set_ylabel("z of a signal two bins wide, background free")
    bottom.set_xlabel("mass [GeV]")
    figure.savefig(IMAGES / "backgrounds-window.png", dpi=110)


if __name__ == "__main__":
    diphoton()
    window()
