"""What is expected of a scan's simulated backgrounds, and signals in it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from small_results import analysis_of, delta_of, found_of, write_manifest

import bumpcast
from bumpcast.bumps.efficiency import efficiency_curve
from bumpcast.bumps.expectation import ENOUGH, expectation, with_local_weights
from bumpcast.bumps.injecting import signal_of_dataset
from bumpcast.bumps.injection import InjectionError
from bumpcast.bumps.spectra import Spectra
from bumpcast.cli.main import main
from bumpcast.massscan.results.publish import store_scan

NAME = "2j | m(j0,j1)"
SHORT = "3j | m(j0,j1)"
BINS = np.arange(10, 110)
EXPECTED = 3000 * np.exp(-(BINS - 10) / 15)
PEAK = 70
"""Bin of the signal."""


def cells(entries: np.ndarray, bins: np.ndarray = BINS) -> dict[int, tuple[int, float, float]]:
    """Return a spectrum of weight one."""
    filled = zip(bins.tolist(), entries.tolist(), strict=True)
    return {bin_: (count, float(count), float(count)) for bin_, count in filled if count}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two slices of a background, of few heavy and many light events, and a narrow signal."""
    made = tmp_path_factory.mktemp("slices")
    rng = np.random.default_rng(1)
    kinds = {"often": "background", "rare": "background", "peak": "signal"}
    # 2 /fb of 3 pb are 6 000 events.
    analysis = analysis_of(kinds, "luminosity", min_bins=30)
    often = rng.poisson(np.where(BINS < 50, EXPECTED, 0.0) / 6.0)
    rare = rng.poisson(np.where(BINS < 50, 0.0, EXPECTED) / 0.06)
    signal = np.round(5000 * np.exp(-0.5 * ((BINS - PEAK) / 1.2) ** 2)).astype(np.int64)
    short = {5: (4000, 4000.0, 4000.0)}
    output = {
        "often": found_of(delta_of({NAME: cells(often), SHORT: short}), 1000.0, 1001),
        "rare": found_of(delta_of({NAME: cells(rare)}), 100_000.0, 100_001),
        "peak": found_of(delta_of({NAME: cells(signal)}), 20_000.0, 20_001),
    }
    store_scan(output, made, analysis, dict.fromkeys(kinds, 1.0))
    write_manifest(made)
    return made


@pytest.fixture
def results(folder: Path):
    with bumpcast.open_results(folder) as opened:
        yield opened


def test_the_range_is_that_of_data_and_not_of_what_was_simulated(results) -> None:
    edges = results.histogram(NAME).axes[0].edges
    # By entries, the spectrum begins where the signal was simulated.
    assert results.table.set_index("name").loc[NAME, "low_GeV"] == edges[PEAK - 1]
    found = expectation(results)
    assert found.spectra.names == [NAME]
    assert found.spectra.low[0] <= edges[14]
    assert found.spectra.high[-1] == pytest.approx(edges[int(10 + 15 * np.log(300))], rel=0.1)
    first = int(np.flatnonzero(edges == found.spectra.low[0])[0]) + 1
    truth = EXPECTED[first - 10 : first - 10 + len(found.background)]
    assert found.background == pytest.approx(truth, rel=0.15)
    as_it_is = expectation(results, "simulation")
    assert np.array_equal(as_it_is.background, as_it_is.spectra.counts)
    shared = min(len(found.background), len(as_it_is.background))
    assert np.any(as_it_is.background[:shared] != found.background[:shared])


def test_another_luminosity(results) -> None:
    once, tenfold = expectation(results), expectation(results, luminosity_fb=20.0)
    assert tenfold.exposure == pytest.approx(10.0)
    assert tenfold.spectra.high[-1] > once.spectra.high[-1]
    shared = np.isin(tenfold.spectra.low, once.spectra.low)
    assert tenfold.background[shared] == pytest.approx(10 * once.background, rel=0.2)
    small, large = (signal_of_dataset(each, "peak")[0].sum() for each in (once, tenfold))
    assert large == pytest.approx(10 * small, rel=1e-6)
    # 1 pb are 2 000 events, of which the signal's acceptance is what fills the spectrum.
    entries = results.entries(NAME, "peak").sum()
    assert small == pytest.approx(2000 * entries / 20_000)


