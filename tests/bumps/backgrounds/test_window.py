from __future__ import annotations

import numpy as np

from bumpcast.bumps.backgrounds.window import largest_excess
from tests.bumps.backgrounds.toys import spectra_of


def test_the_window_is_around_the_largest_excess_and_as_wide_as_it() -> None:
    spectra = spectra_of([np.ones(40)] * 4)
    narrow, wide = np.zeros(160), np.zeros(160)
    narrow[20], narrow[10] = 5.0, 4.0
    wide[60] = 4.0
    # an end of a spectrum is not extrapolated to
    narrow[81] = 9.0
    narrow[140] = np.nan
    window = largest_excess(spectra, {1.0: narrow, 2.0: wide}, above=3.0)
    assert np.flatnonzero(window).tolist() == [*range(17, 24), *range(54, 67)]
    assert not largest_excess(spectra, {1.0: narrow[:]}, above=10.0).any()


def test_a_narrower_window_is_better_than_none() -> None:
    spectra = spectra_of([np.ones(30)])
    narrow, wide = np.zeros(30), np.zeros(30)
    wide[7] = 5.0
    window = largest_excess(spectra, {1.0: narrow, 3.0: wide}, above=3.0)
    assert np.flatnonzero(window).tolist() == [*range(4, 11)]
