"""The stand-in without the steps of a map."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from llps_for_tests import some_pairs

from bumpcast.surrogates.maps.published import published_map
from bumpcast.surrogates.stand_in.selection import StandIn
from bumpcast.surrogates.stand_in.smooth_map import SmoothMap

LXY = (0.75, 1.75, 2.25, 2.75, 3.25, 3.7, 4.1)
LZ = (1.8, 3.9, 4.5, 5.15, 5.75, 6.25)
PT = (25.0, 75.0, 150.0, 300.0, 1000.0)
FLAVOURS = (4, 5, 6, 15)


def plain(table, llps):
    """Follow the rule one event at a time, with numpy's own interpolation of a line."""

    def in_position(numbers):
        def of_llp(llp, other):
            lxy, lz, pt, eta, child = llp
            inside = abs(eta) < 1.5
            knots, first = ((0.0, *LXY), 0) if inside else ((0.0, *LZ), 7)
            flavour = FLAVOURS.index(child)
            at_knot = [0.0]
            for k in range(len(knots) - 1):
                row = [other(((first + k) * 5 + m) * 4 + flavour) for m in range(5)]
                at_knot.append(np.interp(pt, PT, row))
            return np.interp(lxy if inside else lz, knots, at_knot)

        one, two = numbers
        return of_llp(one, lambda a: of_llp(two, lambda b: table[a, b]))

    return np.array([in_position(pair) for pair in llps])


@pytest.mark.parametrize("name", ["high-ET", "low-ET"])
def test_it_is_what_the_rule_says(name):
    pairs = some_pairs(150)
    llps = [
        [
            (pairs.lxy[n, k], pairs.lz[n, k], pairs.pt[n, k], pairs.eta[n, k], pairs.child[n, k])
            for k in (0, 1)
        ]
        for n in range(len(pairs))
    ]
    steps = published_map(name)
    found = SmoothMap(steps).selected(pairs)
    np.testing.assert_allclose(found, plain(steps.table[0], llps), rtol=1e-9, atol=1e-15)
    assert found.max() > 0.01


def test_at_centres_it_is_the_map():
    steps = published_map("high-ET")
    centres = list(product(LXY, PT))
    number = len(centres)
    base = some_pairs(number)

    def both(values):
        return np.stack([values, values[::-1]], axis=1)

    pairs = replace(
        base,
        lxy=both(np.array([lxy for lxy, _ in centres])),
        pt=both(np.array([pt for _, pt in centres])),
        eta=np.zeros((number, 2)),
        child=np.full((number, 2), 5),
    )
    np.testing.assert_allclose(
        SmoothMap(steps).selected(pairs), steps.probabilities(pairs)[:, 1], rtol=1e-12
    )


def test_nothing_is_selected_on_the_beam_axis():
    pairs = some_pairs(100)
    on_axis = replace(pairs, lxy=np.zeros((100, 2)), lz=np.zeros((100, 2)))
    assert not SmoothMap(published_map("low-ET")).selected(on_axis).any()


def test_the_smooth_stand_in():
    pairs = some_pairs(20_000)
    probable = StandIn.called("smooth-high-ET").probabilities(pairs)
    np.testing.assert_allclose(
        probable[:, 1], SmoothMap(published_map("high-ET")).selected(pairs), rtol=1e-12
    )
    np.testing.assert_allclose(probable.sum(axis=1), 1)
    assert np.all(probable >= 0)
    steps = StandIn.called("high-ET").probabilities(pairs)[:, 1]
    assert probable[:, 1].mean() == pytest.approx(steps.mean(), rel=0.3)
