"""Means and standard deviations of features."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest

from bumpcast.surrogates.published.errors import ScalerError
from bumpcast.surrogates.published.scaler import read_mean, read_std

FEATURES = ("llp1_Lxy", "llp1_Lz", "llp1_eta")


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "CR+2J_scaler_std.npy"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            with path.open("wb") as target:
                np.lib.format.write_array(target, np.asarray(content), allow_pickle=True)
        return path

    return write


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", "<i8"])
def test_numbers(file, dtype) -> None:
    for shape in ((3,), (1, 3)):
        found = read_std(file(np.array([1, 2, 3], dtype).reshape(shape)), FEATURES)
        assert found.dtype == np.float64
        assert found.tolist() == [1, 2, 3]
    assert read_mean(file([-1.0, 0.0, 1.0]), FEATURES).tolist() == [-1, 0, 1]


def header(shape, dtype="<f8") -> bytes:
    target = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        target, {"descr": dtype, "fortran_order": False, "shape": shape}
    )
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1.0, 0.0, 1.0], "0 for llp1_Lz; a standard deviation is above zero"),
        ([1.0, 1.0, -2.0], "-2 for llp1_eta; a standard deviation is above zero"),
        ([1.0, np.nan, 1.0], "nan for llp1_Lz; a number has to be finite"),
        ([1.0, 1.0], r"float64 of shape \(2,\); a number for each of the 3 features"),
        ([[1.0, 1.0]] * 3, r"of shape \(3, 2\)"),
        (np.array([1, "a", None], object), "object of shape"),
        (np.array(["a", "b", "c"]), "holds <U1"),
        (pickle.dumps([1.0, 1.0, 1.0]), "no array of NumPy"),
        (b"", "no array of NumPy"),
        (b"\x93NUMPY\x01\x00", "no array of NumPy"),
        (b"\x93NUMPY\x01\x00\x10\x00__import__('os')\n", "no array of NumPy"),
        (header((3,)) + b"123", "has 3 bytes of numbers instead of 24"),
        (header((10**12,)), r"of shape \(1000000000000,\)"),
        (b"1" * 100_000, "longer than 65,536 bytes"),
    ],
)
def test_what_is_no_scaling(file, content, message) -> None:
    path = file(content)
    with pytest.raises(ScalerError, match=message) as error:
        read_std(path, FEATURES)
    assert str(error.value).startswith(f"{path}: ")
