"""Pickles that are no forest, and those that would do harm: nothing of them is run."""

from __future__ import annotations

import builtins
import collections
import copyreg
import functools
import gzip
import io
import operator
import os
import pickle
import random
import struct
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from published_folder import events
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.tree._tree import Tree

from bumpcast.surrogates.model.trees import TreesError
from bumpcast.surrogates.published.errors import PickleContentError
from bumpcast.surrogates.published.forest import trees_of_forest
from bumpcast.surrogates.published.pickle_reading import BEGIN, read_forest

X, CLASSES = events(12, 300)


@pytest.fixture
def marker(tmp_path, monkeypatch):
    """A file that nothing may make; names that are not absolute are of this folder, too."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "MARKER"


def forest(**changed):
    fitted = RandomForestClassifier(2, max_depth=2, random_state=1).fit(X, CLASSES)
    fitted.__dict__ |= changed
    return fitted


class Calls:
    """Pickles as a call of something."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call[0], self.call[1:]


def refused(data, match, **more) -> None:
    with pytest.raises(PickleContentError, match=f"^here: .*{match}") as error:
        read_forest(data, "here", **more)
    assert len(str(error.value)) < 600
    assert str(error.value).isascii()
    assert str(error.value).isprintable()


HARM = {
    "os.system": lambda file: Calls(os.system, f"touch {file}"),
    "eval": lambda file: Calls(eval, f"open({str(file)!r}, 'w')"),
    "exec": lambda file: Calls(exec, f"open({str(file)!r}, 'w')"),
    "open": lambda file: Calls(open, str(file), "w"),
    "subprocess": lambda file: Calls(subprocess.Popen, ["touch", str(file)]),
    "getattr": lambda file: Calls(getattr, os, "system"),
    "a chain of getattr": lambda file: Calls(
        functools.reduce, getattr, [builtins, "eval", "__call__"]
    ),
    "import": lambda file: Calls(__import__, "os"),
    "methodcaller": lambda file: Calls(operator.methodcaller, "touch"),
    "path": lambda file: Calls(Path.touch, file),
    "numpy.load": lambda file: Calls(np.load, str(file), None, True),
    "numpy's ufuncs": lambda file: Calls(np.vectorize, eval),
    "copyreg": lambda file: Calls(copyreg.add_extension, "os", "system", 1),
    "a partial": lambda file: functools.partial(os.system, f"touch {file}"),
    "a defaultdict": lambda file: collections.defaultdict(functools.partial(os.system, "touch")),
    "pickle in pickle": lambda file: Calls(pickle.loads, pickle.dumps(Calls(os.system, "touch"))),
}


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
@pytest.mark.parametrize(
    "place",
    [
        lambda thing: thing,
        lambda thing: forest(random_state=thing),
        lambda thing: forest(classes_=np.array([thing, 1], dtype=object)),
        lambda thing: forest(estimators_=[thing]),
    ],
    ids=["alone", "beside", "in an array of objects", "as a tree"],
)
def test_nothing_is_run(marker, place, harm, protocol) -> None:
    try:
        data = pickle.dumps(place(harm(marker)), protocol)
    except TypeError:  # a module cannot be pickled, but a call that names one can be written
        data = b"\x80\x02cbuiltins\ngetattr\n(cos\n__dict__\nX\x06\x00\x00\x00systemtR."
    assert not marker.exists()
    refused(data, "it wants .*which is no part of a forest of scikit-learn and was not called")
    assert not marker.exists()
    assert not list(marker.parent.iterdir())


def proto(code: bytes) -> bytes:
    return b"\x80\x04" + code + b"."


def text(word: str) -> bytes:
    return b"\x8c" + bytes([len(word.encode())]) + word.encode()


def name(module: str, of: str) -> bytes:
    return text(module) + text(of) + b"\x93"


FOREST = name("sklearn.ensemble._forest", "RandomForestClassifier")

