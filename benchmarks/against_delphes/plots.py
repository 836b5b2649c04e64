"""Pictures of a sample: every distribution, ours over Delphes's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator
from PIL import Image

from benchmarks.against_delphes.compared import Compared
from benchmarks.against_delphes.scans import Compatible
from bumpcast.report.style import COLOURS, house_style, new_figure, save_picture

Array = npt.NDArray[Any]

_COLUMNS: Final = 5
_SHADES: Final = 32
_DELPHES, _OURS = "#717581", COLOURS[3]


def draw_sample(title: str, shown: Sequence[Compared], path: Path) -> None:
    """Draw distributions of a sample into one picture.

    Args:
        title: Above them.
        shown: The distributions.
        path: The picture.
    """
    rows = -(-len(shown) // _COLUMNS)
    with house_style(), mpl.rc_context(_SMALL):
        figure = new_figure(2.7 * _COLUMNS, 2.35 * rows + 0.4)
        heights = [3, 1] * rows
        grid = figure.add_gridspec(2 * rows, _COLUMNS, height_ratios=heights)
        for number, one in enumerate(shown):
            row, column = divmod(number, _COLUMNS)
            upper = figure.add_subplot(grid[2 * row, column])
            lower = figure.add_subplot(grid[2 * row + 1, column], sharex=upper)
            _draw(upper, lower, one)
            if number == 0:
                lines = upper.get_legend_handles_labels()
        figure.suptitle(title, x=0.01, ha="left")
        figure.legend(*lines, loc="upper right", ncols=2, borderaxespad=0.1)
        save_picture(figure, path)
    # few colours, a quarter of the size
    with Image.open(path) as picture:
        reduced = picture.convert("RGB").quantize(_SHADES)
    reduced.save(path, optimize=True)


_SMALL: Final[dict[str, Any]] = {
    "font.size": 8,
    "axes.labelsize": 8.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.size": 4,
    "ytick.major.size": 4,
    "xtick.minor.size": 2,
    "ytick.minor.size": 2,
    "legend.fontsize": 7.5,
    "figure.titlesize": 11,
    "savefig.dpi": 90,
    "figure.constrained_layout.h_pad": 0.02,
    "figure.constrained_layout.w_pad": 0.02,
}


def _draw(upper: Axes, lower: Axes, one: Compared) -> None:
    edges, theirs, ours = one.edges, one.delphes, one.ours
    upper.stairs(theirs, edges, fill=True, color=_DELPHES, alpha=0.35, label="Delphes")
    upper.stairs(theirs, edges, color=_DELPHES, linewidth=0.8)
    upper.stairs(ours, edges, color=_OURS, linewidth=1.2, label="bumpcast")
    if one.distribution.logarithmic and theirs.max(initial=0) > 20:
        upper.set_yscale("log")
        upper.set_ylim(0.5, 5 * max(theirs.max(), ours.max()))
    else:
        upper.set_ylim(0, 1.35 * max(theirs.max(initial=0), ours.max(initial=0), 1))
    upper.tick_params(labelbottom=False)
    note = f"KS {one.apart.distance:.3f}"
    upper.text(0.97, 0.95, note, transform=upper.transAxes, ha="right", va="top", fontsize=7)
    there = theirs > 0
    ratio = np.where(there, ours / np.where(there, theirs, 1), np.nan)
    error = np.where(there, one.error / np.where(there, theirs, 1), np.nan)
    centres = 0.5 * (edges[1:] + edges[:-1])
    known = there & (error < 0.6)
    lower.axhline(1, color="black", linewidth=0.6)
    lower.errorbar(
        centres[known],
        ratio[known],
        error[known],
        fmt=".",
        color=_OURS,
        markersize=3,
        linewidth=0.8,
    )
    lower.set_ylim(0.6, 1.4)
    lower.set_xlim(edges[0], edges[-1])
    if one.distribution.whole:
        lower.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        lower.xaxis.set_minor_locator(NullLocator())
    lower.set_xlabel(one.distribution.axis, labelpad=1)


def draw_pulls(pairs: dict[str, Compatible], path: Path) -> None:
    """Draw how the bins of scans differ.

    Args:
        pairs: Compared scans by the legend's text.
        path: The picture.
    """
    with house_style():
        figure = new_figure(6.0, 4.0)
        axes = figure.add_subplot()
        edges = np.linspace(-5, 5, 51)
        for (label, pair), colour in zip(pairs.items(), (_OURS, _DELPHES), strict=False):
            counts = np.histogram(pair.pulls, edges)[0] / max(len(pair.pulls), 1)
            axes.stairs(counts, edges, color=colour, linewidth=1.6, label=label)
        axes.set_xlabel("difference of a bin / its error")
        axes.set_ylabel("share of bins")
        axes.set_xlim(-5, 5)
        axes.set_yscale("log")
        axes.legend()
        save_picture(figure, path)
