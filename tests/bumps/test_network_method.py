"""The network as a method of the search."""

from __future__ import annotations

import numpy as np
from spectra_for_tests import falling

from bumpcast.bumps.look_elsewhere import ToySettings
from bumpcast.bumps.network_method import NetworkMethod, network_background
from bumpcast.bumps.search import search


def test_a_signal_is_found_and_background_is_not():
    spectra, background = falling(30, bins=40)
    counts = spectra.counts.copy()
    counts[20:23] += np.array([40.0, 75.0, 40.0])
    findings = search(spectra.with_counts(counts), NetworkMethod(), ToySettings(most=100))
    assert findings.ranking[0] == 0
    best = findings.table.iloc[0]
    assert best["z"] > 3
    assert abs(best["bin"] - 21) <= 1
    assert best["p_histogram"] < 0.02
    assert findings.table["z"].iloc[1:].max() < 4
    assert np.median(findings.table["p_histogram"]) > 0.2
    assert np.allclose(findings.background[40:], background.expected[40:], rtol=0.3)


def test_what_has_no_events_is_told():
    spectra, _ = falling(2, bins=40)
    counts = spectra.counts.copy()
    counts[:40] = 0.0
    findings = search(spectra.with_counts(counts), NetworkMethod(), ToySettings(most=20))
    assert findings.table["reason"].iloc[0]
    assert np.isnan(findings.table["z"].iloc[0])
    assert not findings.table["reason"].iloc[1]


def test_its_background_can_be_given_to_the_likelihood():
    spectra, background = falling(2, bins=40)
    estimate = network_background(spectra)
    assert list(estimate.models) == ["network", "network"]
    assert np.allclose(estimate.expected, background.expected, rtol=0.3)
    assert not np.any(estimate.modes)
