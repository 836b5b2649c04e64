"""What the odds of a signal allow a network to read."""

from __future__ import annotations

import numpy as np

from bumpcast.bumps.network import load_network
from bumpcast.bumps.network.features import features
from bumpcast.bumps.network.fits.columns import LOG_ODDS_UNIT, ODDS
from bumpcast.bumps.network.odds import limited_by_odds
from bumpcast.bumps.synthetic import Recipe, draw


def test_less_is_read_where_the_odds_are_low() -> None:
    log_odds = np.array([-20.0, -2.0, 0.0, 1.9999, 2.0, 30.0])
    np.testing.assert_allclose(
        limited_by_odds(np.full(6, 6.0), log_odds), [3.0, 3.0, 4.0, 5.0, 6.0, 6.0], atol=1e-4
    )
    z = np.linspace(-5.0, 20.0, 501)
    for log in (-20.0, 0.0, 1.9):
        found = limited_by_odds(z, np.full(len(z), log))
        assert np.all(found <= z)
        assert np.all(np.diff(found) >= 0)
        np.testing.assert_array_equal(found[z < 3], z[z < 3])
        np.testing.assert_array_equal(found[z > 10.5], z[z > 10.5])
    assert np.isnan(limited_by_odds(np.array([np.nan]), np.array([0.0]))[0])


def test_no_histogram_is_read_above_what_its_odds_allow() -> None:
    network = load_network()
    drawn = draw(Recipe(sum_share=1.0), 5, "test", 600)
    z, _ = network.read(drawn.offsets, drawn.counts)
    known = features(drawn.offsets, drawn.counts.astype(np.float64), None)
    low = known.histograms[:, ODDS] * LOG_ODDS_UNIT < 2.0
    largest = np.maximum.reduceat(np.nan_to_num(z), drawn.offsets[:-1])
    assert not np.any(low & (largest >= 5.0) & (largest < 8.5))
    # A signal that is one has the odds of it.
    assert np.mean(low[drawn.largest_z() > 7]) < 0.03
    assert np.mean(low[drawn.significance == 0]) > 0.8
