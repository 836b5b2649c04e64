from __future__ import annotations

import errno
import os

import pytest

from bumpcast import diskio
from bumpcast.diskio import DiskError
from bumpcast.execution.checkpoints import CheckpointError, Checkpoints
from bumpcast.execution.mergetree import Leaves, MergeTree, leaf


@pytest.fixture
def tree():
    return MergeTree(Leaves({0: 12}, 1))


def load(folder, identity="me"):
    tree = MergeTree(Leaves({0: 12}, 1))
    Checkpoints(folder, identity).load(tree)
    return tree


def test_what_was_saved_comes_back_and_the_superseded_goes(tmp_path, tree):
    checkpoints = Checkpoints(tmp_path, "me")
    assert checkpoints.save(tree) is None
    for item in range(11):
        tree.add(leaf(0, item), {"n": 1, "x": 0.1 * item})
        assert checkpoints.save(tree) is not None
        assert list(load(tmp_path)) == list(tree)
        assert checkpoints.save(tree) is None
    # A node of eight leaves and three leaves; the files of what was merged are gone.
    assert len(list((tmp_path / "checkpoints").iterdir())) == 4
    checkpoints.remove()
    assert not (tmp_path / "checkpoints").exists()


def test_files_of_a_kill_between_writing_and_deleting(tmp_path, tree):
    checkpoints = Checkpoints(tmp_path, "me")
    tree.add(leaf(0, 0), {"n": 1})
    first = checkpoints.save(tree)
    kept = first.read_bytes()
    tree.add(leaf(0, 1), {"n": 2})
    checkpoints.save(tree)
    first.write_bytes(kept)
    (tmp_path / "checkpoints" / ".0003.h5-half").write_bytes(b"half")
    assert load(tmp_path).total() == {"n": 3}


def test_a_checkpoint_of_another_run_or_damaged_is_refused(tmp_path, tree):
    tree.add(leaf(0, 0), 1)
    path = Checkpoints(tmp_path, "me").save(tree)
    with pytest.raises(CheckpointError, match="belongs to another run"):
        load(tmp_path, "you")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"0001\.h5: the checkpoint cannot be read"):
        load(tmp_path)


def test_a_full_disk_leaves_the_earlier_checkpoints(tmp_path, tree, monkeypatch):
    checkpoints = Checkpoints(tmp_path, "me")
    tree.add(leaf(0, 0), 1)
    checkpoints.save(tree)
    tree.add(leaf(0, 1), 1)

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(diskio.os, "fsync", full)
    with pytest.raises(DiskError, match=r"0002\.h5: cannot be written: the disk is full"):
        checkpoints.save(tree)
    assert load(tmp_path).total() == 1
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["0001.h5"]