def test_only_where_a_signal_stands_out_is_a_background_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape, peak = cells(EXPECTED.astype(np.int64)), {40: (30, 30.0, 30.0)}
    names = [f"{jets}j | m(j0,j1)" for jets in (2, 3, 4, 5)]
    output = {
        "b": found_of(delta_of(dict.fromkeys(names, shape)), 100.0),
        "s": found_of(delta_of({names[1]: peak, names[2]: {10: peak[40]}}), 100.0),
    }
    analysis = analysis_of({"b": "background", "s": "signal"}, min_bins=5)
    store_scan(output, tmp_path, analysis, {"b": 1.0, "s": 1.0})
    monkeypatch.setattr("bumpcast.bumps.expectation.CLEAREST", 2)
    with bumpcast.open_results(tmp_path) as results:
        # Thirty events are clearer where fewer others are.
        assert expectation(results, signal="s").spectra.names == names[1:3]
        assert len(expectation(results, "simulation").spectra) == 4
        assert expectation(results, signal="s", histograms=(names[3],)).spectra.names == [names[3]]
        monkeypatch.setattr("bumpcast.bumps.expectation.CLEAREST", 1)
        assert expectation(results, signal="s").spectra.names == [names[1]]


def test_what_cannot_be_expected_is_said(results, tmp_path: Path) -> None:
    with pytest.raises(InjectionError, match=r"no event filled '4j.*Did you mean.*'2j"):
        expectation(results, histograms=("4j | m(j0,j1)",))
    with pytest.raises(InjectionError, match=r"3j .* would not be searched: 1 bins <= 30"):
        expectation(results, histograms=(SHORT,))
    analysis = analysis_of({"b": "background", "s": "signal"}, min_bins=5)
    output = {name: found_of(delta_of({NAME: cells(EXPECTED.astype(int))}), 9.0) for name in "bs"}
    store_scan(output, tmp_path, analysis, {"b": 1.0, "s": 1.0})
    with (
        bumpcast.open_results(tmp_path) as raw,
        pytest.raises(InjectionError, match=r"'raw'.*no other one can be asked for"),
    ):
        expectation(raw, luminosity_fb=20.0)


def test_local_weights_equal_a_plain_rule() -> None:
    rng = np.random.default_rng(4)
    entries = rng.poisson(30 * np.exp(-np.arange(60) / 12))
    weight = np.where(rng.random(60) < 0.3, 50.0, 1.0)
    edges = np.arange(61.0)
    spectra = Spectra(
        ["a", "b"], np.array([0, 35, 60]), edges[:-1], edges[1:], entries * weight,
        entries * weight**2,
    )  # fmt: skip
    found = with_local_weights(spectra)
    assert np.array_equal(found.counts, spectra.counts)
    for begin, end in ((0, 35), (35, 60)):
        for bin_ in range(begin, end):
            reach = 0
            while True:
                window = slice(max(bin_ - reach, begin), min(bin_ + reach + 1, end))
                total = spectra.counts[window].sum()
                square = spectra.variances[window].sum()
                if window == slice(begin, end) or (square and total**2 >= ENOUGH * square):
                    break
                reach += 1
            assert found.variances[bin_] == pytest.approx(spectra.counts[bin_] * square / total)


def test_a_known_background_is_what_nothing_can_beat(results) -> None:
    curve = efficiency_curve(
        results, signal="peak", histograms=[NAME], significances=[5.0], trials=60, threshold=5.0,
        search={"method": "likelihood", "background": "simulation"},
    )  # fmt: skip
    [point] = curve.points
    edges = results.histogram(NAME).axes[0].edges
    assert point.expected_z == pytest.approx(5.0, abs=1e-3)
    assert edges[PEAK - 2] < point.expected_mass_GeV < edges[PEAK + 1]
    assert point.placed > 0.9
    assert 0.2 < point.found < 0.8
    assert point.median_z == pytest.approx(5.0, abs=0.5)
    # The signal's own cross-section was 3 pb.
    assert 0 < point.strength < 3.0


def test_the_verb_takes_a_luminosity(folder: Path) -> None:
    command = ["bumps", "inject", str(folder), "--signal", "peak", "--histogram", NAME]
    command += ["--significance", "5", "--trials", "20", "--json", "--background", "simulation"]
    points = []
    for luminosity in ("2", "200"):
        run = CliRunner().invoke(main, [*command, "--luminosity", luminosity])
        assert run.exit_code == 0, run.output
        points.append(json.loads(run.stdout)["points"][0])
    # A hundred times the events: a tenth of the cross-section has the same significance.
    assert points[1]["strength"] == pytest.approx(points[0]["strength"] / 10, rel=0.15)
    wrong = CliRunner().invoke(main, [*command[:-2], "--histogram", "2j | m(j0,j2)"])
    assert wrong.exit_code != 0
    assert "Did you mean" in wrong.output
