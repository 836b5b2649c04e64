"""One mass spectrum: simulated data sets stacked, signals as lines, data as points."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from bumpcast.massscan import Results, parse_name
from bumpcast.report.style import COLOURS, house_style, new_figure

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
    configured = results.analysis.datasets
    observed = results.histogram(name, dataset)
    first, last = _filled_range(observed.values())
    merge = merge or max(1, -(-(last - first) // MOST_BINS))
    stacked: list[tuple[str, Binned, bool]] = []
    for shown in [dataset] if dataset else results.datasets:
        binned = _merged(results.histogram(name, shown), first, last, merge)
        if not np.any(binned.variances):
            continue
        stacked.append((shown, binned, configured[shown].kind == "data"))
    base = np.zeros(len(_merged(observed, first, last, merge).values))
    order = {"background": 0, "signal": 1, "data": 2}
    stacked.sort(key=lambda item: (order[configured[item[0]].kind], item[1].values.sum()))
    colours = {each: COLOURS[n % len(COLOURS)] for n, each in enumerate(results.datasets)}
    for shown, binned, is_data in stacked:
        label = configured[shown].label or shown
        width = np.diff(binned.edges)
        if is_data:
            centres = 0.5 * (binned.edges[1:] + binned.edges[:-1])
            errors = np.sqrt(binned.variances) / width
            axes.errorbar(centres, binned.values / width, errors, fmt="k.", label=label, zorder=5)
            continue
        signal = configured[shown].kind == "signal"
        axes.stairs(
            (base + binned.values) / width,
            binned.edges,
            baseline=base / width,
            fill=True,
            color=colours[shown],
            alpha=0.95,
            hatch="////" if signal else None,
            edgecolor="white" if signal else None,
            linewidth=0,
            label=label,
        )
        base = base + binned.values
    total = _merged(observed, first, last, merge)
    width = np.diff(total.edges)
    axes.stairs(total.values / width, total.edges, color="black", linewidth=1.0)
    _error_band(axes, total)
    positive = total.values[total.values > 0] / width[total.values > 0]
    if positive.size:
        axes.set_yscale("log")
        axes.set_ylim(0.4 * positive.min(), 8 * positive.max())
    axes.set_xlim(total.edges[0], total.edges[-1])
    axes.set_xlabel(parsed.observable.axis_title)
    axes.set_ylabel("Events / GeV")
    axes.set_title(parsed.title)


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
        figure.savefig(path)
    return path


def _error_band(axes: Axes, total: Binned) -> None:
    width = np.diff(total.edges)
    error = np.sqrt(total.variances)
    low, high = (total.values - error) / width, (total.values + error) / width
    axes.stairs(
        high, total.edges, baseline=np.maximum(low, 1e-12), fill=True, color="black", alpha=0.18,
        linewidth=0,
    )  # fmt: skip


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
