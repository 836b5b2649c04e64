"""A likelihood that knows the function, and one that knows the background."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_results import analysis_of, delta_of, found_of

import bumpcast
from benchmarks.real_signals.__main__ import tried
from bumpcast.massscan.results.publish import store_scan

NAME = "2j | m(j0,j1)"
BINS = np.arange(10, 90)


def test_free_parameters_take_a_part_of_the_significance(tmp_path: Path) -> None:
    often = np.round(4000 * np.exp(-(BINS - 10) / 15)).astype(int).tolist()
    peak = np.round(3000 * np.exp(-0.5 * ((BINS - 45) / 2.5) ** 2)).astype(int).tolist()
    output = {}
    for name, entries in (("background", often), ("peak", peak)):
        filled = zip(BINS.tolist(), entries, strict=True)
        cells = {bin_: (count, float(count), float(count)) for bin_, count in filled if count}
        # 2 /fb of 3 pb are 6 000 events: every one of them weighs 1.
        output[name] = found_of(delta_of({NAME: cells}), 6000.0)
    kinds = {"background": "background", "peak": "signal"}
    analysis = analysis_of(kinds, "luminosity", min_bins=30)
    store_scan(output, tmp_path, analysis, dict.fromkeys(kinds, 1.0))
    with bumpcast.open_results(tmp_path) as results:
        known, shape = (
            tried(results, NAME, 2.0, method, 100, {"signal": "peak"})
            for method in ("known", "shape")
        )
        edges = results.histogram(NAME).axes[0].edges
        alone = tried(results, NAME, 2.0, "shape", 20, {"mass_GeV": edges[50], "width_bins": 1.0})
    assert known.strength == pytest.approx(shape.strength)
    assert known.expected_mass_GeV == shape.expected_mass_GeV
    assert known.median_z == pytest.approx(5.0, abs=0.5)
    assert 3.0 < shape.median_z < known.median_z
    assert known.placed >= shape.placed > 0.6
    assert alone.placed > 0.8
