"""The pictures that a scan draws of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.ticker import NullLocator

from bumpcast.massscan import Results
from bumpcast.report.spectrum import draw_spectrum
from bumpcast.report.style import COLOURS, house_style, new_figure, save_picture
from bumpcast.report.visibility import most_visible

PANELS: Final = 6
STATES: Final = 25
MOST_ON_LINEAR_AXIS: Final = 50
"""Bars that differ by a larger factor are drawn on a logarithmic axis."""


def draw_gallery(results: Results, folder: Path) -> list[Path]:
    """Draw the richest spectra, each signal's clearest spectrum, and the final states' yields.

    Args:
        results: The scan's results.
        folder: Where the pictures go; made if it does not exist.

    Returns:
        The pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    with house_style():
        names = _richest(results)
        if names:
            pictures.append(_draw_panels(results, names, folder / "richest.png"))
        signals = [n for n in results.datasets if results.analysis.datasets[n].kind == "signal"]
        clearest = list(dict.fromkeys(n for s in signals for n in most_visible(results, s, 2)))
        if clearest:
            pictures.append(_draw_panels(results, clearest[:PANELS], folder / "signals.png"))
        if len(results.final_states):
            pictures.append(_draw_yields(results, folder / "final_states.png"))
    return pictures


def _richest(results: Results) -> list[str]:
    """Return the spectra with most entries, one of each final state."""
    table = results.table[results.table["selection"] == ""]
    kept = table[table["kept"]]
    table = (kept if len(kept) else table).sort_values("entries", ascending=False, kind="stable")
    return table.drop_duplicates("final_state")["name"].head(PANELS).tolist()


def _draw_panels(results: Results, names: list[str], path: Path) -> Path:
    columns = 2 if len(names) in {2, 4} else min(3, len(names))
    rows = -(-len(names) // columns)
    figure = new_figure(5.2 * columns, 4.1 * rows + 0.5)
    handles: dict[str, Artist] = {}
    for place, name in enumerate(names, start=1):
        axes = figure.add_subplot(rows, columns, place)
        draw_spectrum(axes, results, name)
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="outside upper center",
        ncols=columns + 1,
    )
    save_picture(figure, path)
    return path


def _draw_yields(results: Results, path: Path) -> Path:
    table = results.final_states.head(STATES)
    figure = new_figure(8.0, 1.2 + 0.27 * len(table))
    axes = figure.add_subplot()
    places = np.arange(len(table))[::-1]
    left = np.zeros(len(table))
    for number, dataset in enumerate(results.datasets):
        label = results.analysis.datasets[dataset].label or dataset
        values = table[dataset].to_numpy()
        colour = COLOURS[number % len(COLOURS)]
        axes.barh(places, values, left=left, height=0.8, color=colour, label=label)
        left = left + values
    axes.set_yticks(places, table["final_state"])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.margins(y=0.01)
    if np.any(left > 0) and left.max() > MOST_ON_LINEAR_AXIS * left[left > 0].min():
        axes.set_xscale("log")
        axes.set_xlim(0.5 * left[left > 0].min(), 2 * left.max())
    axes.set_xlabel("Events")
    axes.set_title(
        f"The {len(table)} most frequent of {len(results.final_states)} final states", y=1.0
    )
    axes.legend(loc="lower right")
    save_picture(figure, path)
    return path
