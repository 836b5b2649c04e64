"""The plots of a validation page."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from bumpcast.bumps.network.validation.dependence import VARIABLES, Dependence
from bumpcast.bumps.network.validation.samples import Sample
from bumpcast.bumps.synthetic import KINDS

_READ, _TRUE = "#0b5fa5", "#8a8a8a"


def plot_residuals(samples: dict[str, Sample], path: Path) -> None:
    """Draw read - true of the largest z, one line a sample."""
    figure, axis = plt.subplots(figsize=(7, 5.5), layout="constrained")
    edges = np.linspace(-3, 3, 61).tolist()
    for name, sample in samples.items():
        found = sample.measures()
        apart = np.clip(sample.read - sample.true, -2.999, 2.999)
        axis.hist(
            apart,
            edges,
            histtype="step",
            density=True,
            linewidth=2.0 if name == "functions" else 1.0,
            label=f"{name}: {found.mean:+.2f} ± {found.std:.2f}",
        )
    axis.set(
        xlabel="largest z read - largest z true (outermost bins: all beyond)",
        ylabel="share of histograms per unit",
        yscale="log",
    )
    axis.set_ylim(1e-4, 3)
    figure.legend(loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    _save(figure, path)


def plot_roc(samples: dict[str, Sample], path: Path) -> None:
    """Draw signals kept against backgrounds kept, for the network and for the likelihood ratio."""
    figure, axis = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for k, name in enumerate(n for n in samples if not n.startswith("signals")):
        sample = samples[name]
        found = sample.measures()
        for z, style, area in (
            (sample.read, "-", found.auc),
            (sample.true, ":", found.auc_likelihood),
        ):
            cuts = np.sort(z)[::-1]
            signal = 1 - np.searchsorted(np.sort(z[sample.signal]), cuts) / np.sum(sample.signal)
            background = 1 - np.searchsorted(np.sort(z[~sample.signal]), cuts) / np.sum(
                ~sample.signal
            )
            what = "network" if style == "-" else "likelihood ratio"
            axis.plot(background, signal, style, color=f"C{k}", label=f"{name}, {what}: {area:.3f}")
    axis.set(xlabel="backgrounds kept", ylabel="signals kept", xscale="log")
    axis.set_xlim(1e-4, 1)
    axis.legend(fontsize=7, frameon=False, loc="lower right")
    _save(figure, path)


def plot_dependence(found: Dependence, path: Path) -> None:
    """Draw mean, standard deviation and AUC in bins of a variable."""
    named = found.variable == "kind"
    figure, axes = plt.subplots(2, 1, figsize=(7, 5.5 if named else 5), sharex=True)
    middle = 0.5 * (found.edges[1:] + found.edges[:-1])
    width = 0.5 * np.diff(found.edges)
    error = found.std / np.sqrt(2.0 * np.maximum(found.number, 1))
    axes[0].errorbar(middle, found.std, error, width, fmt="o", color=_READ, label="std")
    axes[0].errorbar(
        middle, found.mean, np.sqrt(2) * error, width, fmt="s", color="#c2571a", label="mean"
    )
    axes[0].axhline(0, color="k", linewidth=0.5)
    axes[0].set_ylabel("read - true")
    axes[0].legend(fontsize=8, frameon=False)
    axes[1].errorbar(middle, found.auc, None, width, fmt="o", color=_READ, label="network")
    axes[1].errorbar(
        middle, found.auc_likelihood, None, width, fmt="_", color=_TRUE, label="likelihood ratio"
    )
    axes[1].set_ylabel("AUC")
    axes[1].set_xlabel(VARIABLES[found.variable])
    axes[1].legend(fontsize=8, frameon=False)
    if named:
        axes[1].set_xticks(middle, KINDS, rotation=40, ha="right", fontsize=8)
    figure.set_layout_engine("constrained")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
