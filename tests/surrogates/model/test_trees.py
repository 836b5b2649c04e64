"""Trees as flat arrays: what they give, and what is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bumpcast.surrogates.model.trees import Trees, TreesError, single_thresholds


def two_trees(**changed) -> Trees:
    """x0 against 1, with x1 against 2 on the right; and a leaf alone."""
    trees = Trees(
        feature=np.array([0, 0, 1, 0, 0, 0], np.int32),
        threshold=np.array([1, 0, 2, 0, 0, 0], np.float32),
        left=np.array([1, -1, 3, -1, -1, -1], np.int32),
        right=np.array([2, -1, 4, -1, -1, -1], np.int32),
        value=np.array([[9, 9], [1, 0], [9, 9], [2, 0], [3, 5], [10, 1]], np.float64),
        missing_left=np.array([True, False, False, False, False, False]),
        offsets=np.array([0, 5, 6]),
        features=2,
        below="less-or-equal",
        combine="sum",
        base=np.array([0.0, 0.5]),
    )
    return replace(trees, **changed)


EVENTS = np.array([[0, 0], [1, 0], [1.5, 2], [2, 3], [np.nan, 3], [2, np.nan]], np.float32)


def test_sums_and_means() -> None:
    trees = two_trees().checked("here")
    assert (len(trees), trees.nodes, trees.outputs) == (2, 6, 2)
    assert trees.evaluate(EVENTS)[:, 0].tolist() == [11, 11, 12, 13, 11, 13]
    assert trees.evaluate(EVENTS)[:, 1].tolist() == [1.5, 1.5, 1.5, 6.5, 1.5, 6.5]
    mean = two_trees(combine="mean").evaluate(EVENTS)
    assert mean[:, 0].tolist() == [5.5, 5.5, 6, 6.5, 5.5, 6.5]


def test_on_the_threshold() -> None:
    assert two_trees(below="less").evaluate(EVENTS)[1:3, 0].tolist() == [12, 13]


def test_events_of_another_length() -> None:
    with pytest.raises(TreesError, match=r"events of shape \(6, 1\)"):
        two_trees().evaluate(EVENTS[:, :1])


def integers(*values):
    return np.array(values, np.int32)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"left": integers(1, -1, 3, -1, -1)}, "left is int32 of shape"),
        ({"left": np.array([1, -1, 3, -1, -1, -1])}, "left is int64"),
        ({"left": integers(1, -1, 7, -1, -1, -1)}, "node 2 of tree 0 has a child of no tree"),
        ({"left": integers(-2, -1, 3, -1, -1, -1)}, "node 0 of tree 0 has a child of no tree"),
        ({"left": integers(0, -1, 3, -1, -1, -1)}, "node 0 of tree 0 has a child of no tree"),
        ({"left": integers(-1, -1, 3, -1, -1, -1)}, "has one child only"),
        ({"left": integers(2, -1, 3, -1, -1, -1)}, "no parent, or several"),
        ({"feature": integers(0, 0, 2, 0, 0, 0)}, "node 2 .* asks for a feature"),
        ({"feature": integers(0, 0, -1, 0, 0, 0)}, "node 2 .* asks for a feature"),
        ({"threshold": np.array([1, 0, np.nan, 0, 0, 0], np.float32)}, "NaN for a threshold"),
        ({"value": np.full((6, 2), np.inf)}, "value is not finite"),
        ({"offsets": np.array([0, 5, 7])}, "one after the other"),
        ({"offsets": np.array([0, 6, 6])}, "one after the other"),
        ({"offsets": np.array([0])}, "there has to be one of each"),
        ({"base": np.array([0.0, np.nan])}, "constant"),
        ({"below": "more"}, "not understood"),
    ],
)
def test_what_is_no_tree(changed, message) -> None:
    with pytest.raises(TreesError, match=f"^here: .*{message}"):
        two_trees(**changed).checked("here")


def test_a_ring() -> None:
    """Nodes 3 and 4 are each other's parents: every node but the root has one parent."""
    trees = two_trees(
        feature=np.zeros(7, np.int32),
        threshold=np.zeros(7, np.float32),
        left=integers(1, -1, -1, 4, 3, -1, -1),
        right=integers(2, -1, -1, 5, 6, -1, -1),
        value=np.zeros((7, 2)),
        missing_left=np.zeros(7, bool),
        offsets=np.array([0, 7]),
    )
    with pytest.raises(TreesError, match="4 nodes of the trees hang on each other in a ring"):
        trees.checked("here")


def test_thresholds_decide_the_same() -> None:
    random = np.random.default_rng(1)
    double = np.concatenate(
        [random.normal(size=1000), [0.1, 1 / 3, -0.1, 0.0, 1e-50, -1e-50, 1e40]]
    )
    single = single_thresholds(double)
    x = double[:-1].astype(np.float32)
    nearby = np.concatenate([x, np.nextafter(x, np.float32(9)), np.nextafter(x, np.float32(-9))])
    for t, s in zip(double, single, strict=True):
        assert np.array_equal(nearby.astype(np.float64) <= t, nearby <= s)
