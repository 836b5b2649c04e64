"""Which bits of a word are set, one after the other."""

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
instruction, which numba does not offer under a public name."""
