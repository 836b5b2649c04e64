"""One mass spectrum: simulated data sets stacked, signals as lines, data as points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from bumpcast.massscan import Results, parse_name
from bumpcast.report.style import COLOURS, house_style, new_figure, save_picture

MOST_BINS = 60
"""Resolution bins are narrow; for the eye, neighbours are merged until no more than these show."""


@dataclass(frozen=True, slots=True)
class Binned:
    """A spectrum merged for drawing."""

    edges: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    variances: npt.NDArray[np.float64]


def draw_spectrum(
    axes: Axes, results: Results, name: str, *, merge: int | None = None, dataset: str | None = None
) -> None:
    """Draw a histogram of a scan.

    Args:
        axes: Where.
        results: The scan's results.
        name: The histogram's name.
        merge: How many neighbouring bins to show as one; absent: as many as give at most 60 bins.
        dataset: The only data set to draw; absent: all of them.
    """
    parsed = parse_name(name)
    first, last = _filled_range(results.histogram(name, dataset).values())
    merge = merge or max(1, -(-(last - first) // MOST_BINS))
    shown = {
        each: _merged(results.histogram(name, each), first, last, merge)
        for each in ([dataset] if dataset else results.datasets)
    }
    kinds = {each: results.analysis.datasets[each].kind for each in shown}
    filled = [each for each in shown if np.any(shown[each].variances)]
    order = {"background": 0, "signal": 1, "data": 2}
    filled.sort(key=lambda each: (order[kinds[each]], shown[each].values.sum()))
    simulated = [each for each in filled if kinds[each] != "data"]
    levels = _draw_stack(axes, results, {each: shown[each] for each in simulated})
    for each in filled:
        if kinds[each] == "data":
            levels.append(_draw_points(axes, shown[each], _label(results, each)))
    positive = np.concatenate([*levels, np.empty(0)])
    positive = positive[positive > 0]
    if positive.size:
        axes.set_yscale("log")
        axes.set_ylim(0.4 * positive.min(), 8 * positive.max())
        # Laying out labels that stay empty would take most of the time of drawing.
        axes.yaxis.set_minor_formatter(NullFormatter())
    if filled:
        edges = shown[filled[0]].edges
        axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel(parsed.observable.axis_title)
    axes.set_ylabel("Events / GeV")
    # A height of its own spares the search for one that leaves the axis's labels free.
    axes.set_title(parsed.title, y=1.0)


def _label(results: Results, dataset: str) -> str:
    return results.analysis.datasets[dataset].label or dataset


def _draw_stack(
    axes: Axes, results: Results, stack: Mapping[str, Binned]
) -> list[npt.NDArray[np.float64]]:
    """Draw simulated data sets on top of each other; return the heights of their sum."""
    if not stack:
        return []
    colours = {each: COLOURS[n % len(COLOURS)] for n, each in enumerate(results.datasets)}
    edges = next(iter(stack.values())).edges
    width = np.diff(edges)
    base, variances = np.zeros(len(width)), np.zeros(len(width))
    for dataset, binned in stack.items():
        signal = results.analysis.datasets[dataset].kind == "signal"
        axes.stairs(
            (base + binned.values) / width,
            edges,
            baseline=base / width,
            fill=True,
            color=colours[dataset],
            alpha=0.95,
            hatch="////" if signal else None,
            edgecolor="white" if signal else None,
            linewidth=0,
            label=_label(results, dataset),
        )
        base, variances = base + binned.values, variances + binned.variances
    axes.stairs(base / width, edges, color="black", linewidth=1.0)
    error = np.sqrt(variances)
    axes.stairs(
        (base + error) / width,
        edges,
        baseline=np.maximum(base - error, 1e-12) / width,
        fill=True,
        color="black",
        alpha=0.18,
        linewidth=0,
    )
    return [base / width]


def _draw_points(axes: Axes, binned: Binned, label: str) -> npt.NDArray[np.float64]:
    """Draw data as points with their errors; return their heights."""
    width = np.diff(binned.edges)
    centres = 0.5 * (binned.edges[1:] + binned.edges[:-1])
    heights = binned.values / width
    errors = np.sqrt(binned.variances) / width
    axes.errorbar(centres, heights, errors, fmt="k.", label=label, zorder=5)
    return heights


def save_spectrum(
    results: Results,
    name: str,
    path: Path,
    *,
    merge: int | None = None,
    dataset: str | None = None,
) -> Path:
    """Draw a histogram of a scan into a file.

    Args:
        results: The scan's results.
        name: The histogram's name.
        path: Picture to write; its ending says the format.
        merge: How many neighbouring bins to show as one.
        dataset: The only data set to draw; absent: all of them.
    """
    with house_style():
        figure = new_figure()
        axes = figure.add_subplot()
        draw_spectrum(axes, results, name, merge=merge, dataset=dataset)
        if axes.get_legend_handles_labels()[0]:  # nothing is drawn of an empty spectrum
            axes.legend()
        save_picture(figure, path)
    return path


def _filled_range(values: npt.NDArray[Any]) -> tuple[int, int]:
    """Return the first filled bin and the one after the last, leaving out lone far entries."""
    total = np.cumsum(np.abs(values))
    if not total.size or total[-1] == 0:
        return 0, len(values)
    first = int(np.searchsorted(total, 0.002 * total[-1]))
    last = int(np.searchsorted(total, 0.998 * total[-1])) + 1
    return first, max(min(last, len(values)), first + 1)


def _merged(histogram: Any, first: int, last: int, merge: int) -> Binned:
    edges = histogram.axes[0].edges
    starts = np.arange(first, last, merge)
    stops = np.minimum(starts + merge, len(edges) - 1)
    values = np.concatenate([[0.0], np.cumsum(histogram.values())])
    variances = np.concatenate([[0.0], np.cumsum(histogram.variances())])
    return Binned(
        np.append(edges[starts], edges[stops[-1]]),
        values[stops] - values[starts],
        variances[stops] - variances[starts],
    )
