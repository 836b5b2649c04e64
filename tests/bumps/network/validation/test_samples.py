"""What a network is judged by."""

from __future__ import annotations

import numpy as np

from bumpcast.bumps.network import load_network
from bumpcast.bumps.network.validation.samples import read_sample
from bumpcast.bumps.synthetic import Recipe, draw

SIGNALS = Recipe(signal_share=1.0)


def test_signals_where_nothing_is_looked_for_are_left_out() -> None:
    number = 60
    drawn = draw(SIGNALS, 3, "test", number)
    bins = np.diff(drawn.offsets)
    inside = drawn.centre >= np.floor(0.2 * bins)
    assert 0 < inside.sum() < number
    found = read_sample(load_network(), SIGNALS, 3, number, skip=0.2)
    assert found.bins.tolist() == bins[inside].tolist()
    for h, true in zip(np.flatnonzero(inside), found.true, strict=True):
        first = drawn.offsets[h] + int(np.floor(0.2 * bins[h]))
        assert true == drawn.z[first : drawn.offsets[h + 1]].max()
    assert len(read_sample(load_network(), SIGNALS, 3, number, skip=0.0).read) == number
