"""Tables in CSV and Parquet files."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from bumpcast.surrogates.reading.errors import LlpColumnError, LlpFileError

_EMPTY: Final = ("", "nan", "NaN", "NAN", "NA", "null", "None")
"""What stands in CSV files where there is nothing."""


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
        try:
            data = path.read_bytes()
            self._data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        except (OSError, EOFError, zlib.error) as error:
            msg = f"{path} cannot be read: {error}"
            raise LlpFileError(msg) from error
        if self._data.startswith(b"#") or b"\n#" in self._data:
            lines = self._data.splitlines(keepends=True)
            self._data = b"".join(line for line in lines if not line.startswith(b"#"))
        head = io.BytesIO(b"\n".join(self._data.splitlines()[:1]) + b"\n")
        self._written = list(self._parsed(head, {}, _EMPTY).column_names)
        self.names: Sequence[str] = [name.strip() for name in self._written]

    def read(self, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Return columns of numbers; one that holds something else is returned as texts.

        Raises:
            LlpFileError: The file cannot be read.
            LlpColumnError: It has two columns of a name.
        """
        texts = self._columns(names, _EMPTY)
        result: dict[str, npt.NDArray[Any]] = {}
        for name, column in texts.items():
            try:
                result[name] = column.cast(pa.float64()).to_numpy()
            except pa.ArrowInvalid:
                result[name] = np.array(column.to_pylist(), object)
        return result

    def texts(self, name: str) -> npt.NDArray[np.object_]:
        """Return a column as texts, None where it is empty.

        Raises:
            LlpFileError: The file cannot be read.
            LlpColumnError: It has two columns of the name.
        """
        return np.array(self._columns([name], [""])[name].to_pylist(), object)

    def _columns(self, names: Sequence[str], empty: Sequence[str]) -> dict[str, pa.ChunkedArray]:
        _check_once(names, self.names, self.path)
        written = {name: self._written[self.names.index(name)] for name in names}
        # Arrow takes the type of a column from its first lines, and refuses others further down.
        types = dict.fromkeys(written.values(), pa.string())
        table = self._parsed(io.BytesIO(self._data), types, empty)
        return {
            name: pc.utf8_trim_whitespace(table.column(theirs)) for name, theirs in written.items()
        }

    def _parsed(
        self, data: io.BytesIO, types: Mapping[str, pa.DataType], empty: Sequence[str]
    ) -> pa.Table:
        convert = pyarrow.csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=list(empty),
            strings_can_be_null=True,
        )
        try:
            return pyarrow.csv.read_csv(data, convert_options=convert)
        except pa.ArrowException as error:
            msg = f"{self.path} cannot be read: {error}"
            raise LlpFileError(msg) from error


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
        _check_once(names, self.names, self.path)
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


def _check_once(names: Sequence[str], known: Sequence[str], path: Path) -> None:
    for name in names:
        if known.count(name) > 1:
            msg = f"{path}: there are {known.count(name)} columns {name!r}"
            raise LlpColumnError(msg)


def _none_for_nan(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value
