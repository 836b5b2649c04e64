"""Partial results on disk, so that a kill costs one interval and no more."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from bumpcast import store
from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.execution.mergetree import MergeTree, Node

_logger = logging.getLogger(__name__)

FOLDER = "checkpoints"
_FILE_BYTES = 1 << 26
"""So large a file is, about, before the next is begun."""


class CheckpointError(BumpcastError):
    """A checkpoint cannot be read."""


@dataclass(frozen=True, slots=True)
class Saved:
    """An output in a checkpoint, which is read when it is needed.

    Attributes:
        path: The file.
        name: Its name in there.
    """

    path: Path
    name: str

    def read(self) -> Any:
        """Return the output."""
        with h5py.File(self.path, "r") as file:
            return store.read(file, self.name)


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
        self._nodes: dict[Path, dict[Node, str]] = {}

    def save(self, results: Iterable[tuple[Node, Any]]) -> list[Path]:
        """Write results; return the files, none if there was nothing.

        Args:
            results: The nodes and their outputs. They are asked for one after the other, and only
                as many are held as go into one file.

        Raises:
            DiskError: The disk is full; earlier checkpoints are intact.
            UnstorableError: A result is of a type that cannot be stored.
        """
        written = []
        left = iter(results)
        while True:
            image, names = self._image(left)
            if not names:
                break
            self._folder.mkdir(exist_ok=True)
            number = max(map(_number, self._files()), default=0) + 1
            path = self._folder / f"{number:04d}.h5"
            write_atomically(path, image)
            self._nodes[path] = names
            written.append(path)
        self._drop_superseded()
        return written

    def load(self, tree: MergeTree, *, lazily: bool = False) -> int:
        """Put every saved result into a tree; return how many files there were.

        Args:
            tree: The tree.
            lazily: Only say where they are.

        Raises:
            CheckpointError: A file is damaged or belongs to another run.
            MergeError: Two results do not add up.
        """
        for path in self._files():
            self._nodes[path] = self._read_nodes(path)
        for node, saved in self._highest():
            output = saved if lazily else saved.read()
            tree.add(node, output, owned=True, saved=True)
        return len(self._nodes)

    def below(self, node: Node) -> list[tuple[Node, Saved]]:
        """Return the saved results that a node is the sum of, as far as they are saved.

        Args:
            node: A node of the merge tree.
        """
        return [
            (found, saved)
            for found, saved in self._highest()
            if node == found or found.is_below((node,))
        ]

    def _highest(self) -> list[tuple[Node, Saved]]:
        """Return the saved results that are not part of another."""
        found = {
            node: Saved(path, name)
            for path, names in self._nodes.items()
            for node, name in names.items()
        }
        highest = sorted(found, key=lambda node: -node.level)
        return [(node, found[node]) for node in highest if not node.is_below(found)]

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

    def _image(self, results: Iterator[tuple[Node, Any]]) -> tuple[bytes, dict[Node, str]]:
        """Return a file of the next results, and which they are."""
        # Made in memory and written at once: HDF5 itself leaves a full disk with a file that
        # cannot even be closed.
        options = {"driver": "core", "backing_store": False, "block_size": 1 << 24}
        with h5py.File(FOLDER, "w", **options) as file:
            names: dict[Node, str] = {}
            for node, output in results:
                names[node] = f"node_{node.level}_{node.place}"
                store.write(file, names[node], output)
                if file.id.get_filesize() > _FILE_BYTES:
                    break
            file.attrs["identity"] = self._identity
            file.attrs["nodes"] = json.dumps([[*node, name] for node, name in names.items()])
            file.flush()
            return (bytes(file.id.get_file_image()) if names else b""), names

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
        later: set[Node] = set()
        for path in sorted(self._nodes, key=_number, reverse=True):
            if all(node in later or node.is_below(later) for node in self._nodes[path]):
                path.unlink()
                del self._nodes[path]
            else:
                later |= self._nodes[path].keys()


def _number(path: Path) -> int:
    return int(path.stem)
