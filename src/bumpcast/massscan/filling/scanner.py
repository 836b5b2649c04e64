"""From a chunk's objects to its delta."""

from __future__ import annotations

import hashlib

import awkward as ak
import numpy as np
import numpy.typing as npt

from bumpcast.config.binning import BinningConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.errors import BumpcastError
from bumpcast.massscan.delta.delta import ScanDelta
from bumpcast.massscan.filling import kernel
from bumpcast.massscan.filling.flat import FlatObjects, flatten
from bumpcast.massscan.filling.menu import Menu
from bumpcast.massscan.filling.sorting import SortedEvents, sort_events
from bumpcast.massscan.filling.tables import MenuTables


class WeightsError(BumpcastError):
    """Weights do not fit the events they are for."""

    permanent = True


class Scanner:
    """Fills every histogram of the scan.

    Args:
        scan: The table [scan].
        binning: The table [binning].
    """

    def __init__(self, scan: ScanConfig, binning: BinningConfig) -> None:
        self.menu = Menu(scan, binning)
        self.digest = hashlib.sha256(binning.model_dump_json().encode()).hexdigest()[:16]

    def fill(
        self,
        objects: ak.Array,
        weights: npt.NDArray[np.float64] | None = None,
        multiplicities: npt.NDArray[np.int64] | None = None,
    ) -> ScanDelta:
        """Return every histogram of a chunk.

        Args:
            objects: Objects as in ARCHITECTURE.md, each list ordered by falling pt.
            weights: One weight an event; absent: 1. Equal weights cost no more than none.
            multiplicities: How often each event counts, for pseudo-data; instead of weights.

        Raises:
            WeightsError: Weights and multiplicities are both given, or their number is not that
                of the events.
        """
        return self.fill_flat(flatten(objects), weights, multiplicities)

    def fill_flat(
        self,
        objects: FlatObjects,
        weights: npt.NDArray[np.float64] | None = None,
        multiplicities: npt.NDArray[np.int64] | None = None,
    ) -> ScanDelta:
        """Return every histogram of a chunk that has been flattened; see ``fill``."""
        if weights is not None and multiplicities is not None:
            msg = "an event has a weight or a multiplicity, not both"
            raise WeightsError(msg)
        for given in (weights, multiplicities):
            if given is not None and given.shape != (len(objects),):
                msg = f"{len(objects)} events need as many weights, not an array of {given.shape}"
                raise WeightsError(msg)
        if len(objects) == 0:
            return ScanDelta.empty(self.digest)
        events = sort_events(objects, self.menu)
        unit: float | None = 1.0
        if weights is not None:
            unit = float(weights[0]) if np.all(weights == weights[0]) else None
        if unit is None:
            return self.run_kernel(events, kernel.WEIGHTS, unit, weights=weights)
        if multiplicities is not None:
            return self.run_kernel(events, kernel.MULTIPLES, unit, multiples=multiplicities)
        return self.run_kernel(events, kernel.COUNTS, unit)

    def run_kernel(
        self,
        events: SortedEvents,
        adding: int,
        unit: float | None,
        *,
        weights: npt.NDArray[np.float64] | None = None,
        multiples: npt.NDArray[np.int64] | None = None,
    ) -> ScanDelta:
        """Return every histogram of events that have been sorted.

        Args:
            events: Sorted events.
            adding: What an event adds: kernel.COUNTS, MULTIPLES or WEIGHTS.
            unit: The weight of every event, None if they differ.
            weights: One weight an event, in the chunk's order, where they differ.
            multiples: How often each event counts, in the chunk's order, for MULTIPLES.
        """
        menus = MenuTables.of(events.menus)
        most_cells, most_rows = kernel.count_entries(
            events.tables.first_range,
            events.tables.range_mask,
            events.tables.lists,
            np.diff(menus.first_selection),
            menus.first_subset,
            menus.masks,
            menus.variables,
        )
        rows = np.empty((most_rows, 4), np.int64)
        codes = np.empty(most_cells, np.uint16)
        large = np.empty(2 * most_cells, np.int64)
        sums = np.empty((most_cells if unit is None else 0, 2), np.float64)
        n_rows, n_cells, n_large = kernel.fill(
            *events.tables,
            *menus,
            *self.menu.edge_pool.tables(),
            adding,
            np.empty(0, np.int64) if multiples is None else multiples[events.source],
            np.empty(0, np.float64) if weights is None else weights[events.source],
            rows,
            codes,
            large,
            sums,
        )
        # What was not written to goes back without a copy.
        codes.resize(n_cells, refcheck=False)
        large.resize(n_large, refcheck=False)
        sums.resize((n_cells if unit is None else 0, 2), refcheck=False)
        return ScanDelta(
            self.digest,
            events.codes[rows[:n_rows, 0]],
            rows[:n_rows, 1].copy(),
            np.append(rows[:n_rows, 2], n_cells),
            np.append(rows[:n_rows, 3], n_large),
            codes,
            large,
            unit,
            sums if unit is None else None,
        )
