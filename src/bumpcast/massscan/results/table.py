"""The tables of a scan's histograms and of its final states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bumpcast.massscan.binning.edges import SharedEdges
from bumpcast.massscan.naming.finalstate import FinalState
from bumpcast.massscan.naming.names import SEPARATOR
from bumpcast.massscan.naming.observable import SELECTION_BITS, Observable, Selection
from bumpcast.massscan.results.keep import KeepRule, SearchRanges
from bumpcast.massscan.results.storage import ScanFile

SELECTION_MASK = 2**SELECTION_BITS - 1


def histogram_table(
    states: npt.NDArray[np.int64],
    observables: npt.NDArray[np.int64],
    edges: SharedEdges,
    ranges: SearchRanges,
    rule: KeepRule,
) -> pd.DataFrame:
    """Return one line a histogram; the columns are those of ``Results.table``.

    Args:
        states: Final states' codes, shape (histograms,).
        observables: Observables' codes, shape (histograms,).
        edges: The histograms' edges, in the same order.
        ranges: The range of each that is searched.
        rule: Which of them are kept.
    """
    # Few names make up many: each is spelled once.
    state_names = _spelled(states, lambda code: FinalState.from_code(code).name)
    selections = _spelled(observables & SELECTION_MASK, lambda code: Selection.from_code(code).name)
    variables = observables & ~SELECTION_MASK
    names = state_names + SEPARATOR
    selected = selections != ""
    names[selected] += selections[selected] + SEPARATOR
    names += _spelled(variables, lambda code: Observable.from_code(code).name)
    start = edges.offsets[edges.number]
    first = np.maximum(ranges.first - 1, 0)
    reasons = ranges.reasons(rule)
    return pd.DataFrame(
        {
            "name": names,
            "final_state": state_names,
            "selection": selections,
            "combination": _spelled(variables, _combination),
            "variable": _spelled(variables, lambda code: Observable.from_code(code).variable),
            "entries": ranges.entries,
            "bins": ranges.bins,
            "low_GeV": edges.edges[start + first],
            "high_GeV": edges.edges[start + first + ranges.bins],
            "kept": reasons == "",
            "reason": reasons,
        }
    )


def _combination(code: int) -> str:
    return ",".join(Observable.from_code(code).combination.words)


def _spelled(codes: npt.NDArray[np.int64], spell: Callable[[int], str]) -> npt.NDArray[np.object_]:
    """Return what each code means; equal codes are spelled once."""
    unique, inverse = np.unique(codes, return_inverse=True)
    spelled = np.array([spell(code) for code in unique.tolist()], dtype=object)
    return spelled[inverse]


def yields_table(file: ScanFile, code: int) -> pd.DataFrame:
    """Return one line a final state; the columns are those of ``Results.yields``.

    Args:
        file: The stored results.
        code: Code of the selection; 0 for none.
    """
    # A yield is a row without objects and without a variable: only its selection is left.
    rows = np.flatnonzero(file.observables == code)
    entries = np.zeros(len(rows), np.int64)
    columns: dict[str, Any] = {}
    for name in file.datasets:
        delta, scale = file.delta(name), file.scale(name)
        sums = np.zeros((len(rows), 2))
        filled = delta.offsets[rows + 1] > delta.offsets[rows]
        cells = delta.offsets[rows[filled]]
        entries[filled] += delta.counts[cells]
        sums[filled] = delta.sums()[cells]
        columns[name] = sums[:, 0] * scale
        columns[f"{name}_error"] = np.sqrt(sums[:, 1]) * scale
    states = [FinalState.from_code(state).name for state in file.states[rows].tolist()]
    table = pd.DataFrame({"final_state": states, "entries": entries, **columns})
    return table.sort_values("entries", ascending=False, kind="stable", ignore_index=True)
