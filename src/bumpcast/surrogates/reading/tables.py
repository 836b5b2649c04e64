"""Tables in CSV and Parquet files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bumpcast.surrogates.reading.errors import LlpColumnError, LlpFileError


class CsvTable:
    """A CSV file, plain or compressed, whose first line names the columns.

    Lines that begin with # are left out.

    Args:
        path: The file.

    Raises:
        LlpFileError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: Sequence[str] = [str(name) for name in self._parsed(nrows=0).columns]

    def read(self, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Return columns as they are.

        Raises:
            LlpFileError: The file cannot be read.
        """
        frame = self._parsed(usecols=list(names), float_precision="round_trip", low_memory=False)
        return {name: frame[name].to_numpy() for name in names}

    def texts(self, name: str) -> npt.NDArray[np.object_]:
        """Return a column as texts, None where it is empty.

        Raises:
            LlpFileError: The file cannot be read.
        """
        frame = self._parsed(usecols=[name], dtype=str, keep_default_na=False)
        values = frame[name].to_numpy(dtype=object)
        return np.array([value.strip() or None for value in values], object)

    def _parsed(self, **settings: Any) -> pd.DataFrame:
        try:
            frame: pd.DataFrame = pd.read_csv(
                self.path, comment="#", skipinitialspace=True, **settings
            )
        except (OSError, ValueError, EOFError) as error:
            # pandas's own errors are ValueErrors: lines of different lengths, and others
            msg = f"{self.path} cannot be read: {error}"
            raise LlpFileError(msg) from error
        return frame


class ParquetTable:
    """A Parquet file.

    Args:
        path: The file.

    Raises:
        LlpFileError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = pq.ParquetFile(path)
        except (OSError, pa.ArrowException) as error:
            msg = f"{path} cannot be read: {error}"
            raise LlpFileError(msg) from error
        self.names: Sequence[str] = list(self._file.schema_arrow.names)

    def read(self, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Return columns as they are; what is not there is NaN in a column of numbers.

        Raises:
            LlpColumnError: The file has two columns of a name.
            LlpFileError: It cannot be read.
        """
        for name in names:
            if self.names.count(name) > 1:
                msg = f"{self.path}: there are {self.names.count(name)} columns {name!r}"
                raise LlpColumnError(msg)
        try:
            table = self._file.read(columns=list(names))
        except (OSError, pa.ArrowException) as error:
            msg = f"{self.path} cannot be read: {error}"
            raise LlpFileError(msg) from error
        return {name: table.column(name).to_numpy() for name in names}

    def texts(self, name: str) -> npt.NDArray[np.object_]:
        """Return a column as texts or numbers, None where there is nothing.

        Raises:
            LlpFileError: The file cannot be read.
        """
        values = self._file.read(columns=[name]).column(name).to_pylist()
        return np.array([_none_for_nan(value) for value in values], object)


def _none_for_nan(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value
