"""A process that reads a pickled forest and can make nothing of it but records.

It is started by `pickle_reading` as a file of its own, with Python's standard library and no other
package on its path: neither scikit-learn nor NumPy nor this package is there to be called. What the
pickle names is looked up in a short list and nowhere else, and whatever stands there is an inert
class that keeps what it is given. No function of a pickle is ever called, no array allocated: what
an array would be is written down, and the reader checks it before it makes one.

Standard input is the pickle, standard output one line of JSON and the arrays' bytes after it.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import re
import resource
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

Described = str | dict[str, Any]

_LONGEST_NAME: Final = 100
_LONGEST_ERROR: Final = 10_000
_MOST_FIELDS: Final = 64
_PLAIN: Final = re.compile(r"[biufU][0-9]{1,6}")


class PickleError(Exception):
    """The pickle is not what it should be; the text is for the user."""


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


@dataclass(frozen=True)
class Array:
    """What an array of NumPy would be.

    Attributes:
        dtype: Its type, as NumPy's own constructor takes it.
        shape: Its shape.
        fortran: Whether the first index is the one that runs fastest.
        data: Its bytes, as such or as a text of one character a byte.
    """

    dtype: Described
    shape: tuple[int, ...]
    fortran: bool
    data: bytes | bytearray | str

    @property
    def header(self) -> dict[str, Any]:
        """All but the bytes."""
        return {
            "dtype": self.dtype,
            "shape": self.shape,
            "fortran": self.fortran,
            "bytes": len(self.data),
        }

    def write(self, file: IO[bytes]) -> None:
        """Write the bytes."""
        file.write(self.data.encode("latin-1") if isinstance(self.data, str) else self.data)


@dataclass(frozen=True)
class Forest:
    """What was found.

    Attributes:
        header: Of what kind it is, and what its arrays are.
        arrays: The arrays in the order of the header.
    """

    header: dict[str, Any]
    arrays: list[Array]


def shown(name: object) -> str:
    """Return a name of a pickle so that it can do no harm on a screen."""
    text = name if type(name) is str else type(name).__name__
    return ascii(text)[1:-1][:_LONGEST_NAME]


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


def array_of(thing: Inert, where: str) -> Array:
    """Return what an array would be.

    Args:
        thing: What stands for it.
        where: What it is, for messages.

    Raises:
        PickleError: It is none, or one of objects.
    """
    if type(thing) is RECONSTRUCT and type(thing.state) is tuple and len(thing.state) == 5:
        _, shape, dtype, fortran, data = thing.state
    elif type(thing) is FROMBUFFER and len(thing.arguments) >= 4:
        data, dtype, shape, order = thing.arguments[:4]
        if order not in ("C", "F"):
            msg = f"{where}: the order of its numbers is not known"
            raise PickleError(msg)
        fortran = order == "F"
    else:
        msg = f"{where} is no array of numbers"
        raise PickleError(msg)
    sizes = type(shape) is tuple and all(type(size) is int and size >= 0 for size in shape)
    if not sizes or type(fortran) is not bool:
        msg = f"{where} is an array without a shape"
        raise PickleError(msg)
    return Array(_dtype(dtype, where), shape, fortran, _bytes(data, where))


def _bytes(data: Any, where: str) -> bytes | bytearray | str:
    if type(data) is ENCODE:
        # Before protocol 3 bytes were written as a text, and how to make them of it.
        if len(data.arguments) == 2 and data.arguments[1] in ("latin1", "latin-1"):
            text = data.arguments[0]
            with contextlib.suppress(UnicodeEncodeError):
                if type(text) is str and len(text.encode("latin-1")) == len(text):
                    return text
        msg = f"{where}: its bytes are encoded in a way that NumPy does not use"
        raise PickleError(msg)
    if type(data) not in (bytes, bytearray):
        msg = f"{where} is an array of objects, of which none was made"
        raise PickleError(msg)
    found: bytes | bytearray = data
    return found


def _dtype(thing: Any, where: str, *, deeper: bool = True) -> Described:
    """Return a type of numbers as NumPy writes it, such as '<f8', or of records of them."""
    state = thing.state if type(thing) is DTYPE else None
    code = thing.arguments[0] if type(thing) is DTYPE and thing.arguments else None
    if type(state) is not tuple or len(state) < 8 or type(code) is not str:
        msg = f"{where} is an array of no type"
        raise PickleError(msg)
    _, order, part, names, fields, size = state[:6]
    if part is None and names is None and fields is None:
        if _PLAIN.fullmatch(code) and order in ("<", ">", "|", "="):
            return f"{order}{code}"
    elif (
        deeper
        and part is None
        and type(fields) is dict
        and type(names) is tuple
        and len(names) <= _MOST_FIELDS
        and all(type(name) is str for name in names)
    ):
        of = [_field(fields.get(name), where) for name in names]
        return {
            "names": names,
            "formats": [kind for kind, _ in of],
            "offsets": [offset for _, offset in of],
            "itemsize": size,
        }
    msg = f"{where} is an array of {shown(code)}, not of numbers; none was made"
    raise PickleError(msg)


def _field(field: Any, where: str) -> tuple[Described, int]:
    if type(field) is not tuple or len(field) < 2 or type(field[1]) is not int:
        msg = f"{where} is an array of records that lack a field"
        raise PickleError(msg)
    return _dtype(field[0], where, deeper=False), field[1]


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Make whatever a pickle can lead to an error that says it."""
    try:
        yield
    except PickleError:
        raise
    except MemoryError as error:
        msg = "reading it takes more memory than a forest of its size does"
        raise PickleError(msg) from error
    except EOFError as error:
        msg = "it ends too early"
        raise PickleError(msg) from error
    # Bytes at random raise nearly everything.
    except Exception as error:
        msg = f"it cannot be read ({type(error).__name__}: {shown(str(error))})"
        raise PickleError(msg) from error


