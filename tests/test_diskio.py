"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from bumpcast.diskio import DiskError, replacing, write_atomically


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.write_text("old")
    before = os.umask(0o027)
    try:
        with replacing(path) as file:
            file.write(b"new")
            assert path.read_text() == "old"
    finally:
        os.umask(before)
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("raised", "expected"),
    [(OSError(errno.ENOSPC, ""), DiskError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_whatever_goes_wrong_leaves_what_was_there(
    tmp_path: Path, raised: BaseException, expected: type[BaseException]
) -> None:
    path = tmp_path / "result"
    path.write_text("old")
    with pytest.raises(expected) as caught, replacing(path) as file:  # noqa: PT012
        file.write(b"half of the n")
        raise raised
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    if expected is DiskError:
        assert "result: cannot be written: the disk is full" in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="result: cannot be written"):
        write_atomically(tmp_path / "none" / "result", b"")
