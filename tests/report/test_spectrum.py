"""Pictures of spectra hold what the results hold."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.patches import StepPatch
from small_results import analysis_of, delta_of, falling, found_of, small_folder

from bumpcast.massscan import open_results
from bumpcast.massscan.results.publish import store_scan
from bumpcast.massscan.results.results import UnknownHistogramError
from bumpcast.report.spectrum import MOST_BINS, draw_spectrum, save_spectrum
from bumpcast.report.style import new_figure

NAME = "2e os | m(e0,e1)"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    with open_results(small_folder(tmp_path_factory.mktemp("results"))) as opened:
        yield opened


def drawn(results, name=NAME, **options):
    axes = new_figure().add_subplot()
    draw_spectrum(axes, results, name, **options)
    return axes


def stairs_of(axes) -> list[StepPatch]:
    return [patch for patch in axes.patches if isinstance(patch, StepPatch)]


def test_the_line_on_top_is_the_sum(results) -> None:
    axes = drawn(results, merge=1)
    total = [patch for patch in stairs_of(axes) if patch.get_data().baseline is None]
    total = total or [patch for patch in stairs_of(axes) if not patch.get_fill()]
    data = total[0].get_data()
    events = data.values * np.diff(data.edges)
    stored = results.histogram(NAME)
    first = int(np.searchsorted(stored.axes[0].edges, data.edges[0]))
    np.testing.assert_allclose(events, stored.values()[first : first + len(events)], atol=1e-9)
    assert axes.get_ylabel() == "Events / GeV"
    assert axes.get_xlabel() == stored.axes[0].label
    labels = axes.get_legend_handles_labels()[1]
    assert labels[:2] == ["ttbar", "signal"]


def test_few_bins_are_drawn_unless_asked_for(results) -> None:
    narrow = drawn(results, merge=1)
    assert all(len(each.get_data().values) <= MOST_BINS for each in stairs_of(drawn(results)))
    wide = drawn(results, merge=5)
    counts = [max(len(p.get_data().values) for p in stairs_of(axes)) for axes in (narrow, wide)]
    assert counts[1] == -(-counts[0] // 5)


def test_one_data_set_alone(results) -> None:
    labels = drawn(results, dataset="signal").get_legend_handles_labels()[1]
    assert labels == ["signal"]


def test_data_are_points(tmp_path: Path) -> None:
    analysis = analysis_of({"mc": "background", "run": "data"})
    output = {name: found_of(delta_of({NAME: falling(30, 9)}), 9.0) for name in ("mc", "run")}
    store_scan(output, tmp_path, analysis, dict.fromkeys(output, 1.0))
    with open_results(tmp_path) as results:
        axes = drawn(results)
    assert len(axes.containers) == 1
    assert set(axes.get_legend_handles_labels()[1]) == {"mc", "run"}


def test_a_nearly_empty_spectrum_is_drawn(results, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    save_spectrum(results, "2e os | MET>200 | m(e0,e1)", path, dataset="signal")
    assert path.stat().st_size > 1000


def test_the_users_settings_come_back(results, tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    save_spectrum(results, NAME, tmp_path / "a.pdf", merge=2)
    assert dict(mpl.rcParams) == before


def test_an_unknown_name_is_said(results, tmp_path: Path) -> None:
    with pytest.raises(UnknownHistogramError, match="Did you mean"):
        save_spectrum(results, "2e os | m(e0,e2)", tmp_path / "a.png")
    assert not list(tmp_path.iterdir())
