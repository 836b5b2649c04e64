"""The published maps against the published curves."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.surrogates.lifetime import decayed, unit_decays
from bumpcast.surrogates.maps.binning import PUBLISHED
from bumpcast.surrogates.maps.published import (
    CURVES,
    MAPS,
    PublishedDataError,
    published_curve,
    published_map,
)

CTAU_M = 1.43


def expected_efficiency(of_map, pairs, ctau):
    """Return the map's mean over all decays, from the probability to decay in each position.

    The integral over both exponential distributions is done bin by bin, so that nothing is drawn.
    """
    per_ctau = pairs.pt / pairs.mass
    with np.errstate(divide="ignore"):
        beyond_lxy = np.exp(-np.array(PUBLISHED.lxy) / (ctau * per_ctau)[..., None])
        beyond_lz = np.exp(
            -np.array(PUBLISHED.lz) / (ctau * per_ctau * np.abs(np.sinh(pairs.eta)))[..., None]
        )
    barrel = (np.abs(pairs.eta) < 1.5)[..., None]
    share = np.concatenate(
        [
            np.where(barrel, beyond_lxy[..., :-1] - beyond_lxy[..., 1:], 0),
            np.where(barrel, 0, beyond_lz[..., :-1] - beyond_lz[..., 1:]),
        ],
        axis=-1,
    )
    rest = sum((pairs.pt >= edge).astype(int) for edge in (50, 100, 200, 400)) * 4
    rest += np.searchsorted((4, 5, 6, 15), pairs.child)
    table = of_map.table[0].reshape(13, 20, 13, 20)
    blocks = table.transpose(1, 3, 0, 2)[rest[:, 0], rest[:, 1]]
    return np.einsum("ei,ej,eij->e", share[:, 0], share[:, 1], blocks).mean()


def at_nearest(curve, ctau):
    """Return the point of a curve that is nearest to a lifetime, and its efficiency."""
    point = int(np.argmin(np.abs(curve.ctau_m - ctau)))
    return float(curve.ctau_m[point]), float(curve.efficiency[point])


@pytest.mark.parametrize(
    ("name", "ratio"), [("400_100", 0.96), ("1000_275", 0.81), ("125_55", 1.34)]
)
def test_map_efficiencies_over_the_curves_of_atlas(name, ratio, of_pythia):
    curve = published_curve(name)
    ctau, efficiency = at_nearest(curve, CTAU_M)
    found = expected_efficiency(published_map(curve.selection), of_pythia(name), ctau)
    assert found / efficiency == pytest.approx(ratio, rel=0.03)


@pytest.mark.parametrize(("name", "ratio"), [("400_100", 12), ("1000_275", 44)])
def test_maps_say_much_too_much_at_small_lifetimes(name, ratio, of_pythia):
    curve = published_curve(name)
    ctau, efficiency = at_nearest(curve, 0.1)
    found = expected_efficiency(published_map(curve.selection), of_pythia(name), ctau)
    assert found / efficiency == pytest.approx(ratio, rel=0.05)


@pytest.mark.parametrize("name", CURVES)
def test_drawn_decays_give_the_same_on_average(name, of_pythia):
    """So do the lookup, the lifetimes and the integral, which share no code."""
    of_map, pairs = published_map(published_curve(name).selection), of_pythia(name)
    numbers = np.arange(len(pairs))
    drawn = []
    for draw in range(100):
        lengths = unit_decays(numbers, pairs.copied, name=f"test {name}", draw=draw)
        drawn.append(of_map.probabilities(decayed(pairs, lengths, CTAU_M))[:, 1].mean())
    expected = expected_efficiency(of_map, pairs, CTAU_M)
    assert abs(np.mean(drawn) - expected) < 4 * np.std(drawn) / np.sqrt(len(drawn))
    assert np.mean(drawn) == pytest.approx(expected, rel=0.1)


def test_limits_times_efficiencies_are_one_number_of_events():
    for name, events in (("1000_275", 16.69), ("400_100", 18.20)):
        curve = published_curve(name)
        found = [
            limit * curve.efficiency_at(ctau) * 139e3
            for ctau, limit in zip(curve.limit_ctau_m, curve.limit, strict=True)
        ]
        assert found == pytest.approx([events] * len(found), rel=4e-4)
        assert not curve.limit_is_of_branching
    assert published_curve("125_55").limit_is_of_branching


def test_published_curves_between_and_beyond_their_points():
    curve = published_curve("400_100")
    low, high = curve.ctau_m[3:5]
    between = curve.efficiency_at(float(np.sqrt(low * high)))
    assert between == pytest.approx(np.sqrt(curve.efficiency[3] * curve.efficiency[4]))
    with pytest.raises(PublishedDataError, match=r"from c tau = 0.10358 to 90.211 m: 0.1 m is not"):
        curve.efficiency_at(0.1)


def test_what_is_published():
    assert MAPS == ("high-ET", "low-ET")
    high, low = (published_map(name) for name in MAPS)
    assert [len(one.stored()[0]) for one in (high, low)] == [2903, 2074]
    assert high.classes == ("not selected", "A")
    assert high.domain.mean_lxy_m == (0.25, 16.0)
    assert low.uncertainty.tolist() == [0.33]
    assert high.filled is None
    assert high.table[0, 7, 5] == high.table[0, 5, 7] == 0.00014869


def test_names_that_there_are_not():
    with pytest.raises(PublishedDataError, match=r"no published map 'high'. .*'high-ET'"):
        published_map("high")
    with pytest.raises(PublishedDataError, match=r"no published curve '400_10'. .*'400_100'"):
        published_curve("400_10")
