"""The largest significance of each spectrum."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.peaks import largest

NAN = float("nan")


def test_the_largest_and_where_it_is():
    z = np.array([1.0, 3.0, -2.0, NAN, 0.5, NAN, NAN, -4.0, -3.0])
    peaks = largest(np.array([0, 3, 3, 5, 7, 9]), z)
    assert np.array_equal(peaks.z, [3, NAN, 0.5, NAN, -3], equal_nan=True)
    assert peaks.bins.tolist() == [1, -1, 1, -1, 1]


def test_the_first_bins_can_be_left_out():
    z = np.concatenate([[9.0, 8.0], np.zeros(17), [1.0]])
    assert largest(np.array([0, 20]), z, 0.1).bins.tolist() == [19]
    assert largest(np.array([0, 20]), z, 0.05).bins.tolist() == [1]
    # A tenth of nine bins is none.
    assert largest(np.array([0, 9]), z[:9], 0.1).bins.tolist() == [0]


def test_of_equal_ones_the_first():
    assert largest(np.array([0, 3]), np.array([1.0, 2.0, 2.0])).bins.tolist() == [1]


def test_no_spectra():
    peaks = largest(np.array([0]), np.empty(0))
    assert len(peaks.z) == len(peaks.bins) == 0


@pytest.mark.parametrize("skip", [-0.1, 1.0, NAN])
def test_a_share_that_is_none(skip):
    with pytest.raises(ValueError, match="share of bins"):
        largest(np.array([0, 1]), np.zeros(1), skip)
