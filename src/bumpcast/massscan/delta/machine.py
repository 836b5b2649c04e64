"""What compiled code needs of the machine that numba does not offer under a public name."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def _lowest_bit(typing_context: Any, word: Any) -> Any:
    if not isinstance(word, types.Integer):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        is_zero_undefined = ir.Constant(ir.IntType(1), 1)
        return builder.cttz(arguments[0], is_zero_undefined)

    return word(word), generate


lowest_bit: Any = intrinsic(_lowest_bit)
"""The place of the lowest set bit of a word that is not zero, in compiled code only: one machine
instruction."""


def _reader(kind: Any) -> Any:
    def load(typing_context: Any, address: Any, place: Any) -> Any:
        if not isinstance(address, types.Integer) or not isinstance(place, types.Integer):
            return None

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            value = context.get_value_type(kind)
            start = builder.inttoptr(arguments[0], value.as_pointer())
            return builder.load(builder.gep(start, [arguments[1]]))

        return kind(address, place), generate

    return intrinsic(load)


load_int64: Any = _reader(types.int64)
"""The number at a place of a contiguous array of which the address is given, in compiled code only.

For a list of arrays whose length varies: an array out of a tuple of arrays is counted in and out
each time it is looked at, which costs more than to read from it.
"""

load_uint16: Any = _reader(types.uint16)
"""As ``load_int64``."""

load_float64: Any = _reader(types.float64)
"""As ``load_int64``."""
