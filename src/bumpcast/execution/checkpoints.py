"""Partial results on disk, so that a kill costs one interval and no more."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import h5py

from bumpcast import store
from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.execution.mergetree import MergeTree, Node

_logger = logging.getLogger(__name__)

FOLDER = "checkpoints"


class CheckpointError(BumpcastError):
    """A checkpoint cannot be read."""


class Checkpoints:
    """The folder `checkpoints` of a results folder.

    Each file holds results that no earlier file holds and lists the nodes of the merge tree, and
    so the work items, that they cover. Results that were merged into a later file's are
    superseded; a file of which nothing is left is deleted.

    Args:
        folder: The results folder.
        identity: Digest of what the results depend on; a file of another is refused.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder = folder / FOLDER
        self._identity = identity
        self._nodes: dict[Path, tuple[Node, ...]] = {}

    def save(self, tree: MergeTree) -> Path | None:
        """Write what no checkpoint holds; return the file, or None if there was nothing.

        Raises:
            DiskError: The disk is full; earlier checkpoints are intact.
            UnstorableError: A result is of a type that cannot be stored.
        """
        unsaved = tree.unsaved()
        if not unsaved:
            return None
        self._folder.mkdir(exist_ok=True)
        number = max(map(_number, self._files()), default=0) + 1
        path = self._folder / f"{number:04d}.h5"
        write_atomically(path, self._image(unsaved))
        self._nodes[path] = tuple(node for node, _ in unsaved)
        tree.mark_saved()
        self._drop_superseded()
        return path

    def load(self, tree: MergeTree) -> int:
        """Put every saved result into a tree; return how many files there were.

        Raises:
            CheckpointError: A file is damaged or belongs to another run.
            MergeError: Two results do not add up.
        """
        found: dict[Node, tuple[Path, str]] = {}
        for path in self._files():
            nodes = self._read_nodes(path)
            self._nodes[path] = tuple(nodes)
            found |= {node: (path, name) for node, name in nodes.items()}
        # The highest nodes first: what they cover is not read from the files that they supersede.
        for node in sorted(found, key=lambda node: -node.level):
            if not tree.covers(node):
                path, name = found[node]
                with h5py.File(path, "r") as file:
                    tree.add(node, store.read(file, name), owned=True, saved=True)
        return len(self._nodes)

    def remove(self) -> None:
        """Delete every checkpoint."""
        for path in self._files():
            path.unlink()
        if self._folder.is_dir():
            for left in self._folder.iterdir():
                left.unlink()
            self._folder.rmdir()

    def _files(self) -> list[Path]:
        return sorted((p for p in self._folder.glob("*.h5") if p.stem.isdigit()), key=_number)

    def _image(self, results: Iterable[tuple[Node, Any]]) -> bytes:
        # Made in memory and written at once: HDF5 itself leaves a full disk with a file that
        # cannot even be closed.
        options = {"driver": "core", "backing_store": False, "block_size": 1 << 24}
        with h5py.File(FOLDER, "w", **options) as file:
            nodes = []
            for node, output in results:
                name = f"node_{node.level}_{node.place}"
                store.write(file, name, output)
                nodes.append([node.level, node.place, name])
            file.attrs["identity"] = self._identity
            file.attrs["nodes"] = json.dumps(nodes)
            file.flush()
            return bytes(file.id.get_file_image())

    def _read_nodes(self, path: Path) -> dict[Node, str]:
        try:
            with h5py.File(path, "r") as file:
                identity = file.attrs["identity"]
                nodes = json.loads(file.attrs["nodes"])
        except (OSError, KeyError, ValueError) as error:
            msg = (
                f"{path}: the checkpoint cannot be read ({error}). Delete it to have its work "
                f"items processed again."
            )
            raise CheckpointError(msg) from error
        if identity != self._identity:
            msg = f"{path}: the checkpoint belongs to another run; start anew with --overwrite"
            raise CheckpointError(msg)
        return {Node(level, index): name for level, index, name in nodes}

    def _drop_superseded(self) -> None:
        kept: list[Node] = []
        for path in sorted(self._nodes, key=_number, reverse=True):
            if all(any(_covers(later, node) for later in kept) for node in self._nodes[path]):
                path.unlink()
                del self._nodes[path]
            else:
                kept.extend(self._nodes[path])


def _covers(above: Node, node: Node) -> bool:
    return above.level >= node.level and node.place >> (above.level - node.level) == above.place


def _number(path: Path) -> int:
    return int(path.stem)
