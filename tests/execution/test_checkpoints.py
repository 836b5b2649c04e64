from __future__ import annotations

import errno
import os

import numpy as np
import pytest

from bumpcast import diskio
from bumpcast.diskio import DiskError
from bumpcast.execution import checkpoints as checkpoints_module
from bumpcast.execution.checkpoints import CheckpointError, Checkpoints, Saved
from bumpcast.execution.mergetree import Leaves, MergeTree, leaf


@pytest.fixture
def tree():
    return MergeTree(Leaves({0: 12}, 1))


def save(checkpoints, tree):
    """Save what is not saved; return the file, None if there was nothing."""
    unsaved = tree.unsaved()
    files = checkpoints.save(unsaved)
    tree.mark_saved(node for node, _ in unsaved)
    assert len(files) < 2
    return files[0] if files else None


def load(folder, identity="me"):
    tree = MergeTree(Leaves({0: 12}, 1))
    Checkpoints(folder, identity).load(tree)
    return tree


def test_what_was_saved_comes_back_and_the_superseded_goes(tmp_path, tree):
    checkpoints = Checkpoints(tmp_path, "me")
    assert save(checkpoints, tree) is None
    for item in range(11):
        tree.add(leaf(0, item), {"n": 1, "x": 0.1 * item})
        assert save(checkpoints, tree) is not None
        assert list(load(tmp_path)) == list(tree)
        assert save(checkpoints, tree) is None
    # A node of eight leaves and three leaves; the files of what was merged are gone.
    assert len(list((tmp_path / "checkpoints").iterdir())) == 4
    checkpoints.remove()
    assert not (tmp_path / "checkpoints").exists()


def test_files_of_a_kill_between_writing_and_deleting(tmp_path, tree):
    checkpoints = Checkpoints(tmp_path, "me")
    tree.add(leaf(0, 0), {"n": 1})
    first = save(checkpoints, tree)
    kept = first.read_bytes()
    tree.add(leaf(0, 1), {"n": 2})
    save(checkpoints, tree)
    first.write_bytes(kept)
    (tmp_path / "checkpoints" / ".0003.h5-half").write_bytes(b"half")
    assert load(tmp_path).total() == {"n": 3}


def test_a_checkpoint_of_another_run_or_damaged_is_refused(tmp_path, tree):
    tree.add(leaf(0, 0), 1)
    path = save(Checkpoints(tmp_path, "me"), tree)
    with pytest.raises(CheckpointError, match="belongs to another run"):
        load(tmp_path, "you")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"0001\.h5: the checkpoint cannot be read"):
        load(tmp_path)


def test_a_full_disk_leaves_the_earlier_checkpoints(tmp_path, tree, monkeypatch):
    checkpoints = Checkpoints(tmp_path, "me")
    tree.add(leaf(0, 0), 1)
    save(checkpoints, tree)
    tree.add(leaf(0, 1), 1)

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(diskio.os, "fsync", full)
    with pytest.raises(DiskError, match=r"0002\.h5: cannot be written: the disk is full"):
        save(checkpoints, tree)
    assert load(tmp_path).total() == 1
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["0001.h5"]


def test_large_results_go_into_several_files(tmp_path, tree, monkeypatch):
    monkeypatch.setattr(checkpoints_module, "_FILE_BYTES", 1 << 20)
    for item in range(5):
        tree.add(leaf(0, item), np.full(1 << 17, float(item)))
    checkpoints = Checkpoints(tmp_path, "me")
    assert len(checkpoints.save(iter(tree.unsaved()))) > 1
    np.testing.assert_array_equal(load(tmp_path).total(), tree.total())


def test_saved_results_are_found_below_a_node_that_is_lost(tmp_path, tree):
    checkpoints = Checkpoints(tmp_path, "me")
    for item in range(9):
        tree.add(leaf(0, item), item)
        save(checkpoints, tree)
    (whole, first_eight), (last, ninth) = [
        (node, [saved.read() for _, saved in checkpoints.below(node)]) for node, _ in tree
    ]
    assert (whole.level, first_eight) == (3, [28])
    assert (last.level, ninth) == (0, [8])
    assert checkpoints.below(leaf(0, 3)) == []
    assert [saved.read() for _, saved in checkpoints.below(whole.parent)] == [28, 8]


def test_a_tree_may_only_know_where_saved_results_are(tmp_path, tree):
    checkpoints = Checkpoints(tmp_path, "me")
    for item in range(9):
        tree.add(leaf(0, item), item)
    save(checkpoints, tree)
    lazy = MergeTree(Leaves({0: 12}, 1), lambda output: isinstance(output, Saved))
    Checkpoints(tmp_path, "me").load(lazy, lazily=True)
    assert [type(output) for _, output in lazy] == [Saved, Saved]
    assert lazy.total(lambda node, saved: saved.read()) == 36
