"""What is drawn by other means than matplotlib's own looks the same."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from bumpcast.report.style import house_style, new_figure, save_picture


def two_panels() -> Figure:
    figure = new_figure()
    for place in (1, 2):
        axes = figure.add_subplot(1, 2, place)
        axes.stairs([3.0, 200.0, 41.0], [10.0, 20.0, 40.0, 90.0], label="some")
        axes.set_yscale("log")
        axes.set_xlim(10.0, 90.0)
        axes.set_ylim(1.0, 1000.0)
        axes.set_xlabel("m [GeV]")
    return figure


def test_a_picture_is_as_matplotlib_saves_it(tmp_path: Path) -> None:
    with house_style():
        save_picture(two_panels(), tmp_path / "ours.png")
        two_panels().savefig(tmp_path / "theirs.png")
    ours, theirs = (mpl.image.imread(tmp_path / f"{name}.png") for name in ("ours", "theirs"))
    assert ours.shape == theirs.shape
    # Rounding may move a tick by a part of a pixel.
    assert np.mean(np.any(ours != theirs, axis=-1)) < 1e-4
    assert np.mean(np.any(ours != 1.0, axis=-1)) > 0.01


def test_a_drawing_with_lines_is_written_too(tmp_path: Path) -> None:
    with house_style():
        for ending in ("pdf", "svg"):
            save_picture(two_panels(), tmp_path / f"a.{ending}")
            assert (tmp_path / f"a.{ending}").stat().st_size > 1000
