"""The stand-in for a search."""

from __future__ import annotations

import numpy as np
import pytest
from llps_for_tests import some_pairs

from bumpcast.surrogates.lifetime import proper_lengths
from bumpcast.surrogates.maps.binning import LlpBinningError
from bumpcast.surrogates.maps.published import published_map
from bumpcast.surrogates.stand_in.labelling import label_at, label_spread
from bumpcast.surrogates.stand_in.selection import (
    DR_CUT,
    SCORE_CUT,
    StandIn,
    StandInError,
)
from bumpcast.surrogates.stand_in.tutorial import GRID, HELD_OUT, tutorial_steps


@pytest.mark.parametrize("name", ["high-ET", "low-ET"])
def test_region_a_is_the_published_map(name):
    pairs = some_pairs(20_000)
    probable = StandIn.called(name).probabilities(pairs)
    np.testing.assert_allclose(
        probable[:, 1], published_map(name).probabilities(pairs)[:, 1], rtol=1e-12, atol=0
    )
    assert np.all(probable >= 0)
    np.testing.assert_allclose(probable.sum(axis=1), 1)


def test_decisions_are_as_probable_as_they_should_be():
    stand_in, pairs = StandIn("high-ET"), some_pairs(60_000)
    made = stand_in.decide(pairs, np.arange(60_000), name="a")
    probable = stand_in.probabilities(pairs)
    for region in range(5):
        number, expected = np.sum(made.region == region), probable[:, region].sum()
        assert abs(number - expected) < 4 * np.sqrt(
            np.sum(probable[:, region] * (1 - probable[:, region]))
        )


def test_regions_follow_from_the_cuts():
    made = StandIn("high-ET").decide(some_pairs(60_000), np.arange(60_000), name="a")
    selected = made.region > 0
    assert np.isnan(made.sum_of_dr[~selected]).all()
    high_dr, high_score = made.sum_of_dr > DR_CUT, made.score > SCORE_CUT
    assert np.array_equal(made.region == 1, high_dr & high_score)
    assert np.array_equal(made.region == 2, selected & high_dr & ~high_score)
    assert np.array_equal(made.region == 3, selected & ~high_dr & high_score)
    assert np.array_equal(made.region == 4, selected & ~high_dr & ~high_score)


def test_decisions_follow_from_name_and_number():
    stand_in, pairs = StandIn("high-ET"), some_pairs(3000)
    whole = stand_in.decide(pairs, np.arange(3000), name="a")
    part = stand_in.decide(pairs.select(slice(1000, 3000)), np.arange(1000, 3000), name="a")
    assert part.region.tolist() == whole.region[1000:].tolist()
    other = stand_in.decide(pairs, np.arange(3000), name="b")
    assert other.region.tolist() != whole.region.tolist()


def test_names_and_decays_that_there_are_not():
    with pytest.raises(StandInError, match=r"no stand-in 'highET'.*'high-ET'"):
        StandIn.called("highET")
    with pytest.raises(LlpBinningError, match="21"):
        StandIn("high-ET").probabilities(some_pairs(3, flavours=(21,)))


def test_labels_at_lifetimes():
    pairs, stand_in = some_pairs(4000), StandIn("high-ET")
    made = label_at(pairs, stand_in, [0.5, 2.0], name="a")
    assert made.ctau_m.tolist() == [0.5] * 4000 + [2.0] * 4000
    lengths = proper_lengths(made.pairs)
    assert lengths[:4000].mean() == pytest.approx(0.5, rel=0.05)
    assert lengths[4000:].mean() == pytest.approx(2.0, rel=0.05)
    assert np.all(made.pairs.mass[:4000] == pairs.mass)


def test_labels_to_train_on():
    pairs, stand_in = some_pairs(3000), StandIn("high-ET")
    made = label_spread(pairs, stand_in, (1.0, 8.0), repeat=2, name="a")
    boost = (made.pairs.pt * np.cosh(made.pairs.eta) / made.pairs.mass).mean(axis=1)
    distance = made.ctau_m * boost
    assert distance.min() >= 1
    assert distance.max() <= 8
    assert np.median(distance) == pytest.approx(8**0.5, rel=0.05)


def test_the_tutorial_trains_on_the_grid_alone(tmp_path):
    steps = tutorial_steps(tmp_path, 20_000, workers=2, seed=1)
    assert not set(GRID) & set(HELD_OUT)
    training = [step for step in steps if step.output.parent.name == "training"]
    assert len(training) == len(GRID)
    assert all("--distance" in step.arguments for step in training)
    assert len({step.output for step in steps}) == len(steps)