CODES = {
    "dotted names": (proto(name("numpy", "dtype.__class__")), "wants numpy.dtype.__class__"),
    "a dotted module": (proto(name("numpy.os", "system")), "wants numpy.os.system"),
    "our own names": (proto(name("__main__", "os.system")), "wants __main__.os.system"),
    "escapes": (proto(name("\x1b[2J\n", "\u202e")), r"wants \\x1b\[2J\\n\.\\u202e"),
    "an old instance": (b"\x80\x02(S'touch MARKER'\nios\nsystem\n.", "wants os.system"),
    "an extension": (proto(b"\x82\x01"), "unregistered extension"),
    "a persistent id": (b"\x80\x02Pos.system\n.", "persistent"),
    "attributes of a class": (
        proto(FOREST + b"N}" + text("__setstate__") + b"Ns\x86b"),
        "cannot be read|sets attributes",
    ),
    "a class as an estimator": (proto(FOREST), "holds a"),
    "a class called with a class": (proto(FOREST + FOREST + b"\x85R"), "is empty"),
    "state that is no dictionary": (proto(FOREST + b")\x81" + text("a") + b"b"), "is empty"),
    "itself": (
        proto(FOREST + b")\x81\x94}" + text("estimators_") + b"h\x00sb"),
        "estimators_ is a",
    ),
    "only a number": (proto(b"K\x05"), "holds a int, not a forest"),
    "a huge memo": (proto(b"Nr\xff\xff\xff\xff"), "more memory|cannot be read"),
    "a huge buffer": (proto(b"\x96" + struct.pack("<Q", 2**40)), "more memory|ends too early"),
    "a huge frame": (proto(b"\x95" + struct.pack("<Q", 2**60)), "more memory|cannot be read"),
    "a huge text": (proto(b"\x8d" + struct.pack("<Q", 2**62) + b"a"), "more memory|cannot be read"),
    "a huge number": (proto(b"\x8b" + struct.pack("<i", 2**31 - 1)), "more memory|cannot be read"),
    "nothing on the stack": (proto(b"R"), "cannot be read"),
    "nesting": (proto(b")" + b"\x85" * 1_000_000), "holds a tuple"),
    "a nested key": (
        proto(b"})" + b"\x85" * 1_000_000 + b"Ns"),
        "ended by SIG|cannot be read|more memory",
    ),
    "a later protocol": (b"\x80\x63N.", "unsupported pickle protocol"),
    "more after it": (pickle.dumps(1) + b"N.", "holds a int"),
}


@pytest.mark.parametrize(("data", "message"), CODES.values(), ids=CODES)
def test_pickles_written_by_hand(marker, data, message) -> None:
    refused(data, message)
    assert not list(marker.parent.iterdir())


def test_one_after_the_other() -> None:
    refused(pickle.dumps(forest()) + pickle.dumps(1), "more follows after the forest")


def test_keys_that_take_for_ever() -> None:
    """A tuple of the same tuple twice, sixty times over, has a hash of 2^60 steps."""
    refused(proto(b"})\x94" + b"2\x86" * 60 + b"Ns"), "more than 2 s|SIGXCPU|SIGKILL", seconds=2)


def test_an_array_that_is_meant_many_times() -> None:
    """A file of a few hundred thousand bytes would be one of a hundred gigabytes."""
    tree = forest(n_outputs_=1).estimators_[0]
    large = DecisionTreeClassifier().fit(*events(12, 20_000))
    tree.tree_ = large.tree_
    data = pickle.dumps(forest(estimators_=[tree] * 50_000))
    refused(data, "which a pickle of its size cannot hold")


NO_PICKLES = {
    "empty": (b"", "is empty"),
    "text": (b"hello", "no pickle, or one of protocol 0 or 1"),
    "protocol 0": (pickle.dumps(1, 0), "no pickle, or one of protocol 0 or 1"),
    "gzip": (gzip.compress(pickle.dumps(1)), r"compressed \(gzip\)"),
    "zeros": (b"\x80" + b"\0" * 1000, "cannot be read|ends too early"),
}


