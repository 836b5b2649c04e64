"""Probabilities of pairs of bins."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bumpcast.surrogates.efficiency import EfficiencySums, Seen, efficiency_of
from bumpcast.surrogates.maps.binning import LlpBinning, LlpBinningError
from bumpcast.surrogates.maps.efficiency_map import EfficiencyMap, EfficiencyMapError

BINS = LlpBinning((0, 2, math.inf), (0, 4, math.inf), (0, 100, math.inf), (5, 15))


def a_map(**more) -> EfficiencyMap:
    random = np.random.default_rng(3)
    table = random.uniform(0, 0.4, (2, 16, 16))
    table = (table + table.transpose(0, 2, 1)) / 2
    return EfficiencyMap(
        **{
            "name": "two regions",
            "classes": ("not selected", "A", "B"),
            "binning": BINS,
            "table": table,
            **more,
        }
    )


def test_probabilities_as_a_plain_loop_finds_them(random_pairs):
    pairs, its_map = random_pairs(2000, flavours=(5, 15)), a_map()
    found = its_map.probabilities(pairs)
    numbers = BINS.indices(pairs)
    for event in range(len(pairs)):
        i, j = numbers[event]
        a, b = its_map.table[0, i, j], its_map.table[1, i, j]
        assert found[event].tolist() == pytest.approx([1 - a - b, a, b], abs=1e-15)
    assert np.allclose(found.sum(axis=1), 1, rtol=0, atol=1e-15)
    assert found.shape == (2000, 3)
    assert found.dtype == np.float64


def test_it_does_not_matter_which_particle_is_first(random_pairs):
    pairs, its_map = random_pairs(500, flavours=(5, 15)), a_map()
    exchanged = pairs.exchanged(np.ones(500, np.bool_))
    assert np.array_equal(its_map.probabilities(pairs), its_map.probabilities(exchanged))


def test_outside_is_where_no_training_event_was(random_pairs):
    pairs = random_pairs(2000, flavours=(5, 15))
    numbers = BINS.indices(pairs)
    filled = np.zeros((16, 16), np.bool_)
    filled[numbers[:100, 0], numbers[:100, 1]] = True
    filled |= filled.T
    its_map = a_map(filled=filled, table=a_map().table * filled)
    out = its_map.outside(pairs)
    assert not out[:100].any()
    assert out.tolist() == [not filled[i, j] for i, j in numbers]
    assert not a_map().outside(pairs).any()


def test_outside_is_also_above_a_last_edge(random_pairs):
    pairs = random_pairs(2000, flavours=(5, 15))
    its_map = a_map(binning=replace(BINS, pt=(0, 100, 1600)))
    assert its_map.outside(pairs).tolist() == (pairs.pt >= 1600).any(axis=1).tolist()


def test_efficiencies_come_of_it_as_of_any_model(random_pairs):
    pairs = random_pairs(300, flavours=(5, 15))
    its_map = a_map(relative_uncertainty=(0.25, 0.5), mean_lxy_m=(0.0, 1e-3))
    found = its_map.probabilities(pairs)
    sums = EfficiencySums.of(pairs.weight, Seen.by(its_map, pairs))
    efficiency = efficiency_of(sums, its_map)
    assert efficiency.classes == ("A", "B")
    assert efficiency.value.tolist() == pytest.approx(found[:, 1:].mean(axis=0).tolist())
    assert efficiency.model / efficiency.value == pytest.approx([0.25, 0.5])
    assert "the mean Lxy is" in efficiency.warnings[0]
    assert its_map.domain.children == (5, 15)
    assert np.isnan(a_map().uncertainty).all()


def test_what_is_stored_is_one_triangle():
    table = np.zeros((2, 16, 16))
    table[1, 3, 5] = table[1, 5, 3] = 0.2
    filled = table[1] > 0
    filled[0, 0] = True
    a, b = a_map(table=table, filled=filled).stored()
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == [(0, 0), (5, 3)]


def test_unknown_decays_are_told_with_the_file(random_pairs):
    with pytest.raises(LlpBinningError, match=r"x.csv, columns .* decay to 4, 6, in"):
        a_map().probabilities(random_pairs(100), "x.csv")


def _changed(value):
    table = a_map().table.copy()
    table[:, 1, 2] = table[:, 2, 1] = value
    return table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": ("A", "B", "C")}, "the first is 'not selected'"),
        ({"classes": ("not selected", "A", "A")}, "no two are the same"),
        ({"name": "two\nlines"}, "a map's name is one line"),
        ({"table": np.zeros((1, 16, 16))}, r"of shape \(1, 16, 16\), and has to be \(2, 16, 16\)"),
        ({"table": np.triu(a_map().table)}, "the table is not the same when both LLPs are exch"),
        ({"table": _changed(-0.1)}, "-0.1, -0.1 for A, B .* bin 1 .decay=15.*from 0 to 1"),
        ({"table": _changed(math.nan)}, "a probability is from 0 to 1"),
        ({"table": _changed(0.6)}, "0.6, 0.6 for A, B.*together they are at most 1"),
        ({"errors": -a_map().table}, "an error is not negative"),
        ({"filled": np.zeros((16, 16), np.bool_)}, "not zero where no training event was"),
        ({"relative_uncertainty": (0.25,)}, "each of A, B has one"),
        ({"relative_uncertainty": (0.25, -0.1)}, "not negative"),
    ],
)
def test_maps_that_cannot_be(change, message):
    with pytest.raises(EfficiencyMapError, match=message):
        a_map(**change)


def test_no_events(random_pairs):
    nothing = random_pairs(3, flavours=(5, 15)).select(slice(0))
    assert a_map().probabilities(nothing).shape == (0, 3)
    assert a_map().outside(nothing).shape == (0,)
