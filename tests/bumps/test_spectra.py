"""Flat columns of many spectra."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.spectra import Spectra, SpectraError


def three() -> Spectra:
    counts = np.array([5.0, 3.0, 0.0, 8.0, 2.0, 1.0])
    low = np.array([0.0, 1, 2, 10, 12, 14])
    return Spectra(
        ["a", "none", "b"],
        np.array([0, 3, 3, 6]),
        low,
        low + np.array([1, 1, 1, 2, 2, 2]),
        counts,
        counts,
    )


def test_each_bin_knows_its_spectrum():
    spectra = three()
    assert len(spectra) == 3
    assert spectra.bins.tolist() == [3, 0, 3]
    assert spectra.histogram_of_bin.tolist() == [0, 0, 0, 2, 2, 2]
    assert spectra.counts[spectra.slice_of(2)].tolist() == [8, 2, 1]
    assert spectra.centres.tolist() == [0.5, 1.5, 2.5, 11, 13, 15]


def test_some_in_any_order_and_more_than_once():
    some = three().some([2, 0, 1, 2])
    assert list(some.names) == ["b", "a", "none", "b"]
    assert some.offsets.tolist() == [0, 3, 6, 6, 9]
    assert some.counts.tolist() == [8, 2, 1, 5, 3, 0, 8, 2, 1]
    assert some.high.tolist() == [12, 14, 16, 1, 2, 3, 12, 14, 16]
    assert len(three().some([])) == 0


def test_counts_weigh_one_each():
    assert three().event_weight.tolist() == [1] * 6
    assert not three().weighted


def test_an_event_weighs_what_the_filled_bins_say():
    spectra = three()
    weighted = spectra.with_counts(
        0.5 * spectra.counts, np.array([1.25, 0.75, 0.0, 16.0, 4.0, 0.5])
    )
    assert weighted.weighted
    # The empty bin has the mean weight of its spectrum.
    assert weighted.event_weight.tolist() == [0.5, 0.5, 0.5, 4.0, 4.0, 1.0]


def test_a_digest_is_of_everything():
    spectra = three()
    assert spectra.digest == three().digest
    assert spectra.digest != spectra.with_counts(spectra.counts + 1).digest
    renamed = Spectra(
        ["a", "x", "b"],
        spectra.offsets,
        spectra.low,
        spectra.high,
        spectra.counts,
        spectra.variances,
    )
    assert renamed.digest != spectra.digest


@pytest.mark.parametrize("offsets", [[0, 3, 6], [0, 3, 3, 5], [0, 4, 3, 6], [1, 3, 3, 6]])
def test_columns_that_do_not_fit(offsets):
    spectra = three()
    with pytest.raises(SpectraError):
        Spectra(
            ["a", "none", "b"],
            np.array(offsets),
            spectra.low,
            spectra.high,
            spectra.counts,
            spectra.counts,
        )
