"""The file of replicas."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from replica_reference import counts_of

from bumpcast.massscan.replicas.storage import (
    FILE_NAME,
    Bins,
    ReplicasError,
    open_replicas,
    write_replicas,
)

OFFSETS = np.array([0, 3, 7])
BINS = Bins(["2e os | m(e0,e1)", "2j | m(j0,j1)"], OFFSETS, np.arange(7.0), np.arange(1.0, 8.0))
SETTINGS = {"source": "simulation", "seed": 4, "event_weight": 0.25}


@pytest.mark.parametrize(("largest", "kind"), [(250, "u1"), (60_000, "u2"), (2**24, "u4")])
def test_replicas_come_back_in_order(tmp_path: Path, largest: int, kind: str) -> None:
    random = np.random.default_rng(1)
    nominal = random.integers(0, 100, 7)
    drawn = random.integers(0, largest, (7, 5))
    drawn[0, 0] = largest
    drawn[2] = nominal[2] = 0
    parts = [
        counts_of(np.concatenate([nominal[:, None], part], axis=1))
        for part in (drawn[:, :2], drawn[:, 2:])
    ]
    write_replicas(tmp_path / FILE_NAME, BINS, parts, SETTINGS)
    found = open_replicas(tmp_path)
    assert (len(found), found.source, found.event_weight) == (5, "simulation", 0.25)
    np.testing.assert_array_equal(np.array(list(found)), drawn.T)
    np.testing.assert_array_equal(list(found), drawn.T)  # as often as one likes
    np.testing.assert_array_equal(found.part(2, 5), drawn.T[:, 2:5])
    assert found.part(2, 5).dtype == np.dtype(kind)
    np.testing.assert_array_equal(found.nominal, nominal)
    np.testing.assert_array_equal(found.bins.low, BINS.low)
    found.check(BINS.names, OFFSETS)
    with pytest.raises(ReplicasError, match="other histograms or ranges"):
        found.check(BINS.names, np.array([0, 4, 7]))


def test_what_is_no_file_of_replicas_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(ReplicasError, match="make some with 'bumpcast bumps replicas'"):
        open_replicas(tmp_path)
    (tmp_path / FILE_NAME).write_bytes(b"nothing")
    with pytest.raises(ReplicasError, match="is damaged"):
        open_replicas(tmp_path)
    write_replicas(tmp_path / FILE_NAME, BINS, [counts_of(np.ones((7, 2), int))], SETTINGS)
    with h5py.File(tmp_path / FILE_NAME, "r+") as file:
        file.attrs["format"] = 9
    with pytest.raises(ReplicasError, match="has format 9"):
        open_replicas(tmp_path)
