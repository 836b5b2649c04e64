"""Searches of results folders."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_results import small_folder

from bumpcast.bumps import searching
from bumpcast.bumps.choices import SearchChoices
from bumpcast.bumps.findings import read_findings
from bumpcast.bumps.piecewise import SearchError, Workplace
from bumpcast.bumps.scanned import searched_spectra
from bumpcast.bumps.searching import search_results
from bumpcast.config.bumps import BumpsConfig
from bumpcast.massscan.results.results import open_results

CHOICES = SearchChoices.of(BumpsConfig(toys=40, widths_bins=[1.0], calibration=0))
HERE = Workplace("iterative")


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(searching, "PIECE", 1)
    with open_results(small_folder(tmp_path / "toy")) as opened:
        yield opened


def test_findings_lie_beside_the_histograms(results):
    outcome = search_results(results, CHOICES, HERE)
    assert outcome.name == "likelihood-fit"
    assert (outcome.histograms, outcome.missing, outcome.resumed) == (2, 0, 0)
    folder = results.path.parent
    assert outcome.file == folder / "bumps/likelihood-fit.h5"
    assert not (folder / "bumps/likelihood-fit.parts").exists()
    again = read_findings(folder, searched_spectra(results))
    pd.testing.assert_frame_equal(again.table, outcome.findings.table)
    assert again.settings["background"] == "fit"
    assert again.table["name"].tolist() == ["2j | m(j0,j1)", "2e os | m(e0,e1)"]


def test_the_same_is_found_on_any_executor_and_in_any_pieces(results, monkeypatch):
    one = search_results(results, CHOICES, HERE).findings
    monkeypatch.setattr(searching, "PIECE", 100)
    two = search_results(results, CHOICES, Workplace("futures")).findings
    pd.testing.assert_frame_equal(one.table, two.table)
    assert np.array_equal(one.z, two.z, equal_nan=True)


def test_what_failed_is_told_and_only_that_is_searched_again(results, monkeypatch):
    search = searching.search

    def failing(spectra, *rest):
        if spectra.names[0].startswith("2j"):
            msg = "no memory"
            raise MemoryError(msg)
        return search(spectra, *rest)

    monkeypatch.setattr(searching, "search", failing)
    outcome = search_results(results, CHOICES, HERE)
    assert outcome.findings is None
    assert outcome.missing == 1
    assert outcome.failures["piece 0"].message == "no memory"
    searched = []

    def noting(spectra, *rest):
        searched.extend(spectra.names)
        return search(spectra, *rest)

    monkeypatch.setattr(searching, "search", noting)
    outcome = search_results(results, CHOICES, HERE)
    assert outcome.resumed == 1
    assert searched == ["2j | m(j0,j1)"]
    assert outcome.findings is not None


def test_pieces_of_another_search_are_not_mixed_in(results, monkeypatch):
    def failing(*_):
        msg = "no"
        raise MemoryError(msg)

    with monkeypatch.context() as patched:
        patched.setattr(searching, "search", failing)
        search_results(results, CHOICES, HERE)
    other = CHOICES.changed(seed=2)
    with pytest.raises(SearchError, match=r"another search \(choices differ\).*--overwrite"):
        search_results(results, other, HERE)
    assert search_results(results, other, HERE, overwrite=True).findings is not None


def test_a_search_can_have_a_name_of_its_own(results):
    outcome = search_results(results, CHOICES, HERE, name="first-look")
    assert outcome.file.name == "first-look.h5"


def test_probabilities_are_calibrated_with_everything_chosen_anew(results):
    plain = search_results(results, CHOICES, HERE).findings.table
    choices = CHOICES.changed(calibration=30)
    outcome = search_results(results, choices, HERE)
    table = outcome.findings.table
    assert (table["z"] == plain["z"]).all()
    assert (table["p_histogram"] != plain["p_histogram"]).any()
    assert outcome.findings.settings["calibration"] == 30


def test_a_background_of_the_searched_events_is_warned_of(results):
    choices = CHOICES.changed(background="simulation")
    settings = search_results(results, choices, HERE).findings.settings
    assert "too small, by up to a factor of 1.4" in settings["warning"]
    assert "warning" not in search_results(results, CHOICES, HERE).findings.settings