@pytest.mark.parametrize(("data", "message"), NO_PICKLES.values(), ids=NO_PICKLES)
def test_what_is_no_pickle(data, message) -> None:
    refused(data, message)


def test_a_pickle_cut_short() -> None:
    data = pickle.dumps(forest())
    for end in (1, 2, 20, len(data) // 2, len(data) - 1):
        refused(data[:end], "ends too early|cannot be read|truncated")


def test_bytes_changed_at_random() -> None:
    """Whatever comes of it is a forest or a named error."""
    data = pickle.dumps(forest())
    chance = random.Random(7)
    for _ in range(30):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 20)):
            changed[chance.randrange(2, len(data))] = chance.randrange(256)
        try:
            trees_of_forest(read_forest(bytes(changed), "here"), "here")
        except (PickleContentError, TreesError) as error:
            assert str(error).startswith("here")  # noqa: PT017 - not every change is an error


@pytest.mark.parametrize(("compress", "message"), [(0, "joblib.dump"), (3, "zlib, as joblib")])
def test_joblib(tmp_path, compress, message) -> None:
    joblib.dump(forest(), tmp_path / "model.pkl", compress=compress)
    refused((tmp_path / "model.pkl").read_bytes(), message)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (GradientBoostingClassifier(n_estimators=2), "gradient boosting of scikit-learn is not"),
        (make_pipeline(StandardScaler(), DecisionTreeClassifier()), "wants sklearn.pipeline.Pip"),
        (DecisionTreeRegressor(), "wants sklearn.tree._classes.DecisionTreeRegressor"),
    ],
)
def test_other_estimators(estimator, message) -> None:
    refused(pickle.dumps(estimator.fit(X, CLASSES)), message)


def test_forests_that_are_not_whole() -> None:
    refused(pickle.dumps(RandomForestClassifier()), "estimators_ is a NoneType: it is not trained")
    refused(pickle.dumps(forest(n_outputs_=2)), "predicts several things at once")
    refused(pickle.dumps(forest(estimators_=[])), "trees")
    refused(pickle.dumps(forest(estimators_=[3])), "tree 0 is a int")
    refused(pickle.dumps(forest(classes_=[0, 1])), "classes_ is a list")
    objects = np.array(["a", "b", "c", "d", None], dtype=object)
    refused(pickle.dumps(forest(classes_=objects)), "an array of O8, not of numbers; none was made")


class Tampered(pickle.Pickler):
    """Writes trees with another state."""

    def __init__(self, file, change, protocol):
        super().__init__(file, protocol)
        self._change = change

    def reducer_override(self, thing):
        if type(thing) is not Tree:
            return NotImplemented
        kind, arguments, state = thing.__reduce__()
        state = {**state, "nodes": state["nodes"].copy()}
        self._change(state)
        return kind, arguments, state


def tampered(change, protocol=4) -> bytes:
    file = io.BytesIO()
    Tampered(file, change, protocol).dump(forest())
    return file.getvalue()


def set_node(field, value, node=0):
    def change(state):
        state["nodes"][field][node] = value

    return change


def set_state(key, make):
    def change(state):
        state[key] = make(state[key])

    return change


