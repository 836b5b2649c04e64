"""Pairs of long-lived particles of a chunk of events, as a processor gets them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import awkward as ak
import numpy as np

from bumpcast.config.formats import DelphesFormat, Format
from bumpcast.events.delphes import DelphesReader
from bumpcast.events.errors import MissingBranchError
from bumpcast.events.record import lists
from bumpcast.surrogates.llps import Integers, LlpPairs
from bumpcast.surrogates.reading.errors import LlpFileError
from bumpcast.surrogates.reading.files import in_our_units, of_truth
from bumpcast.surrogates.reading.options import ReadOptions
from bumpcast.surrogates.reading.truth import columns_needed, pairs_of_particles

PARTICLE = "Particle"


@dataclass(frozen=True, eq=False)
class ChunkReader:
    """Reads the long-lived particles of chunks of Delphes events.

    Attributes:
        format: The table [formats.NAME] of the files.
        options: How truth records are read.

    Raises:
        LlpFileError: The format holds no truth record in Delphes's layout.
    """

    format: Format
    options: ReadOptions

    def __post_init__(self) -> None:
        if not isinstance(self.format, DelphesFormat):
            msg = (
                f"files of the kind {self.format.kind!r} hold no truth record in Delphes's layout; "
                "a format of kind 'delphes' is needed"
            )
            raise LlpFileError(msg)

    def columns(self, keys: Collection[str]) -> frozenset[str]:
        """Return the branches to read: some of the truth record, and the weight.

        Args:
            keys: The branches that there are, as uproot's `tree.keys()` names them.

        Raises:
            MissingBranchError: One of them is not there.
        """
        names = columns_needed(self.options)
        branches = frozenset(f"{PARTICLE}/{PARTICLE}.{name}" for name in names)
        for branch in sorted(branches.difference(keys)):
            raise MissingBranchError.of(self._reader.tree, branch, keys, why="the truth record")
        return branches | self._reader.weight_columns(keys)

    def pairs(self, events: ak.Array) -> tuple[LlpPairs, Integers]:
        """Return the long-lived particles of the events of a chunk.

        Args:
            events: NanoEvents.

        Returns:
            The events in GeV and m, checked, and their entries in the file.

        Raises:
            SurrogateError: An event's truth record is not what it has to be.
            BadEventError: A weight is not finite.
        """
        metadata, bad_events = events.metadata, self.options.bad_events
        start = int(metadata.get("entrystart", 0))
        where = (
            f"{metadata.get('filename', 'the events')}, entries {start} to {start + len(events)}"
        )
        weights = self._reader.weights(events, bad_events)
        particles = lists(events, PARTICLE, {name: name for name in columns_needed(self.options)})
        pairs, good = pairs_of_particles(
            particles.offsets,
            particles.columns,
            self.options,
            np.arange(start, start + len(events)),
            weight=weights,
            source=source_of(events),
            where=where,
            part=True,
        )
        finite = np.isfinite(pairs.weight)
        entries = np.flatnonzero(good)[finite] + start
        return in_our_units(pairs.select(finite), of_truth(self.options), where), entries

    @property
    def _reader(self) -> DelphesReader:
        assert isinstance(self.format, DelphesFormat)
        return DelphesReader(self.format)


def source_of(events: ak.Array) -> str:
    """Return what tells the file of events from others: its UUID, or else its name."""
    metadata = events.metadata
    return str(metadata.get("fileuuid") or metadata.get("filename", ""))
