"""What the network reads of histograms."""

from __future__ import annotations

import numpy as np

from bumpcast.bumps.network.features import features
from bumpcast.bumps.network.fits.columns import BIN_FEATURES, HISTOGRAM_FEATURES
from bumpcast.bumps.network.fits.models_of_background import LINE
from bumpcast.bumps.network.fits.of_histograms import FITS
from bumpcast.bumps.synthetic import Recipe, draw


def test_features_of_many_are_those_of_each() -> None:
    drawn = draw(Recipe(), 4, "test", 12)
    whole = features(drawn.offsets, drawn.counts)
    assert whole.bins.shape == (len(drawn.counts), len(BIN_FEATURES))
    assert whole.histograms.shape == (12, len(HISTOGRAM_FEATURES))
    assert np.all(np.isfinite(whole.bins))
    assert np.all(np.isfinite(whole.histograms))
    for h in range(12):
        here = slice(drawn.offsets[h], drawn.offsets[h + 1])
        alone = features(np.array([0, here.stop - here.start]), drawn.counts[here])
        assert np.array_equal(alone.bins, whole.bins[here])
        assert np.array_equal(alone.histograms[0], whole.histograms[h])


def test_shares_of_the_fits_are_one_together() -> None:
    drawn = draw(Recipe(), 4, "test", 50)
    shares = features(drawn.offsets, drawn.counts).histograms[:, -FITS:]
    assert np.allclose(shares.sum(1), 1, atol=1e-5)
    # The function that was drawn is among the likely ones: a line, where there are many entries.
    line = (drawn.kind == 1) & (drawn.background[drawn.offsets[:-1]] > 5000)
    assert np.all(shares[line, LINE] > 0.05)
