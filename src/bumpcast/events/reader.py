"""What every format's reader can do, and which reader a format has."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

import awkward as ak
import numpy as np
import numpy.typing as npt

from bumpcast.config.formats import (
    DarkMachinesFormat,
    DelphesFormat,
    Format,
    NanoAODFormat,
    PhysliteFormat,
)
from bumpcast.events.darkmachines import DarkMachinesReader
from bumpcast.events.delphes import DelphesReader
from bumpcast.events.errors import BadEvents
from bumpcast.events.nanoaod import NanoAODReader
from bumpcast.events.physlite import PhysliteReader


class Reader(Protocol):
    """Reads one format, as its table [formats.NAME] says, into the record of all formats."""

    @property
    def tree(self) -> str:
        """Name of the tree that holds the events."""

    @property
    def schema(self) -> Any:
        """Coffea schema class; it can be given to coffea's own Runner."""

    def columns(self, keys: Collection[str]) -> frozenset[str]:
        """Return the branches that `record` needs.

        Args:
            keys: The branches that exist, as uproot's `tree.keys()` names them.

        Raises:
            MissingBranchError: A branch that is needed does not exist.
        """

    def counters(self, columns: Collection[str]) -> frozenset[str]:
        """Return the branches that say how long the lists of some branches are.

        Args:
            columns: Branches.

        Returns:
            Names of branches; they need not exist.
        """

    def companions(self, columns: Collection[str]) -> frozenset[str]:
        """Return the branches that coffea's four-vectors need besides some branches.

        They are in the events, but read only when they are touched.

        Args:
            columns: Branches.

        Returns:
            Names of branches; they need not exist.
        """

    def readable(self, key: str) -> bool:
        """Return whether a branch can be read at all."""

    def record(self, events: ak.Array, bad_events: BadEvents = "fail") -> ak.Array:
        """Return the events as the record of all formats: materialised, float64, GeV, radians.

        Args:
            events: NanoEvents, from `open_events` or from coffea's own Runner.
            bad_events: What to do with an event that holds a value that cannot be: "fail", or
                "skip", which leaves the event out and logs how many there were.

        Raises:
            BadEventError: An event holds such a value, and `bad_events` is "fail".
            MissingBranchError: The events lack a field that is needed.
        """

    def generator_weights(
        self, tree: Any, start: int, stop: int, bad_events: BadEvents = "fail"
    ) -> npt.NDArray[np.float64]:
        """Return the generator weights of a range of entries; only their branch is read.

        Args:
            tree: The uproot tree.
            start: First entry.
            stop: One past the last entry.
            bad_events: "skip" leaves weights out that are not finite.

        Raises:
            BadEventError: A weight is not finite or missing, and `bad_events` is "fail".
            MissingBranchError: The tree lacks the branch of the weight.
        """


def reader_for(fmt: Format) -> Reader:
    """Return the reader of a format.

    Args:
        fmt: A table [formats.NAME] of the configuration.
    """
    match fmt:
        case DelphesFormat():
            return DelphesReader(fmt)
        case NanoAODFormat():
            return NanoAODReader(fmt)
        case PhysliteFormat():
            return PhysliteReader(fmt)
        case DarkMachinesFormat():
            return DarkMachinesReader(fmt)
