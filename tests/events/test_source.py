from __future__ import annotations

import queue
from pathlib import Path

import pytest
import uproot

from bumpcast.events.source import LocalSource


def test_reads_what_uproot_reads(quickstart: Path) -> None:
    path = quickstart / "ttbar.root"
    with uproot.open(path, handler=LocalSource) as ours, uproot.open(path) as theirs:
        assert ours.file.source.num_bytes == path.stat().st_size
        key = "Delphes/Jet/Jet.PT"
        assert ours[key].array().tolist() == theirs[key].array().tolist()


def test_several_ranges_are_put_on_the_queue(tmp_path: Path) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(bytes(range(100)))
    with LocalSource(str(path)) as source:
        notifications: queue.Queue[object] = queue.Queue()
        chunks = source.chunks([(0, 3), (50, 52)], notifications)
        assert [bytes(chunk.raw_data) for chunk in chunks] == [b"\x00\x01\x02", b"23"]
        assert notifications.qsize() == 2
        assert source.num_requested_bytes == 5
        assert source.num_requests == 1
    assert source.closed
    with pytest.raises(OSError, match="read after the file was closed"):
        source.chunk(0, 1)


def test_a_short_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(b"abc")
    with LocalSource(str(path)) as source, pytest.raises(OSError, match="expected"):
        source.chunk(0, 10).wait()
