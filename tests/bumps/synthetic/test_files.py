"""Files of synthetic histograms and curves."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from bumpcast.bumps.synthetic import Curves, Recipe, draw
from bumpcast.bumps.synthetic.files import (
    SyntheticFileError,
    read_curves,
    read_histograms,
    write_curves,
    write_histograms,
)
from bumpcast.bumps.synthetic.recipe import POINTS
from bumpcast.bumps.synthetic.scans import quickstart_curves


def test_histograms_come_back(tmp_path: Path) -> None:
    recipe = Recipe(bins=(30, 35))
    drawn = draw(recipe, 2, "test", 10, first=5)
    write_histograms(tmp_path / "h.h5", drawn, recipe, 2, "test", 5)
    found, attributes = read_histograms(tmp_path / "h.h5")
    assert attributes == {"recipe": recipe, "seed": 2, "part": "test", "first": 5}
    assert np.array_equal(found.counts, drawn.counts)
    assert np.array_equal(found.z, drawn.z)
    assert np.array_equal(found.offsets, drawn.offsets)
    write_histograms(tmp_path / "again.h5", drawn, recipe, 2, "test", 5)
    assert (tmp_path / "again.h5").read_bytes() == (tmp_path / "h.h5").read_bytes()


def test_curves_come_back(tmp_path: Path) -> None:
    curves = Curves(("a", "µ | m(e0,e1)"), np.arange(2.0 * POINTS).reshape(2, POINTS))
    write_curves(tmp_path / "c.h5", curves)
    found = read_curves(tmp_path / "c.h5")
    assert found.names == curves.names
    assert np.array_equal(found.logs, curves.logs)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(SyntheticFileError, match="is no file of the format"):
        read_curves(tmp_path / "other.h5")
    with pytest.raises(SyntheticFileError, match="cannot be read"):
        read_histograms(tmp_path / "missing.h5")


def test_the_curves_of_the_package() -> None:
    curves = quickstart_curves()
    assert len(curves.names) > 200
    assert np.all(np.isfinite(curves.logs))
    for part in ("train", "validation", "test"):
        assert curves.of_part(part).names
