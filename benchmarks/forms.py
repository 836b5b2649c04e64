"""The content of a chunk's delta in the forms that analyses without sparse histograms use."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hist
import numpy as np

from bumpcast.config.binning import BinningConfig
from bumpcast.massscan import HistogramName
from bumpcast.massscan.binning.binning import Binning
from bumpcast.massscan.binning.edges import shared_edges

sys.path.insert(0, str(Path(__file__).parent / "processors"))
from chunks import DIFFERENT, prepared


def make_all(form: Callable[..., Any], events: int, states: int, weights: bool) -> None:
    """Make every chunk's content in a form, which is then at hand in this process."""
    for number in range(DIFFERENT):
        form(number, events=events, states=states, weights=weights)


def dense(number: int, *, events: int, states: int, weights: bool) -> dict[str, np.ndarray]:
    """Return sums of weights and of their squares of every bin of every histogram."""
    return {"all": _dense(number % DIFFERENT, events, states, weights)}


def histograms(number: int, *, events: int, states: int, weights: bool) -> dict[str, hist.Hist]:
    """Return one weighted histogram for each name."""
    return _histograms(number % DIFFERENT, events, states, weights)


def entries(output: dict[str, Any]) -> float:
    """Return the entries of unit weight that an output holds."""
    if "all" in output:
        return float(output["all"][0].sum())
    return float(sum(h.view(flow=True).value.sum() for h in output.values()))


@functools.cache
def _layout(events: int, states: int, weights: bool) -> tuple[dict[tuple[int, int], int], Any]:
    """Return the number of each histogram and where it starts among all bins."""
    found = {}
    for number in range(DIFFERENT):
        delta = prepared(number, events, states, weights)
        for code in zip(delta.states.tolist(), delta.observables.tolist(), strict=True):
            found.setdefault(code, len(found))
    edges = shared_edges(np.array([code[1] for code in found]), Binning(_binning()))
    return found, edges


@functools.cache
def _dense(number: int, events: int, states: int, weights: bool) -> np.ndarray:
    delta = prepared(number, events, states, weights)
    places, edges = _layout(events, states, weights)
    starts = np.concatenate([[0], np.cumsum(edges.last_bins + 2)])
    rows = [
        places[code] for code in zip(delta.states.tolist(), delta.observables.tolist(), strict=True)
    ]
    cells = np.repeat(starts[rows], np.diff(delta.offsets)) + delta.bins
    array = np.zeros((2, starts[-1]))
    array[:, cells] = delta.sums().T
    return array


@functools.cache
def _histograms(number: int, events: int, states: int, weights: bool) -> dict[str, hist.Hist]:
    delta = prepared(number, events, states, weights)
    places, edges = _layout(events, states, weights)
    sums = delta.sums()
    axes: dict[int, hist.axis.Variable] = {}
    output = {}
    for row, code in enumerate(zip(delta.states.tolist(), delta.observables.tolist(), strict=True)):
        cells = slice(delta.offsets[row], delta.offsets[row + 1])
        place = places[code]
        number_of_edges = int(edges.number[place])
        if number_of_edges not in axes:
            axes[number_of_edges] = hist.axis.Variable(edges.of(place), name="mass")
        histogram = hist.Hist(axes[number_of_edges], storage=hist.storage.Weight())
        view = histogram.view(flow=True)
        view.value[delta.bins[cells]] = sums[cells, 0]
        view.variance[delta.bins[cells]] = sums[cells, 1]
        output[str(HistogramName.from_codes(*code))] = histogram
    return output


def _binning() -> BinningConfig:
    return BinningConfig(detector="atlas")