def read(file: IO[bytes]) -> Forest:
    """Return the forest of a pickle.

    Args:
        file: Where it is read from.

    Raises:
        PickleError: It holds anything else, names anything else, or is not whole.
    """
    with _explained():
        found = forest_of(ForestUnpickler(file).load())
        if file.read(1):
            msg = "more follows after the forest"
            raise PickleError(msg)
        return found


def write(forest: Forest, file: IO[bytes], most: int) -> None:
    """Write a line of JSON, and the arrays' bytes after it.

    Args:
        forest: What is written.
        file: Where to.
        most: So many bytes it may be.

    Raises:
        PickleError: It is more, as if one array were meant many times over.
    """
    header = json.dumps(forest.header).encode() + b"\n"
    size = len(header) + sum(len(array.data) for array in forest.arrays)
    if size > most:
        msg = f"its arrays would be {size:,} bytes, which a pickle of its size cannot hold"
        raise PickleError(msg)
    file.write(header)
    for array in forest.arrays:
        array.write(file)
    file.flush()


def shut_in(memory: int, seconds: int, output: int) -> None:
    """Take from this process what it will not need; what a system does not know, it keeps.

    Args:
        memory: Bytes of address space.
        seconds: Of a processor's time.
        output: Bytes of a file.
    """
    limits = {
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": seconds,
        "RLIMIT_FSIZE": output,
        "RLIMIT_CORE": 0,
        # Those that are open already stay so.
        "RLIMIT_NOFILE": 3,
        "RLIMIT_NPROC": 0,
    }
    for name, limit in limits.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (limit, limit))


def forbid(event: str, _arguments: Sequence[object]) -> None:
    """Refuse all that Python tells of: imports, files, processes, sockets, code that is compiled.

    Raises:
        PickleError: Always; it names the event (PEP 578).
    """
    msg = f"reading it led to {event!r}, which was not done"
    raise PickleError(msg)


def main() -> None:
    """Read standard input and write standard output; an error is a line of JSON, too."""
    memory, seconds, most = (int(word) for word in sys.argv[1:4])
    shut_in(memory, seconds, most + _LONGEST_ERROR)
    sys.addaudithook(forbid)
    target = sys.stdout.buffer
    try:
        with _explained():
            write(read(sys.stdin.buffer), target, most)
    except PickleError as error:
        target.write(json.dumps({"error": str(error)}).encode() + b"\n")
        target.flush()
        os._exit(1)
    # Not to take apart what a pickle has put together.
    os._exit(0)


if __name__ == "__main__":
    main()
