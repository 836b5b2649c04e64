"""A mixture of lifetimes: one draw of decays for a whole curve gives the curve of many draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bumpcast.surrogates.curve import Lifetimes, curve
from bumpcast.surrogates.lifetime import LifetimeError, mixture_weights
from bumpcast.surrogates.llps import LlpPairs
from bumpcast.surrogates.maps.published import published_map

CTAU = (0.3, 1.0, 3.0, 10.0)


@pytest.fixture(scope="module")
def pairs():
    """6 000 events of H -> SS, 1000 GeV -> 2 x 275 GeV; in a tenth the first LLP is alone."""
    with np.load(Path(__file__).parents[1] / "data" / "ggH_1000_275_llps.npz") as file:
        columns = {name: file[name].astype(np.float64) for name in ("pt", "eta", "mass")}
        child = file["child"].astype(np.int64)
    copied = np.arange(len(child)) % 10 == 0
    for column in (*columns.values(), child):
        column[copied, 1] = column[copied, 0]
    return LlpPairs(**columns, child=child, weight=np.ones(len(child)), copied=copied)


def test_weights_are_densities_over_their_mean():
    lengths = np.array([[0.2, 1.5], [3.0, 0.7], [2.0, 2.0]])
    copied = np.array([False, False, True])
    ctau = np.array([0.5, 1.0, 4.0])
    density = np.exp(-lengths[:, :, None] / ctau) / ctau
    plain = np.where(copied[:, None], density[:, 0], density[:, 0] * density[:, 1])
    expected = plain / plain.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(mixture_weights(lengths, copied, ctau), expected.T, rtol=1e-12)
    # A length that none of them leads to in any number that a computer has.
    far = mixture_weights(np.array([[1e6, 1e6]]), np.array([False]), ctau)
    np.testing.assert_allclose(far, [[0.0], [0.0], [3.0]])
    with pytest.raises(LifetimeError, match="above zero"):
        mixture_weights(lengths, copied, np.array([0.5, -1.0]))


@pytest.mark.parametrize("draws", [1, 4])
def test_the_curve_is_that_of_draws_at_each_lifetime(pairs, draws):
    model = published_map("high-ET")
    mixture = curve(model, pairs, Lifetimes(CTAU, "mixture", draws=draws, name="a"))
    plain = curve(model, pairs, Lifetimes(CTAU, draws=20, name="b"))
    as_many = curve(model, pairs, Lifetimes(CTAU, draws=draws, name="b"))
    for one, other, third in zip(mixture, plain, as_many, strict=True):
        error = np.hypot(one.statistical, other.statistical)
        assert abs(one.value - other.value)[0] < 3.5 * error[0]
        # A quarter of the decays that draws at each of four lifetimes have.
        assert one.statistical[0] < 2 * third.statistical[0]
        assert one.mean_lxy_m == pytest.approx(other.mean_lxy_m, rel=0.1)


def test_stated_errors_are_those_of_repetitions(pairs):
    model = published_map("high-ET")
    part = pairs.select(slice(0, 1500))
    runs = [
        curve(model, part, Lifetimes(CTAU, "mixture", name=f"repetition {number}"))
        for number in range(60)
    ]
    values = np.array([[one.value[0] for one in run] for run in runs])
    stated = np.array([[one.statistical[0] for one in run] for run in runs]).mean(axis=0)
    # The events are the same in each repetition, and their kinematics a part of the error.
    assert np.all(values.std(axis=0) < 1.3 * stated)
    assert np.all(values.std(axis=0) > 0.6 * stated)


def test_one_lifetime_alone_is_that_of_draws(pairs):
    model = published_map("high-ET")
    one = curve(model, pairs, Lifetimes((2.0,), "mixture", name="a"))[0]
    other = curve(model, pairs, Lifetimes((2.0,), name="a"))[0]
    np.testing.assert_allclose(one.value, other.value, rtol=1e-12)
