"""Any accumulatable to HDF5 and back, without pickle.

A value is one HDF5 group. Its shape (dictionaries, lists, numbers, names) is one JSON text; its
small arrays are laid end to end in one data set per type of number, since a data set each costs a
millisecond and an output of thousands of histograms would cost half a minute; large arrays have a
data set each. A type of one's own joins in with the decorator `storable`.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, Self, TypeVar, cast, runtime_checkable

import awkward as ak
import boost_histogram as bh
import h5py
import hist
import numpy as np
from boost_histogram.serialization import from_uhi, to_uhi
from coffea.processor import (
    column_accumulator,
    defaultdict_accumulator,
    dict_accumulator,
    list_accumulator,
    set_accumulator,
    value_accumulator,
)

from bumpcast.errors import BumpcastError, did_you_mean

_POOLED_BYTES = 1 << 16
"""An array smaller than this shares a data set with others of its type."""
_TEXT = h5py.string_dtype()


class StoreError(BumpcastError):
    """A stored value cannot be read back."""


class UnstorableError(BumpcastError):
    """A value holds a type that HDF5 cannot keep; the message names the key and the type."""


@runtime_checkable
class Storable(Protocol):
    """A type that brings its own layout."""

    def to_hdf5(self, group: h5py.Group) -> None:
        """Write everything into an empty group."""

    @classmethod
    def from_hdf5(cls, group: h5py.Group) -> Self:
        """Read back what `to_hdf5` wrote."""


_T = TypeVar("_T")
_registered: dict[str, type[Storable]] = {}


def storable(name: str) -> Callable[[type[_T]], type[_T]]:
    """Register a class that has `to_hdf5(group)` and a class method `from_hdf5(group)`.

    Args:
        name: What stored files call the type; never change it afterwards.

    Raises:
        TypeError: A method is missing, or the name belongs to another class.
    """

    def register(cls: type[_T]) -> type[_T]:
        for method in ("to_hdf5", "from_hdf5"):
            if not callable(getattr(cls, method, None)):
                msg = f"{cls.__qualname__} cannot be stored as '{name}': it has no {method}"
                raise TypeError(msg)
        # A processor's file is loaded anew after every change, so a class of the same name may
        # take the place of its older self.
        taken = _registered.get(name)
        if taken is not None and taken.__qualname__ != cls.__qualname__:
            msg = f"'{name}' already stores {taken.__module__}.{taken.__qualname__}"
            raise TypeError(msg)
        _registered[name] = cast("type[Storable]", cls)
        return cls

    return register


def write(group: h5py.Group, name: str, value: object) -> None:
    """Write a value into a new subgroup.

    Args:
        group: Where to write.
        name: Name of the subgroup.
        value: None, bool, int, float, complex, str, bytes, NumPy scalars and arrays, awkward
            arrays, histograms of hist and boost-histogram, coffea's accumulators, registered
            types, and lists, tuples, sets and dictionaries of all these.

    Raises:
        UnstorableError: Something in it is of another type.
    """
    _Writer(group.create_group(name)).finish(value)


def read(group: h5py.Group, name: str) -> Any:
    """Read back a value that `write` wrote.

    Raises:
        StoreError: There is no such value, or it holds a type that nobody registered.
    """
    if name not in group:
        msg = f"{group.file.filename}:{group.name} holds no '{name}'. {did_you_mean(name, group)}"
        raise StoreError(msg)
    return _Reader(group[name]).value()


def check(value: object) -> None:
    """Raise UnstorableError if `write` would; nothing reaches a disk."""
    name = f"check-{threading.get_ident()}.h5"  # one of a name can be open in a process
    with h5py.File(name, "w", driver="core", backing_store=False) as file:
        write(file, "value", value)


_FACTORIES: dict[str, Callable[[], Any]] = {
    "int": int, "float": float, "complex": complex, "bool": bool, "str": str,
    "list": list, "dict": dict, "set": set,
    "float64": np.float64, "int64": np.int64,
}  # fmt: skip
_MAPPINGS: dict[str, type] = {
    "dict": dict, "OrderedDict": OrderedDict, "Counter": Counter,
    "dict_accumulator": dict_accumulator,
}  # fmt: skip
_DEFAULTED: dict[str, type] = {
    "defaultdict": defaultdict,
    "defaultdict_accumulator": defaultdict_accumulator,
}
_SEQUENCES: dict[str, type] = {
    "list": list, "tuple": tuple, "set": set, "frozenset": frozenset,
    "list_accumulator": list_accumulator, "set_accumulator": set_accumulator,
}  # fmt: skip
_HISTOGRAMS: dict[str, type] = {
    "Hist": hist.Hist, "NamedHist": hist.NamedHist, "Histogram": bh.Histogram,
}  # fmt: skip


class _Writer:
    """One value on its way into one group."""

    def __init__(self, group: h5py.Group) -> None:
        self._group = group
        self._pools: dict[str, list[np.ndarray]] = {}
        self._filled: dict[str, int] = {}
        self._count = 0

    def finish(self, value: object) -> None:
        structure = json.dumps(self._encode(value, ()), separators=(",", ":"))
        self._group.create_dataset("structure", data=structure, dtype=_TEXT)
        for pool, arrays in self._pools.items():
            self._dataset(pool, np.concatenate(arrays))

    def _dataset(self, name: str, array: np.ndarray) -> None:
        packed = array.nbytes >= 1024
        self._group.create_dataset(
            name,
            data=array,
            compression="gzip" if packed else None,
            compression_opts=1 if packed else None,
            shuffle=packed,
        )

    def _encode(self, value: Any, path: tuple[object, ...]) -> Any:
        if value is None or type(value) in (bool, int, float, str):
            return value
        kind = type(value)
        name = kind.__name__
        if _MAPPINGS.get(name) is kind:
            return [name, *self._items(value, path)]
        if _DEFAULTED.get(name) is kind:
            factory = self._factory(value.default_factory, kind, path)
            return [name, factory, *self._items(value, path)]
        if _SEQUENCES.get(name) is kind:
            return [name, [self._encode(v, (*path, i)) for i, v in enumerate(_ordered(value))]]
        if _HISTOGRAMS.get(name) is kind:
            return self._histogram(name, value, path)
        if kind is np.ndarray:
            return self._array("array", value, path)
        if isinstance(value, np.generic):
            return self._array("scalar", np.asarray(value), path)
        if kind is complex:
            return ["complex", value.real, value.imag]
        if kind is bytes:
            return ["bytes", base64.b64encode(value).decode()]
        if kind is value_accumulator:
            factory = self._factory(value.default_factory, kind, path)
            return [name, factory, self._encode(value.value, (*path, "value"))]
        if kind is column_accumulator:
            return [name, self._encode(value.value, (*path, "value"))]
        if kind is ak.Array:
            form, length, buffers = ak.to_buffers(ak.to_packed(value))
            arrays = [self._encode(buffers[key], (*path, key)) for key in buffers]
            return ["awkward", form.to_json(), length, list(buffers), arrays]
        return self._object(value, path)

    def _items(self, value: Mapping[Any, Any], path: tuple[object, ...]) -> list[Any]:
        keys = [self._encode(key, (*path, "a key")) for key in value]
        return [keys, [self._encode(v, (*path, key)) for key, v in value.items()]]

    def _factory(self, factory: object, kind: type, path: tuple[object, ...]) -> str | None:
        if factory is None:
            return None
        for name, known in _FACTORIES.items():
            if known is factory:
                return name
        msg = (
            f"{_where(path)} is a {kind.__name__} whose default factory is {factory!r}; it can be "
            f"stored with one of {', '.join(_FACTORIES)}, or as a plain dict"
        )
        raise UnstorableError(msg)

    def _array(self, tag: str, array: np.ndarray, path: tuple[object, ...]) -> list[Any]:
        if array.dtype.names is not None:
            fields = [
                self._array("array", array[name], (*path, name)) for name in array.dtype.names
            ]
            return ["fields", tag, list(array.dtype.names), fields]
        kind = array.dtype.kind
        if kind in "US":
            encoded = [self._encode(text.item(), path) for text in array.ravel()]
            return ["text", tag, array.dtype.str, list(array.shape), encoded]
        if kind not in "biufcmM":
            raise _unstorable(path, f"a NumPy array of type {array.dtype}")
        flat = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")).reshape(-1)
        if kind in "mM":
            flat = flat.view(np.int64)
        shape = [array.dtype.str, list(array.shape)]
        if flat.nbytes >= _POOLED_BYTES:
            name = f"array_{self._count}"
            self._count += 1
            self._dataset(name, flat)
            return ["large", tag, *shape, name]
        pool = f"pool_{flat.dtype.name}"
        offset = self._filled.get(pool, 0)
        if flat.size:
            self._pools.setdefault(pool, []).append(flat)
            self._filled[pool] = offset + flat.size
        return ["pooled", tag, *shape, pool, offset]

    def _histogram(self, name: str, value: Any, path: tuple[object, ...]) -> list[Any]:
        # The histogram's own view keeps every bit; the exchange format's variances of profile
        # storages are rounded on the way.
        structure = self._encode(to_uhi(value, keep_storage=False), (*path, "structure"))
        contents = self._array("array", np.asarray(value.view(flow=True)), (*path, "contents"))
        return [name, structure, contents]

    def _object(self, value: object, path: tuple[object, ...]) -> list[Any]:
        for name, registered in _registered.items():
            if type(value) is registered:
                group = f"object_{self._count}"
                self._count += 1
                value.to_hdf5(self._group.create_group(group))
                return ["object", name, group]
        raise _unstorable(path, f"a {type(value).__module__}.{type(value).__qualname__}")


class _Reader:
    """One value on its way back from one group."""

    def __init__(self, group: h5py.Group) -> None:
        self._group = group
        self._pools: dict[str, np.ndarray] = {}

    def value(self) -> Any:
        return self._decode(json.loads(self._group["structure"].asstr()[()]))

    def _decode(self, code: Any) -> Any:
        if not isinstance(code, list):
            return code
        tag, *rest = code
        if tag in _MAPPINGS:
            return _MAPPINGS[tag](self._pairs(*rest))
        if tag in _DEFAULTED:
            factory, keys, values = rest
            make = None if factory is None else _FACTORIES[factory]
            return _DEFAULTED[tag](make, self._pairs(keys, values))
        if tag in _SEQUENCES:
            return _SEQUENCES[tag](self._decode(v) for v in rest[0])
        if tag in _HISTOGRAMS:
            return self._histogram(tag, *rest)
        if tag in ("fields", "text", "large", "pooled"):
            return self._array(tag, *rest)
        if tag == "complex":
            return complex(*rest)
        if tag == "bytes":
            return base64.b64decode(rest[0])
        if tag == "value_accumulator":
            return value_accumulator(_FACTORIES[rest[0]], self._decode(rest[1]))
        if tag == "column_accumulator":
            return column_accumulator(self._decode(rest[0]))
        if tag == "awkward":
            form, length, keys, arrays = rest
            buffers = dict(zip(keys, map(self._decode, arrays), strict=True))
            return ak.from_buffers(form, length, buffers)
        if tag == "object":
            return self._object(*rest)
        msg = (
            f"{self._group.file.filename}:{self._group.name} holds a value of the kind '{tag}', "
            f"which this version does not know; it was written by a later one"
        )
        raise StoreError(msg)

    def _pairs(self, keys: list[Any], values: list[Any]) -> dict[Any, Any]:
        return {self._decode(k): self._decode(v) for k, v in zip(keys, values, strict=True)}

    def _array(self, how: str, tag: str, *rest: Any) -> Any:
        array: np.ndarray
        if how == "fields":
            names, fields = rest
            columns = [self._array(*field) for field in fields]
            dtype = [(n, c.dtype) for n, c in zip(names, columns, strict=True)]
            array = np.empty(columns[0].shape, dtype=dtype)
            for name, column in zip(names, columns, strict=True):
                array[name] = column
        elif how == "text":
            dtype, shape, texts = rest
            array = np.array([self._decode(text) for text in texts], dtype=dtype).reshape(shape)
        else:
            dtype, shape, name = rest[:3]
            size = int(np.prod(shape, dtype=np.int64))
            if how == "large":
                flat = self._group[name][()]
            elif size == 0:
                flat = np.empty(0, dtype=dtype)
            else:
                if name not in self._pools:
                    self._pools[name] = self._group[name][()]
                flat = self._pools[name][rest[3] : rest[3] + size].copy()
            native = np.dtype(dtype).newbyteorder("=")
            array = flat.view(native).astype(dtype, copy=False).reshape(shape)
        return array[()] if tag == "scalar" else array

    def _histogram(self, name: str, structure: Any, contents: Any) -> Any:
        empty = from_uhi(self._decode(structure))
        histogram = _HISTOGRAMS[name](empty)
        view = histogram.view(flow=True)
        filled = self._array(*contents)
        if filled.dtype.names is None:
            view[...] = filled
        else:
            for field in filled.dtype.names:
                np.asarray(view)[field][...] = filled[field]
        return histogram

    def _object(self, name: str, group: str) -> Any:
        if name not in _registered:
            msg = (
                f"{self._group.file.filename}:{self._group.name} holds a '{name}', which no loaded "
                f"module stores. Import the module that does. {did_you_mean(name, _registered)}"
            )
            raise StoreError(msg)
        return _registered[name].from_hdf5(self._group[group])


def _where(path: tuple[object, ...]) -> str:
    return "output" + "".join(f"[{key!r}]" for key in path)


def _unstorable(path: tuple[object, ...], what: str) -> UnstorableError:
    msg = (
        f"{_where(path)} is {what}, which cannot be stored. Use numbers, strings, NumPy or "
        f"awkward arrays, hist.Hist, coffea's accumulators, or lists, tuples, sets and dicts of "
        f"them, or register the type with bumpcast.store.storable."
    )
    return UnstorableError(msg)


def _ordered(values: Iterable[Any]) -> Iterable[Any]:
    """Return a set's members in an order that does not change from process to process."""
    if isinstance(values, (set, frozenset)):
        return sorted(values, key=lambda value: (type(value).__name__, repr(value)))
    return values
