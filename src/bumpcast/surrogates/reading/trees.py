"""Trees of ROOT files: with a truth record in Delphes's layout, or of plain columns."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt

from bumpcast.errors import did_you_mean
from bumpcast.events.files import OpenFile, open_file, reading_failed
from bumpcast.surrogates.llps import Floats, LlpPairs, concatenated
from bumpcast.surrogates.reading.columns import numbers
from bumpcast.surrogates.reading.errors import LlpColumnError, LlpEventError, LlpFileError
from bumpcast.surrogates.reading.options import ReadOptions
from bumpcast.surrogates.reading.truth import columns_needed, pairs_of_particles

logger = logging.getLogger(__name__)

DELPHES: Final = "Delphes"
"""Name of the tree that is taken where nobody names one and there are several."""

AT_ONCE: Final = 64_000_000
"""So many bytes of a truth record are in memory at once."""

WEIGHTS: Final = ("Event/Event.Weight", "Weight/Weight.Weight")
"""Where generator weights are in Delphes's layout; the first one that is there is taken."""


class RootTree:
    """A tree of a ROOT file.

    Args:
        path: The file.
        tree: Its name; None: "Delphes" if there is one, or else the only one.

    Raises:
        LlpFileError: There is no such tree, or several and none is named.
        InputError: The file cannot be read.
    """

    def __init__(self, path: Path, tree: str | None) -> None:
        self.path = path
        self.file: OpenFile = open_file(str(path))
        name = self._name(tree)
        self.tree: Any = self.file.tree(name)
        self.names: Sequence[str] = self.file.keys(name)

    @property
    def has_truth(self) -> bool:
        """Whether it holds a truth record in Delphes's layout."""
        return "Particle/Particle.PID" in self.names

    def read(self, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Return branches of one value an event.

        Raises:
            LlpColumnError: An event has several values, or none.
            InputError: The file is damaged.
        """
        return {name: self._one_each(name, 0, self.tree.num_entries) for name in names}

    def texts(self, name: str) -> npt.NDArray[np.object_]:
        """Return a branch as texts or numbers, None where it is NaN."""
        values = self.read([name])[name].tolist()
        return np.array([None if value != value else value for value in values], object)

    def pairs(self, options: ReadOptions) -> LlpPairs:
        """Return the events of the truth record in GeV and m, not yet checked.

        Raises:
            LlpEventError: See `pairs_of_particles`.
            LlpColumnError: A branch is missing.
            InputError: The file is damaged.
        """
        more = {name: self._branch(name) for name in options.more}
        weight = next((name for name in WEIGHTS if name in self.names), None)
        branches = {name: f"Particle/Particle.{name}" for name in columns_needed(options)}
        for name in branches.values():
            self._branch(name)
        parts = []
        for begin, end in self._ranges(list(branches.values())):
            jagged = {name: self._array(branch, begin, end) for name, branch in branches.items()}
            offsets, columns = _flat(jagged)
            part, good = pairs_of_particles(
                offsets,
                columns,
                options,
                np.arange(begin, end),
                weight=None if weight is None else self._one_each(weight, begin, end, first=True),
                source=self.file.uuid,
                where=str(self.path),
            )
            others = {
                name: numbers(self._one_each(branch, begin, end), branch, str(self.path))[good]
                for name, branch in more.items()
            }
            parts.append(replace(part, more=others))
        return self._joined(parts, options)

    def _joined(self, parts: Sequence[LlpPairs], options: ReadOptions) -> LlpPairs:
        if options.decays and len({part.decayed for part in parts if len(part)}) > 1:
            msg = (
                f"{self.path}: the truth record says of some LLPs only where they decay; leave all "
                "decay positions out (decays = False) and draw them"
            )
            raise LlpEventError(msg)
        filled = [part for part in parts if len(part)]
        pairs = concatenated(filled or parts[:1])
        if options.decays and not pairs.decayed:
            logger.warning(
                "%s: the truth record does not say where LLPs decay; the decays are to be drawn.",
                self.path,
            )
        return pairs

    def _name(self, tree: str | None) -> str:
        kinds = self.file.directory.classnames(cycle=False)
        trees = [name for name, kind in kinds.items() if kind in ("TTree", "TNtuple", "TNtupleD")]
        if tree is not None:
            if tree not in trees:
                msg = f"{self.path}: there is no tree {tree!r}. {did_you_mean(tree, trees)}"
                raise LlpFileError(msg)
            return tree
        if DELPHES in trees:
            return DELPHES
        if len(trees) != 1:
            listed = ", ".join(repr(name) for name in trees)
            there = ", ".join(f"{name!r} ({kind})" for name, kind in kinds.items()) or "nothing"
            msg = (
                f"{self.path} holds several trees, {listed}: say which one"
                if trees
                else f"{self.path} holds no tree (TTree), but {there}"
            )
            raise LlpFileError(msg)
        return str(trees[0])

    def _branch(self, name: str) -> str:
        """Return the full name of a branch; 'Event.Number' will do for 'Event/Event.Number'."""
        full = f"{name.partition('.')[0]}/{name}"
        for candidate in (name, full):
            if candidate in self.names:
                return candidate
        msg = (
            f"{self.path}, tree {self.tree.name!r}: there is no branch {name!r}. "
            f"{did_you_mean(name, self.names)}"
        )
        raise LlpColumnError(msg)

    def _ranges(self, branches: list[str]) -> Iterator[tuple[int, int]]:
        """Yield ranges of entries that fit into memory; one, if there are no entries."""
        entries = int(self.tree.num_entries)
        size = sum(self.tree[branch].uncompressed_bytes for branch in branches)
        step = max(AT_ONCE * entries // max(size, 1), 1)
        for begin in range(0, max(entries, 1), step):
            yield begin, min(begin + step, entries)

    def _array(self, name: str, begin: int, end: int) -> ak.Array:
        try:
            return self.tree[name].array(entry_start=begin, entry_stop=end)
        except OSError:
            raise
        except Exception as error:
            # uproot raises whatever damaged bytes lead the decompression or interpretation to
            raise reading_failed(str(self.path), error, local=True) from error

    def _one_each(
        self, name: str, begin: int, end: int, *, first: bool = False
    ) -> npt.NDArray[Any]:
        """Return a branch of one value an event; `first`: the first of several."""
        array = self._array(name, begin, end)
        if array.ndim == 1:
            return np.asarray(ak.to_numpy(array))
        counts = np.asarray(ak.num(array))
        wrong = counts < 1 if first else counts != 1
        if array.ndim != 2 or wrong.any():
            event = int(np.argmax(wrong))
            msg = (
                f"{self.path}, branch {name}: {counts[event]} values in entry {begin + event}, "
                "where one number an event is expected"
            )
            raise LlpColumnError(msg)
        return np.asarray(ak.to_numpy(array[:, 0]))


def _flat(jagged: dict[str, ak.Array]) -> tuple[npt.NDArray[np.int64], dict[str, Floats]]:
    """Return the offsets of lists and their contents one after the other."""
    contents = {}
    offsets = np.zeros(1, np.int64)
    for name, array in jagged.items():
        layout = ak.to_layout(array).to_ListOffsetArray64(True)
        offsets = np.asarray(layout.offsets.data)
        contents[name] = np.asarray(layout.content.data)[: int(offsets[-1])]
    return offsets, contents
