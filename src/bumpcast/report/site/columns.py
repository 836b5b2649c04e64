"""Columns of numbers as short texts, which a page turns back into typed arrays.

A column is an object with the type of its numbers (as numpy spells it: 'u1', 'i2', 'f4', ...) and
their bytes, little-endian, in base64. Where the numbers themselves need not be kept to the last
digit, `step` and `lowest` say how the whole numbers that are stored become the meant ones:

    step alone            value = step * stored
    step and lowest       value = exp(lowest + step * (stored - 2)); stored 1 is zero

The lowest number of a signed type, and 0 where there is `lowest`, are NaN: nothing is known.
`static/decode.js` reads them.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Column = dict[str, Any]
Numbers = npt.NDArray[Any]

_UNSIGNED: Final = ("u1", "u2", "u4")
_MOST_I2: Final = 32_767
_UNKNOWN_I2: Final = -32_768
_MOST_U2: Final = 65_535
FINEST_STEP: Final = 0.001
"""Significances are kept to this, as long as none of them is above 32."""


def exactly(values: npt.ArrayLike, kind: str) -> Column:
    """Return a column of a given type.

    Args:
        values: The numbers; they must fit into the type.
        kind: Of the numbers, such as 'f4'.
    """
    array = np.ascontiguousarray(values, dtype=np.dtype(f"<{kind}"))
    return {"type": kind, "bytes": base64.b64encode(array.tobytes()).decode("ascii")}


def in_few_bytes(values: npt.ArrayLike) -> Column:
    """Return a column in the shortest type that holds it: whole numbers from 0, or floats.

    Args:
        values: Counts, or sums of weights, of which seven digits are kept.
    """
    array = np.asarray(values)
    if not array.size:
        return exactly(array, "u1")
    least, most = array.min(), array.max()
    if least >= 0 and np.all(array == np.floor(array)):
        for kind in _UNSIGNED:
            if most <= np.iinfo(kind).max:
                return exactly(array, kind)
    return exactly(array, "f4")


def in_steps(values: Numbers) -> Column:
    """Return a column to the thousandth, in two bytes a number; coarser above 32.

    Args:
        values: Significances; NaN: unknown.
    """
    known = np.isfinite(values)
    largest = float(np.max(np.abs(values[known]), initial=0.0))
    step = max(FINEST_STEP, largest / _MOST_I2)
    stored = np.where(known, np.rint(np.where(known, values, 0.0) / step), _UNKNOWN_I2)
    return exactly(stored, "i2") | {"step": step}


def in_ratios(values: Numbers) -> Column:
    """Return a column with the same relative precision everywhere, in two bytes a number.

    The precision is the logarithm of the largest over the smallest number over 131 000: 0.01 %
    where they are a million apart.

    Args:
        values: Not negative; NaN: unknown.
    """
    known = np.isfinite(values) & (values >= 0)
    positive = known & (values > 0)
    logarithms = np.log(np.where(positive, values, 1.0))
    lowest = float(np.min(logarithms[positive], initial=np.inf))
    lowest = 0.0 if np.isinf(lowest) else lowest
    highest = float(np.max(logarithms[positive], initial=lowest))
    step = (highest - lowest) / (_MOST_U2 - 2) or 1.0
    stored = np.where(positive, 2 + np.rint((logarithms - lowest) / step), np.where(known, 1, 0))
    return exactly(stored, "u2") | {"step": step, "lowest": lowest}


def decoded(column: Mapping[str, Any]) -> Numbers:
    """Return the numbers of a column, as a page sees them.

    Args:
        column: As one of the others made it.
    """
    kind = str(column["type"])
    stored = np.frombuffer(base64.b64decode(column["bytes"]), dtype=np.dtype(f"<{kind}"))
    if "step" not in column:
        return stored
    if "lowest" in column:
        values = np.exp(column["lowest"] + column["step"] * (stored.astype(np.float64) - 2))
        return np.where(stored == 0, np.nan, np.where(stored == 1, 0.0, values))
    return np.where(stored == np.iinfo(kind).min, np.nan, column["step"] * stored)
