"""What a forest of scikit-learn would be, of what stands for its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .arrays import Array, array_of
from .errors import PickleError, shown
from .inert import FOREST, TREE, TREE_CLASSIFIER, Inert


@dataclass(frozen=True)
class Forest:
    """What was found.

    Attributes:
        header: Of what kind it is, and what its arrays are.
        arrays: The arrays in the order of the header.
    """

    header: dict[str, Any]
    arrays: list[Array]


def forest_of(thing: object) -> Forest:
    """Return the arrays of a forest or a single tree.

    Args:
        thing: What the pickle holds.

    Raises:
        PickleError: It is something else, or not whole.
    """
    kind = type(thing)
    if kind in FOREST.values():
        state = _state(thing)
        classifiers = _entry(state, "estimators_", list)
    elif kind in TREE_CLASSIFIER.values():
        state = _state(thing)
        classifiers = [thing]
    else:
        msg = f"it holds a {shown(kind.__name__)}, not a forest of scikit-learn"
        raise PickleError(msg)
    if _entry(state, "n_outputs_", int) != 1:
        msg = "its forest predicts several things at once"
        raise PickleError(msg)
    labels = array_of(_entry(state, "classes_", Inert), "classes_")
    trees, arrays = [], [labels]
    for number, classifier in enumerate(classifiers):
        where = f"tree {number}"
        if type(classifier) not in TREE_CLASSIFIER.values():
            msg = f"{where} is a {shown(type(classifier).__name__)}, not a tree that classifies"
            raise PickleError(msg)
        tree = _entry(_state(classifier), "tree_", TREE)
        if not tree.arguments or type(tree.arguments[0]) is not int:
            msg = f"{where} does not say how many features it has"
            raise PickleError(msg)
        found = [
            array_of(_entry(_state(tree), name, Inert), f"{where}, {name}")
            for name in ("nodes", "values")
        ]
        arrays += found
        trees.append(
            {
                "features": tree.arguments[0],
                "nodes": found[0].header,
                "values": found[1].header,
            }
        )
    version = state.get("_sklearn_version")
    header = {
        "estimator": kind.__name__,
        "scikit_learn": shown(version) if type(version) is str else "",
        "labels": labels.header,
        "trees": trees,
    }
    return Forest(header, arrays)


def _state(thing: Any) -> dict[str, Any]:
    state = thing.state
    if type(state) is not dict:
        msg = f"its {shown(type(thing).__name__)} is empty"
        raise PickleError(msg)
    return state


def _entry(state: dict[str, Any], name: str, kind: type) -> Any:
    value = state.get(name)
    # Not isinstance: a stand-in is of the very class that the list of names has.
    if not (type(value) is kind or (kind is Inert and isinstance(value, Inert))):
        msg = f"{name} is a {shown(type(value).__name__)}: it is not trained, or no forest"
        raise PickleError(msg)
    return value
