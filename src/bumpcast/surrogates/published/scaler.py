"""The arrays by which a published model scales its features."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import numpy as np

from bumpcast.surrogates.llps import Floats
from bumpcast.surrogates.published.errors import ScalerError
from bumpcast.surrogates.published.small_file import read_small

_MOST_BYTES: Final = 65_536


def read_mean(path: Path, features: tuple[str, ...]) -> Floats:
    """Read what is subtracted from each feature.

    Args:
        path: A file of NumPy.
        features: The features.

    Returns:
        float64 of shape (features,).

    Raises:
        ScalerError: It is no file of NumPy, or holds no such numbers.
    """
    return _read(path, features)


def read_std(path: Path, features: tuple[str, ...]) -> Floats:
    """Read what each feature is divided by.

    Args:
        path: A file of NumPy.
        features: The features.

    Returns:
        float64 of shape (features,), above zero.

    Raises:
        ScalerError: It is no file of NumPy, holds no such numbers, or one that is not above zero.
    """
    std = _read(path, features)
    _refuse(path, features, std, std <= 0, "a standard deviation is above zero")
    return std


def _read(path: Path, features: tuple[str, ...]) -> Floats:
    file = io.BytesIO(read_small(path, _MOST_BYTES, ScalerError))
    try:
        # The header is judged before numbers are read: it may tell of any shape, and of objects.
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        elif version == (2, 0):
            shape, _, dtype = np.lib.format.read_array_header_2_0(file)
        else:
            msg = f"version {version} is not known"
            raise ValueError(msg)
    except (ValueError, EOFError, RecursionError, MemoryError) as error:
        msg = f"{path}: is no array of NumPy (numpy.save): {error}"
        raise ScalerError(msg) from error
    if dtype.kind not in "fiu" or shape not in ((len(features),), (1, len(features))):
        msg = (
            f"{path}: holds {dtype} of shape {shape}; a number for each of the {len(features)} "
            f"features is expected: {', '.join(features)}"
        )
        raise ScalerError(msg)
    data = file.read()
    if len(data) != len(features) * dtype.itemsize:
        msg = (
            f"{path}: has {len(data)} bytes of numbers instead of {len(features) * dtype.itemsize}"
        )
        raise ScalerError(msg)
    values = np.frombuffer(data, dtype).astype(np.float64)
    _refuse(path, features, values, ~np.isfinite(values), "a number has to be finite")
    return values


def _refuse(
    path: Path, features: tuple[str, ...], values: Floats, wrong: np.ndarray, reason: str
) -> None:
    if wrong.any():
        first = int(np.argmax(wrong))
        msg = f"{path}: {values[first]:g} for {features[first]}; {reason}"
        raise ScalerError(msg)
