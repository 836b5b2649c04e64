from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from isal import isal_zlib

from bumpcast.config.formats import DelphesFormat
from bumpcast.datasets import WorkItem
from bumpcast.events import close_files, open_events, reader_for
from bumpcast.events.errors import UnreadableFileError

DELPHES = DelphesFormat(b_tag_bit=0, weight="Event.Weight")


def read(path: Path) -> list[Any]:
    reader = reader_for(DELPHES)
    item = WorkItem("sample", str(path), "Delphes", 0, 50, "")
    record = reader.record(open_events(item, DELPHES, columns=reader.columns))
    close_files()
    return list(record.jet.pt.to_list())


def test_files_are_inflated_by_isal(quickstart: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = read(quickstart / "ttbar.root")
    calls = []

    def by_zlib(data: bytes, bufsize: int) -> bytes:
        calls.append(bufsize)
        return zlib.decompress(data, bufsize=bufsize)

    monkeypatch.setattr(isal_zlib, "decompress", by_zlib)
    assert read(quickstart / "ttbar.root") == expected
    assert calls


def test_damaged_bytes_are_an_error_that_names_the_file(quickstart: Path, tmp_path: Path) -> None:
    damaged = bytearray((quickstart / "ttbar.root").read_bytes())
    block = b"ZL" + struct.pack("<B", 8)
    place = damaged.find(block, len(damaged) // 3)
    while place >= 0:  # every block behind the first third
        damaged[place + 40 : place + 60] = bytes(20)
        place = damaged.find(block, place + 1)
    path = tmp_path / "damaged.root"
    path.write_bytes(damaged)
    with pytest.raises(UnreadableFileError, match=r"damaged\.root: cannot be read"):
        read(path)
    close_files()
