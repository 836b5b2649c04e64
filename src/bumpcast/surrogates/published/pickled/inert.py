"""What stands for all that a pickle names: classes that keep what they are given and do nothing."""

from __future__ import annotations

import pickle
from typing import Any, Final

from .errors import PickleError, shown


class _Fixed(type):
    """Classes that a pickle cannot change: it may set attributes of whatever it has made."""

    def __setattr__(cls, name: str, value: object) -> None:
        msg = "it sets attributes of a class"
        raise PickleError(msg)


class Inert(metaclass=_Fixed):
    """What stands for a class or function that a pickle names.

    Attributes:
        arguments: What it was called with.
        state: What it was to be filled with afterwards.
    """

    __slots__ = ("arguments", "state")
    arguments: tuple[Any, ...]
    state: Any

    def __new__(cls, *arguments: Any) -> Inert:
        """Keep the arguments, whatever they are."""
        made = super().__new__(cls)
        made.arguments = arguments
        made.state = None
        return made

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _inert(name: str) -> type[Inert]:
    made: type[Inert] = _Fixed(name, (Inert,), {"__slots__": ()})  # type: ignore[assignment]
    return made


FOREST: Final = {name: _inert(name) for name in ("RandomForestClassifier", "ExtraTreesClassifier")}
TREE_CLASSIFIER: Final = {
    name: _inert(name) for name in ("DecisionTreeClassifier", "ExtraTreeClassifier")
}
TREE: Final = _inert("Tree")
RECONSTRUCT: Final = _inert("_reconstruct")
FROMBUFFER: Final = _inert("_frombuffer")
DTYPE: Final = _inert("dtype")
ENCODE: Final = _inert("encode")
_OTHER: Final = _inert("other")
"""What is of no use here, such as the state of random numbers."""

KNOWN: Final[dict[tuple[str, str], type[Inert]]] = {
    # Modules were renamed by scikit-learn 0.22.
    **{(f"sklearn.ensemble.{m}", k): v for m in ("_forest", "forest") for k, v in FOREST.items()},
    **{
        (f"sklearn.tree.{module}", name): inert
        for module in ("_classes", "tree")
        for name, inert in TREE_CLASSIFIER.items()
    },
    ("sklearn.tree._tree", "Tree"): TREE,
    # NumPy 2 renamed its core.
    **{
        (f"numpy.{core}.{module}", name): inert
        for core in ("core", "_core")
        for module, name, inert in (
            ("multiarray", "_reconstruct", RECONSTRUCT),
            ("multiarray", "scalar", _OTHER),
            ("numeric", "_frombuffer", FROMBUFFER),
        )
    },
    ("numpy", "ndarray"): _OTHER,
    ("numpy", "dtype"): DTYPE,
    ("_codecs", "encode"): ENCODE,
    # A forest that was given a RandomState keeps it.
    ("numpy.random._pickle", "__randomstate_ctor"): _OTHER,
    ("numpy.random._pickle", "__bit_generator_ctor"): _OTHER,
    ("numpy.random._mt19937", "MT19937"): _OTHER,
}
"""All that a pickle may name."""

_HELP: Final = {
    "joblib": "it was written by joblib.dump; ask its authors for one that pickle.dump wrote",
    "sklearn.ensemble._gb": "gradient boosting of scikit-learn is not supported",
    "sklearn.ensemble._hist_gradient_boosting": (
        "gradient boosting of scikit-learn is not supported"
    ),
    "xgboost": "ask its authors for the model that XGBoost's save_model writes",
    "copyreg": "it was written in pickle's protocol 0 or 1; ask for a newer one",
}
"""What is to be said of modules that people come across."""


class ForestUnpickler(pickle.Unpickler):
    """Reads a pickle of which every name is looked up in `KNOWN`."""

    def find_class(self, module: str, name: str) -> type[Inert]:
        """Return the inert class that stands for a name.

        Raises:
            PickleError: The name is not one of a forest.
        """
        known = KNOWN.get((module, name))
        if known is None:
            reasons = [text for of, text in _HELP.items() if f"{module}.".startswith(of)]
            msg = (
                f"it wants {shown(module)}.{shown(name)}, which is no part of a forest of "
                f"scikit-learn and was not called{''.join(f'; {text}' for text in reasons[:1])}"
            )
            raise PickleError(msg)
        return known
