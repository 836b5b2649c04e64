"""Bins of one long-lived particle."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bumpcast.surrogates.maps.binning import PUBLISHED, LlpBinning, LlpBinningError


def published_index(pt, eta, lxy, lz, decay):
    """Return the bin as the published code numbers it, but for its slip at high pT."""
    if abs(eta) < 1.5:
        position = 0
        for edge in (1.5, 2, 2.5, 3, 3.5, 3.9):
            if lxy >= edge:
                position += 1
    else:
        position = 7
        for edge in (3.6, 4.2, 4.8, 5.5, 6):
            if lz >= edge:
                position += 1
    of_pt = 0
    for edge in (50, 100, 200, 400):
        if pt >= edge:
            of_pt += 1
    return position * (5 * 4) + of_pt * 4 + {4: 0, 5: 1, 6: 2, 15: 3}[decay]


def test_bins_are_numbered_as_published(random_pairs):
    pairs = random_pairs(20_000)
    columns = (pairs.pt, pairs.eta, pairs.lxy, pairs.lz, pairs.child)
    plain = [published_index(*values) for values in zip(*(c.ravel() for c in columns), strict=True)]
    assert PUBLISHED.indices(pairs).ravel().tolist() == plain
    assert PUBLISHED.indices(pairs).dtype == np.int64
    assert len(PUBLISHED) == 260
    assert set(plain) == set(range(260))


def test_a_high_momentum_stays_in_the_last_bin_and_is_told(random_pairs):
    pairs = random_pairs(4)
    pairs = replace(
        pairs,
        pt=np.array([[1599.0, 20], [1600, 20], [7000, 20], [20, 1e6]]),
        eta=np.zeros((4, 2)),
        lxy=np.full((4, 2), 1.0),
        child=np.full((4, 2), 5),
    )
    assert PUBLISHED.indices(pairs).tolist() == [[17, 1], [17, 1], [17, 1], [1, 17]]
    assert PUBLISHED.beyond(pairs).tolist() == [False, True, True, True]


def test_beyond_finite_edges_of_the_position(random_pairs):
    pairs = random_pairs(3)
    pairs = replace(
        pairs,
        pt=np.full((3, 2), 10.0),
        eta=np.array([[0.0, 2.0]] * 3),
        lxy=np.array([[3.0, 9.0], [4.0, 1.0], [1.0, 9.0]]),
        lz=np.array([[9.0, 5.9], [9.0, 1.0], [1.0, 6.0]]),
    )
    bins = LlpBinning((0, 1, 4), (0, 6), (0, math.inf), (4, 5, 6, 15))
    assert bins.beyond(pairs).tolist() == [False, True, True]


def test_bins_in_words_are_those_of_the_published_maps():
    assert PUBLISHED.label(7) == "decay=15, pT in [50--100], |eta| < 1.5, Lxy in [0.0--1.5]"
    assert PUBLISHED.label(138) == "decay=6, pT in [400--1600], |eta| < 1.5, Lxy in [3.9--inf]"
    assert PUBLISHED.label(245) == "decay=5, pT in [50--100], |eta| > 1.5, Lz in [6.0--inf]"
    with pytest.raises(LlpBinningError, match="no bin 260: they are numbered from 0 to 259"):
        PUBLISHED.label(260)


def test_words_of_edges_that_need_more_decimals():
    bins = LlpBinning((0, 0.25, 1), (0, 2), (0, 12.5), (5,), barrel=1.45)
    assert bins.label(0) == "decay=5, pT in [0--12.5], |eta| < 1.45, Lxy in [0.0--0.25]"
    assert len({bins.label(number) for number in range(len(bins))}) == len(bins) == 3


def test_flavours_in_any_order(random_pairs):
    pairs = random_pairs(500)
    turned = replace(PUBLISHED, flavours=(15, 4, 6, 5))
    place = np.array([1, 3, 2, 0])
    usual = PUBLISHED.indices(pairs)
    assert np.array_equal(turned.indices(pairs), usual // 4 * 4 + place[usual % 4])


def test_an_unknown_decay_is_told(random_pairs):
    pairs = random_pairs(100)
    child = pairs.child.copy()
    child[7, 1], child[9] = 21, (21, 1000022)
    with pytest.raises(
        LlpBinningError,
        match=r"a.parquet, columns .*llp2_child_pdgId: .* decay to 21, 1000022, in 2 of 100 "
        r"events, first in event 7; the map knows 4, 5, 6, 15",
    ):
        PUBLISHED.indices(replace(pairs, child=child), "a.parquet")


def test_decays_have_to_be_known(random_pairs):
    pairs = replace(random_pairs(3), lxy=None, lz=None)
    with pytest.raises(LlpBinningError, match=r"not known where the LLPs decay.*--ctau"):
        PUBLISHED.indices(pairs)
    with pytest.raises(LlpBinningError, match="not known where"):
        PUBLISHED.beyond(pairs)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lxy": (0.0, 2.0, 1.0)}, "lxy edges 0, 2, 1 m: .*each above the last"),
        ({"lz": (0.0,)}, "lz edges 0 m: there have to be two"),
        ({"lz": (0.5, 2.0)}, "lz edges 0.5, 2 m: the first has to be 0"),
        ({"pt": (0.0, math.nan)}, "pt edges 0, nan GeV"),
        ({"pt": (0.0, math.inf, math.inf)}, "pt edges"),
        ({"flavours": ()}, "there has to be one"),
        ({"flavours": (5, 5)}, "none twice"),
        ({"flavours": (-5,)}, "from 1 on"),
        ({"barrel": 0.0}, "the barrel ends at"),
    ],
)
def test_bins_that_cannot_be(change, message):
    with pytest.raises(LlpBinningError, match=message):
        replace(PUBLISHED, **change)
