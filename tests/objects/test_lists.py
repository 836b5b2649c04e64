from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_objects import FIELDS, as_events, as_lists

from bumpcast.objects.lists import ObjectLists

ITEMS = st.fixed_dictionaries(
    {field: st.integers(-3, 3).map(float) for field in FIELDS}  # small, so that pt are equal often
)
EVENTS = st.lists(st.lists(ITEMS, max_size=5), max_size=5)


@given(EVENTS)
def test_falling_pt_is_a_stable_sort(events: list[list[dict[str, float]]]) -> None:
    ordered = as_events(as_lists(events).by_falling_pt())
    assert ordered == [sorted(event, key=lambda item: -item["pt"]) for event in events]


@given(EVENTS, st.data())
def test_a_choice_stays_in_its_events(
    events: list[list[dict[str, float]]], data: st.DataObject
) -> None:
    lists = as_lists(events)
    number = int(lists.offsets[-1])
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=number, max_size=number)), bool)
    marks = iter(chosen.tolist())
    expected = [[item for item in event if next(marks)] for event in events]
    assert as_events(lists.where(chosen)) == expected


@given(EVENTS)
def test_there_and_back_to_awkward(events: list[list[dict[str, float]]]) -> None:
    lists = as_lists(events)
    array = ak.Array(lists.to_layout())
    assert array.to_list() == events
    assert as_events(ObjectLists.from_awkward(array)) == events
    assert len(lists) == len(events)


def test_what_becomes_awkward_are_momenta() -> None:
    lists = as_lists([[dict.fromkeys(FIELDS, 1.0)], []])
    assert ak.Array(lists.to_layout()).px.to_list() == [[pytest.approx(np.cos(1.0))], []]
    assert list(lists.without("mass", "phi").columns) == ["pt", "eta"]


VALUES = ak.Array([[{"x": 1, "y": 1.5}, {"x": 2, "y": 2.5}], [], [{"x": 3, "y": 3.5}]])


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        pytest.param(VALUES[1:], [[], [3.0]], id="later events"),
        pytest.param(VALUES[:1], [[1.0, 2.0]], id="earlier events"),
        pytest.param(VALUES[[2, 0]], [[3.0], [1.0, 2.0]], id="events in another order"),
        pytest.param(VALUES[VALUES.x != 2], [[1.0], [], [3.0]], id="some objects"),
        pytest.param(VALUES[:, ::-1], [[2.0, 1.0], [], [3.0]], id="objects in another order"),
        pytest.param(ak.to_regular(VALUES[[0, 0]]), [[1.0, 2.0]] * 2, id="of equal length"),
        pytest.param(VALUES[:0], [], id="no events"),
    ],
)
def test_awkward_arrays_of_any_layout(array: ak.Array, expected: list[list[float]]) -> None:
    lists = ObjectLists.from_awkward(array)
    assert lists.offsets[0] == 0
    assert lists["x"].dtype == np.float64
    assert ak.unflatten(lists["x"], np.diff(lists.offsets)).to_list() == expected


def test_nothing_is_copied_where_nothing_changes() -> None:
    lists = as_lists([[dict.fromkeys(FIELDS, 1.0)]])
    assert lists.where(np.ones(1, bool)) is lists
    assert lists.by_falling_pt() is lists
    assert np.shares_memory(ak.to_numpy(ak.flatten(ak.Array(lists.to_layout()).pt)), lists["pt"])
