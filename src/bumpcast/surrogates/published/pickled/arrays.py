"""What an array of NumPy would be, of what a pickle has to make one of."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import IO, Any, Final

from .errors import PickleError, shown
from .inert import DTYPE, ENCODE, FROMBUFFER, RECONSTRUCT, Inert

Described = str | dict[str, Any]

_MOST_FIELDS: Final = 64
_PLAIN: Final = re.compile(r"[biufU][0-9]{1,6}")


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
