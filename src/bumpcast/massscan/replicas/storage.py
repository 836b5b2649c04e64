"""The file replicas.h5 of a results folder: the searched histograms in every replica.

Layout, all arrays flat and compressed::

    settings         how they were made: source, seed, data sets, version, ... (JSON)
    names, offsets   the histograms; histogram h has the bins offsets[h] to offsets[h + 1]
    low, high        edges of the bins in GeV
    nominal          entries of the scan's own events of the same data sets
    counts           shape (replicas, bins), each replica readable alone
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import numpy.typing as npt

from bumpcast.diskio import replacing
from bumpcast.errors import BumpcastError
from bumpcast.massscan.replicas.counts import ReplicaCounts

FILE_NAME: Final = "replicas.h5"
FORMAT: Final = 1
_CHUNK: Final = 1 << 16
_TEXT: Final = h5py.string_dtype()


class ReplicasError(BumpcastError):
    """There are no replicas, or they are damaged, or of other histograms."""


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """The bins of the histograms that replicas fill.

    Attributes:
        names: Of the histograms.
        offsets: Histogram h has the bins offsets[h] to offsets[h + 1].
        low: Lower edges in GeV, shape (bins,).
        high: Upper edges in GeV, shape (bins,).
    """

    names: Sequence[str]
    offsets: npt.NDArray[np.int64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]


def write_replicas(
    path: Path, bins: Bins, parts: Sequence[ReplicaCounts], settings: Mapping[str, Any]
) -> Path:
    """Write replicas, whole or not at all.

    Args:
        path: The file.
        bins: The histograms.
        parts: Groups of replicas one after the other; the first column of each is the scan.
        settings: How they were made.

    Raises:
        DiskError: The disk is full.
    """
    cells = int(bins.offsets[-1])
    number = sum(part.columns - 1 for part in parts)
    widest = max((int(part.widths.max(initial=1)) for part in parts), default=1)
    kind = {1: np.uint8, 2: np.uint16}.get(widest, np.uint32)
    with replacing(path) as target, h5py.File(target, "w") as file:
        file.attrs["format"] = FORMAT
        file["settings"] = json.dumps(dict(settings))
        file.create_dataset("names", data=list(bins.names), dtype=_TEXT)
        for name in ("offsets", "low", "high"):
            file[name] = getattr(bins, name)
        counts = file.create_dataset(
            "counts",
            (number, cells),
            kind,
            chunks=(1, min(_CHUNK, cells)) if cells else None,
            **({"compression": "gzip", "compression_opts": 1, "shuffle": True} if cells else {}),
        )
        nominal = np.zeros(cells, np.uint32)
        for start in range(0, cells, _CHUNK):
            stop = min(start + _CHUNK, cells)
            first = 0
            for part in parts:
                dense = part.dense(start, stop).T
                nominal[start:stop] = dense[0]
                for replica, row in enumerate(dense[1:].astype(kind), first):
                    counts[replica, start:stop] = row
                first += part.columns - 1
        file["nominal"] = nominal
    return path


class Replicas:
    """The replicas of a results folder; use `open_replicas`.

    Args:
        path: The file.

    Attributes:
        path: The file.
        settings: How they were made.
        bins: The histograms.
        nominal: Entries of the scan's own events, shape (bins,).

    Raises:
        ReplicasError: There is no such file, or it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            msg = f"{path.parent} holds no replicas: make some with 'bumpcast bumps replicas'"
            raise ReplicasError(msg)
        try:
            with h5py.File(path, "r", locking=False) as file:
                written = int(file.attrs.get("format", 0))
                if written != FORMAT:
                    msg = f"{path} has format {written}, this version reads format {FORMAT}"
                    raise ReplicasError(msg)
                self.settings: dict[str, Any] = json.loads(file["settings"].asstr()[()])
                columns = (file[name][...] for name in ("offsets", "low", "high"))
                self.bins = Bins(file["names"].asstr()[...].tolist(), *columns)
                self.nominal: npt.NDArray[np.int64] = file["nominal"][...].astype(np.int64)
                self._number = int(file["counts"].shape[0])
        except (OSError, KeyError, ValueError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> ReplicasError:
        return ReplicasError(f"{self.path} is damaged or holds no replicas ({error}): draw anew")

    def __len__(self) -> int:
        return self._number

    @property
    def source(self) -> str:
        """What they were drawn from: 'simulation' or 'observed'."""
        return str(self.settings["source"])

    @property
    def event_weight(self) -> float:
        """What an event stands for on average, in the data set where it is most.

        It is also the share by which the events' own fluctuations add to the variance of replicas
        about what is true.
        """
        return float(self.settings["event_weight"])

    def counts(self, replica: int) -> npt.NDArray[np.float64]:
        """Return one replica, shape (bins,).

        Args:
            replica: Its number, from 0.

        Raises:
            ReplicasError: The file is damaged.
        """
        try:
            with h5py.File(self.path, "r", locking=False) as file:
                found: npt.NDArray[np.float64] = file["counts"][replica].astype(np.float64)
        except (OSError, KeyError, ValueError) as error:
            raise self._damaged(error) from error
        return found

    def part(self, start: int, stop: int) -> npt.NDArray[Any]:
        """Return all replicas of a range of bins as they are stored, shape (replicas, bins).

        Args:
            start: First bin.
            stop: Behind the last.

        Raises:
            ReplicasError: The file is damaged.
        """
        try:
            with h5py.File(self.path, "r", locking=False) as file:
                found: npt.NDArray[Any] = file["counts"][:, start:stop]
                return found
        except (OSError, KeyError, ValueError) as error:
            raise self._damaged(error) from error

    def __iter__(self) -> Iterator[npt.NDArray[np.float64]]:
        return (self.counts(replica) for replica in range(len(self)))

    def check(self, names: Sequence[str], offsets: npt.NDArray[np.int64]) -> None:
        """Make sure that they are of certain histograms and ranges.

        Args:
            names: The histograms that are searched.
            offsets: Where the bins of each are.

        Raises:
            ReplicasError: They are of others.
        """
        if list(names) != list(self.bins.names) or not np.array_equal(offsets, self.bins.offsets):
            msg = (
                f"{self.path} is of other histograms or ranges than those that are searched now: "
                f"the scan was repeated, or another rule keeps histograms; draw the replicas anew"
            )
            raise ReplicasError(msg)


def open_replicas(folder: Path | str) -> Replicas:
    """Open the replicas of a results folder.

    Args:
        folder: The results folder, or its file replicas.h5.

    Raises:
        ReplicasError: There are none, or they are damaged.
    """
    path = Path(folder)
    return Replicas(path if path.is_file() else path / FILE_NAME)