def without(field):
    def make(nodes):
        return nodes[[name for name in nodes.dtype.names if name != field]].copy()

    return set_state("nodes", make)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_node("left_child", 0), "node 0 of tree 0 has a child of no tree"),
        (set_node("left_child", 99), "node 0 of tree 0 has a child of no tree"),
        (set_node("left_child", -9), "node 0 of tree 0 has a child of no tree"),
        (set_node("left_child", -1), "one child only"),
        (set_node("left_child", 2), "has no parent, or several"),
        (set_node("left_child", 2**40), "beyond all that there are"),
        (set_node("feature", 12), "asks for a feature that is none of the 12"),
        (set_node("feature", -2), "asks for a feature"),
        (set_node("threshold", np.nan), "has NaN for a threshold"),
        (without("threshold"), "have no threshold"),
        (set_state("nodes", lambda nodes: np.arange(7)), "have no left_child"),
        (set_state("nodes", lambda nodes: nodes[:3]), "nodes of shape"),
        (set_state("nodes", lambda nodes: nodes[:0]), "nodes of shape|wants .*bytes"),
        (set_state("nodes", lambda nodes: None), "nodes is a NoneType"),
        (set_state("nodes", lambda nodes: [Calls(int)]), "nodes is a list|wants"),
        (set_state("nodes", lambda nodes: nodes.astype(object)), "array of objects|not of numbers"),
        (set_state("values", lambda values: values[:, :, :4]), "not those of 5 classes"),
        (set_state("values", lambda values: values.astype(int)), "not those of 5 classes"),
        (set_state("values", lambda values: values * np.nan), "add up to something above zero"),
        (set_state("values", lambda values: values * 0), "add up to something above zero"),
        (set_state("values", lambda values: values - 0.5), "add up to something above zero"),
        (set_state("values", lambda values: values[None]), "shape|cannot be"),
    ],
)
@pytest.mark.parametrize("protocol", [2, 5])
def test_trees_that_are_none(change, message, protocol) -> None:
    data = tampered(change, protocol)
    with pytest.raises((PickleContentError, TreesError), match=f"^here: .*{message}"):
        trees_of_forest(read_forest(data, "here"), "here")


def test_sums_of_weights_as_before_scikit_learn_1_3() -> None:
    data = tampered(set_state("values", lambda values: values * 123.0))
    expected = forest().predict_proba(X)
    found = trees_of_forest(read_forest(data, "here"), "here").evaluate(X)
    assert np.allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("shape", [(10**15,), (-1,), (2**70, 2**70), (7, 1, 4, 1), (0,)])
def test_absurd_shapes(shape) -> None:
    """What an array is said to be is checked before there is one."""

    class Absurd:
        def __reduce__(self):
            kind, arguments, state = np.zeros((7, 1, 5)).__reduce__()
            return kind, arguments, (state[0], shape, *state[2:])

    data = tampered(set_state("values", lambda values: Absurd()))
    refused(data, "are an array of shape|an array without a shape|the forest cannot be")


def test_absurd_arguments_of_arrays() -> None:
    """What NumPy would be called with before an array has a state is never used."""

    class Absurd:
        def __reduce__(self):
            kind, (of, _, code), state = np.zeros((7, 1, 5)).__reduce__()
            return kind, (of, (10**15,), code), state

    read_forest(tampered(set_state("values", lambda values: Absurd())), "here")


BEYOND = {
    "a file": "open('MARKER', 'w')",
    "a process": "os.system('touch MARKER')",
    "a module": "import socket",
    "code": "compile('1', 'here', 'eval')",
    "a fork": "os.fork()",
    "a socket": "import _socket; _socket.socket()",
    "memory": "bytearray(2**30)",
}


@pytest.mark.parametrize("code", BEYOND.values(), ids=BEYOND)
def test_the_process_is_shut_in(marker, code) -> None:
    """Even what could be called there would reach nothing."""
    begin = BEGIN.replace("import main\nmain()", "import PickleError, forbid, os, shut_in")
    assert begin != BEGIN
    programme = (
        f"{begin}\n"
        "shut_in(2**29, 5, 2**20)\n"
        "sys.addaudithook(forbid)\n"
        "try:\n"
        f"    {code}\n"
        "except (PickleError, MemoryError) as error:\n"
        "    sys.stdout.write(type(error).__name__)\n"
        "    sys.stdout.flush()\n"
        "    os._exit(0)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", programme], capture_output=True, text=True
    )
    assert ended.stdout in ("PickleError", "MemoryError"), ended.stderr
    assert not marker.exists()
