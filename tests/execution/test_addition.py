from __future__ import annotations

import copy
from collections import Counter, OrderedDict, defaultdict
from dataclasses import dataclass

import hist
import numpy as np
import pytest
from coffea.processor import (
    accumulate,
    defaultdict_accumulator,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from bumpcast.execution.addition import add_up


@dataclass
class Numbers:
    """Notes in which order it was added up, and whether at once."""

    order: tuple[int, ...]
    at_once: int = 1

    def __add__(self, other):
        return Numbers(self.order + other.order)

    @classmethod
    def sum_of(cls, values):
        return cls(sum((value.order for value in values), ()), len(values))


floats = st.floats(allow_nan=False)


def same_shape():
    """Outputs of which equal keys hold equal types."""
    return st.fixed_dictionaries(
        {},
        optional={
            "x": floats,
            "set": st.sets(st.integers(0, 5)),
            "counter": st.builds(Counter, st.lists(st.sampled_from("ab"))),
            "inner": st.dictionaries(st.sampled_from("pq"), floats, max_size=2),
            "defaults": st.builds(
                lambda filled: defaultdict(float, filled),
                st.dictionaries(st.sampled_from("pq"), floats, max_size=2),
            ),
            "numbers": st.builds(lambda n: Numbers((n,)), st.integers(0, 9)),
        },
    )


@settings(deadline=None)
@given(st.lists(st.none() | same_shape(), max_size=9), st.booleans())
def test_equals_the_sum_of_coffea(outputs, in_place):
    expected = accumulate(copy.deepcopy(outputs))
    given = copy.deepcopy(outputs)
    found = add_up(given, in_place=in_place)
    if expected is not None and "numbers" in expected:
        assert found.pop("numbers").order == expected.pop("numbers").order
    assert found == expected
    if found is not None:
        assert list(found) == list(expected)
    if not in_place and sum(output is not None for output in outputs) > 1:
        assert given == outputs


def test_types_stay_as_they_are():
    for kind in (OrderedDict, lambda filled: defaultdict(list, filled)):
        outputs = [kind({"a": 1.5}), kind({"a": 2.0, "b": 1.0}), kind({"b": 4.0})]
        found = add_up(outputs, in_place=False)
        assert type(found) is type(outputs[0])
        assert found == {"a": 3.5, "b": 5.0}
    counted = defaultdict_accumulator(int)
    counted["a"] = 3
    found = add_up([counted, counted, counted], in_place=False)
    assert (found["a"], found["other"], counted["a"]) == (9, 0, 3)


def test_one_output_and_none():
    assert add_up([], in_place=False) is None
    assert add_up([None, None], in_place=True) is None
    output = {"a": 1}
    assert add_up([None, output], in_place=False) is output


def test_nothing_is_shared_with_what_was_added():
    outputs = [{"a": 1}, {"b": np.ones(2)}, {"c": [1]}]
    found = add_up(outputs, in_place=False)
    found["b"] += 1
    assert outputs[1]["b"].tolist() == [1, 1]


def test_what_can_be_added_at_once_is():
    outputs = [{"a": {"b": Numbers((n,))}} for n in range(5)]
    assert add_up(outputs, in_place=False)["a"]["b"] == Numbers((0, 1, 2, 3, 4), 5)


@pytest.mark.parametrize(
    "outputs",
    [
        [{"a": 1}, 2],
        [{"a": 1}, {"a": 1}, {"a": {}}],
        [{"a": None}, {"a": None}],
        [{}, OrderedDict(a=1), 3],
        [hist.Hist.new.Reg(n, 0, 1).Double() for n in (3, 3, 4)],
    ],
)
def test_what_coffea_refuses_is_refused(outputs):
    with pytest.raises((TypeError, ValueError)):
        accumulate(copy.deepcopy(outputs))
    with pytest.raises((TypeError, ValueError)):
        add_up(copy.deepcopy(outputs), in_place=False)
