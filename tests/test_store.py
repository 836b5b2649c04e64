from __future__ import annotations

from collections import Counter, defaultdict

import awkward as ak
import boost_histogram as bh
import h5py
import hist
import numpy as np
import pytest
from coffea.processor import (
    accumulate,
    column_accumulator,
    defaultdict_accumulator,
    dict_accumulator,
    list_accumulator,
    set_accumulator,
    value_accumulator,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stnp

from bumpcast import store


def round_trip(value):
    with h5py.File("memory.h5", "w", driver="core", backing_store=False) as file:
        store.write(file, "value", value)
        return store.read(file, "value")


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            same(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for left, right in zip(a, b, strict=True):
            same(left, right)
    elif isinstance(a, (np.ndarray, np.generic)):
        assert a.dtype == b.dtype
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
        assert np.shape(a) == np.shape(b)
    else:
        assert a == b or (a != a and b != b)


numbers = stnp.arrays(
    dtype=st.sampled_from(["f8", "f4", "i8", "u1", "?", "c16", ">i4", "M8[s]"]),
    shape=stnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.binary()
    | numbers
)
keys = st.text() | st.integers() | st.tuples(st.text(), st.integers())
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(keys, inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(values)
def test_any_nest_of_plain_values_comes_back(value):
    same(round_trip(value), value)


@pytest.mark.parametrize(
    "value",
    [
        {1, 2, "three"},
        frozenset({(1, 2)}),
        Counter(a=3),
        defaultdict(int, {"a": 1}),
        dict_accumulator({"a": value_accumulator(int, 3)}),
        list_accumulator([1, 2]),
        set_accumulator({"a"}),
        np.float64(1.5),
        np.int32(4),
        np.array(["a", "bc"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_containers_keep_their_type(value):
    back = round_trip(value)
    assert type(back) is type(value)
    if isinstance(value, dict_accumulator):
        assert back["a"].value == 3
        assert back["a"].default_factory is int
    elif isinstance(value, np.ndarray):
        np.testing.assert_array_equal(back, value)
    else:
        assert back == value


def test_accumulators_still_add_up_after_a_round_trip():
    one = {"n": defaultdict_accumulator(int, {"a": 1}), "v": value_accumulator(float, 2.0)}
    total = accumulate([round_trip(one), round_trip(one), one])
    assert total["n"] == {"a": 3}
    assert total["v"].value == 6.0


def test_columns_of_both_kinds_of_array():
    column = round_trip(column_accumulator(np.arange(4)))
    np.testing.assert_array_equal(column.value, np.arange(4))
    jagged = ak.Array([{"x": [1, 2], "y": None}, {"x": [], "y": "a"}])
    assert round_trip(jagged).to_list() == jagged.to_list()


def test_a_large_array_has_its_own_data_set():
    large = np.random.default_rng(1).normal(size=(300, 100))
    with h5py.File("memory.h5", "w", driver="core", backing_store=False) as file:
        store.write(file, "value", {"large": large, "small": np.arange(3)})
        assert set(file["value"]) == {"structure", "array_0", "pool_int64"}
        np.testing.assert_array_equal(store.read(file, "value")["large"], large)


storages = ["double", "int64", "atomicint64", "unlimited", "weight", "mean", "weightedmean"]


@pytest.mark.parametrize("storage", storages)
def test_histograms_come_back_to_the_last_bit(storage):
    rng = np.random.default_rng(7)
    one = hist.Hist(
        hist.axis.Variable([0, 1, 3, 10], name="pt", label="p_T [GeV]"),
        hist.axis.StrCategory([], growth=True, name="process"),
        storage=storage,
        label="events",
        name="jets",
    )
    samples = rng.choice(["a", "b"], size=200)
    extra = {}
    if storage in ("weight", "double", "weightedmean", "unlimited"):
        extra["weight"] = rng.normal(1, 0.1, size=200)
    if "mean" in storage:
        extra["sample"] = rng.normal(size=200)
        one = hist.Hist(one.axes[0], storage=storage)
        one.fill(rng.exponential(3, size=200), **extra)
    else:
        one.fill(rng.exponential(3, size=200), samples, **extra)
    back = round_trip(one)
    assert type(back) is hist.Hist
    assert back.axes == one.axes
    assert back.axes[0].label == "p_T [GeV]"
    assert back.label == one.label
    assert back.storage_type is one.storage_type
    assert np.asarray(back.view(flow=True)).tobytes() == np.asarray(one.view(flow=True)).tobytes()
    assert (back + one).sum(flow=True) is not None


def test_a_boost_histogram():
    one = bh.Histogram(bh.axis.Regular(3, 0, 1))
    one.fill([0.1, 0.5, 2])
    assert round_trip(one) == one


def test_an_unstorable_type_is_named_with_its_place():
    with pytest.raises(store.UnstorableError, match=r"output\['jets'\]\[1\] is a builtins\.object"):
        round_trip({"jets": [1, object()]})
    with pytest.raises(store.UnstorableError, match="array of type object"):
        store.check({"a": np.array([object()])})
    with pytest.raises(store.UnstorableError, match=r"default factory is .*lambda"):
        store.check(defaultdict(lambda: 3))


def test_a_registered_type():
    @store.storable("tests.point")
    class Point:
        def __init__(self, x):
            self.x = x

        def to_hdf5(self, group):
            group.attrs["x"] = self.x

        @classmethod
        def from_hdf5(cls, group):
            return cls(int(group.attrs["x"]))

    back = round_trip({"a": Point(3), "b": [Point(4)]})
    assert (back["a"].x, back["b"][0].x) == (3, 4)
    with pytest.raises(TypeError, match=r"'tests\.point' already stores"):

        @store.storable("tests.point")
        class Other(Point):
            pass

    with pytest.raises(TypeError, match="no to_hdf5"):
        store.storable("tests.int")(int)
    with h5py.File("memory.h5", "w", driver="core", backing_store=False) as file:
        store.write(file, "value", Point(3))
        store._registered.pop("tests.point")
        with pytest.raises(store.StoreError, match=r"holds a 'tests\.point'"):
            store.read(file, "value")


def test_a_missing_value_is_named():
    with h5py.File("memory.h5", "w", driver="core", backing_store=False) as file:
        store.write(file, "output", 1)
        with pytest.raises(store.StoreError, match="Did you mean 'output'"):
            store.read(file, "outptu")
