"""Pairs of long-lived particles as columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from llps_for_tests import some_pairs

from bumpcast.surrogates.llps import LlpValueError, concatenated


def test_some_of_the_events():
    pairs = replace(some_pairs(10), more={"met": np.arange(10.0)})
    chosen = pairs.select([3, 7])
    assert len(chosen) == 2
    assert chosen.pt.tolist() == pairs.pt[[3, 7]].tolist()
    assert chosen.more["met"].tolist() == [3, 7]
    assert chosen.boson_pt is None


def test_exchanged_llps_are_the_same_events():
    pairs = some_pairs(6)
    which = np.array([True, False, True, False, False, True])
    other = pairs.exchanged(which)
    assert other.pt[0].tolist() == pairs.pt[0, ::-1].tolist()
    assert other.child[1].tolist() == pairs.child[1].tolist()
    assert other.weight is not pairs.pt
    assert other.exchanged(which).lxy.tolist() == pairs.lxy.tolist()


def test_exchange_takes_a_tables_own_columns_of_llps_with_it():
    more = {"llp2_tracks": np.array([5.0, 6.0]), "met": np.array([1.0, 2.0])}
    more |= {"llp1_tracks": np.array([3.0, 4.0]), "llp1_alone": np.array([7.0, 8.0])}
    other = replace(some_pairs(2), more=more).exchanged(np.array([True, False])).more
    assert {name: column.tolist() for name, column in other.items()} == {
        "llp1_tracks": [5, 4],
        "llp2_tracks": [3, 6],
        "llp1_alone": [7, 8],
        "met": [1, 2],
    }


def test_parts_one_after_the_other_know_what_all_know():
    one, two = some_pairs(3), replace(some_pairs(4, seed=2), lxy=None)
    both = concatenated([one, two])
    assert len(both) == 7
    assert both.pt[3:].tolist() == two.pt.tolist()
    assert both.lxy is None
    assert not both.decayed
    with_more = concatenated([replace(one, more={"a": one.weight, "b": one.weight})] * 2)
    assert list(with_more.more) == ["a", "b"]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("pt", -3.0, "column llp2_pT: -3 in event 4; a transverse momentum is not negative"),
        ("mass", -1.0, "column llp2_mass: -1 in event 4; a mass is not negative"),
        ("eta", np.nan, "column llp2_eta: nan in event 4; a number has to be finite"),
        ("lz", -0.1, "column llp2_Lz: -0.1 in event 4; Lz is |z| of the decay"),
        ("lxy", np.inf, "column llp2_Lxy: inf in event 4; a number has to be finite"),
        ("child", 0, "column llp2_child_pdgId: 0 in event 4; it is the |PDG number|"),
    ],
)
def test_a_value_that_cannot_be(column, value, message):
    pairs = some_pairs(9)
    columns = getattr(pairs, column).copy()
    columns[4, 1] = value
    with pytest.raises(LlpValueError) as error:
        replace(pairs, **{column: columns}).checked("a.csv")
    assert str(error.value).startswith(f"a.csv, {message}")


def test_how_many_events_are_wrong():
    pairs = some_pairs(9)
    weight = pairs.weight.copy()
    weight[2:5] = np.nan
    with pytest.raises(LlpValueError, match=r"weight: nan in event 2 and in 2 more events"):
        replace(pairs, weight=weight).checked("a.csv")
    assert some_pairs(9).checked("a.csv").pt.shape == (9, 2)
