"""From a chunk's objects to the counts of all replicas."""

from __future__ import annotations

from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt

from bumpcast.config.binning import BinningConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.massscan.filling.flat import flatten
from bumpcast.massscan.filling.menu import Menu, StateMenu
from bumpcast.massscan.filling.scanner import WeightsError
from bumpcast.massscan.filling.sorting import SortedEvents, sort_events
from bumpcast.massscan.filling.tables import MenuTables
from bumpcast.massscan.naming.observable import MASK_SHIFT, SELECTION_BITS, VARIABLE_SHIFT
from bumpcast.massscan.replicas.counts import ReplicaCounts, ReplicaOverflowError
from bumpcast.massscan.replicas.kernel import LANES, WindowTables, fill_windows
from bumpcast.massscan.replicas.windows import Windows, WindowsError

Integers = npt.NDArray[np.int64]

KINDS: Final = (np.uint8, np.uint16)
"""Types of multiplicities: rows of few bytes are what makes replicas fast."""


class ReplicaFiller:
    """Fills ranges of histograms in many replicas of the events.

    Args:
        scan: The table [scan].
        binning: The table [binning].
        windows: The histograms and their ranges.
    """

    def __init__(self, scan: ScanConfig, binning: BinningConfig, windows: Windows) -> None:
        self.menu = Menu(scan, binning)
        self.windows = windows
        self._of_states: dict[int, tuple[Integers, ...]] = {}

    def fill(self, objects: ak.Array, multiplicities: npt.NDArray[Any]) -> ReplicaCounts:
        """Return the counts of a chunk.

        Args:
            objects: Objects as in ARCHITECTURE.md, each list ordered by falling pt.
            multiplicities: How often each event stands in each replica, uint8 or uint16, shape
                (events, replicas).

        Raises:
            WindowsError: A histogram is none that the configuration fills.
            WeightsError: The multiplicities are no bytes, or not a row for each event.
            ReplicaOverflowError: The events of the chunk stand more than 2^32 times in a replica.
        """
        rows = multiplicities.shape[:1]
        if multiplicities.ndim != 2 or rows != (len(objects),) or multiplicities.dtype not in KINDS:
            msg = (
                f"{len(objects)} events need as many rows of one or two bytes a replica, not an "
                f"array of {multiplicities.shape} {multiplicities.dtype}"
            )
            raise WeightsError(msg)
        used = multiplicities.shape[1]
        if len(objects) == 0 or not len(self.windows):
            return ReplicaCounts.empty(self.windows.digest, used)
        if len(objects) * int(multiplicities.max(initial=0)) >= 1 << 32:
            most = multiplicities.sum(axis=0, dtype=np.int64).max()
            if most >= 1 << 32:
                msg = f"{len(objects)} events stand {most} times in a replica: lower chunk_events"
                raise ReplicaOverflowError(msg)
        return self.run_kernel(sort_events(flatten(objects), self.menu), multiplicities)

    def run_kernel(self, events: SortedEvents, multiplicities: npt.NDArray[Any]) -> ReplicaCounts:
        """Return the counts of events that have been sorted.

        Args:
            events: Sorted events.
            multiplicities: As for ``fill``, in the chunk's order.
        """
        n_events, used = multiplicities.shape
        columns = -(-used // LANES) * LANES
        rows = np.zeros((n_events, columns), multiplicities.dtype)
        rows[:, :used] = multiplicities[events.source]
        windows = self._windows(events)
        most_cells = int(windows.bins.sum())
        # Room for as many bytes a count as the events can need.
        total = n_events * int(multiplicities.max(initial=0))
        most_width = min((total.bit_length() + 7) // 8, 4)
        cells = np.empty(most_cells, np.int32)
        widths = np.empty(most_cells, np.uint8)
        data = np.empty(most_cells * used * most_width, np.uint8)
        n_cells, n_bytes = fill_windows(
            *events.tables,
            *_filled_only(MenuTables.of(events.menus), windows),
            *self.menu.edge_pool.tables(),
            *windows,
            rows.reshape(-1),
            columns,
            used,
            cells,
            widths,
            data,
        )
        cells.resize(n_cells, refcheck=False)
        widths.resize(n_cells, refcheck=False)
        data.resize(n_bytes, refcheck=False)
        return ReplicaCounts(self.windows.digest, used, *_in_order(cells, widths, data, used))

    def _windows(self, events: SortedEvents) -> WindowTables:
        """Return the ranges of a chunk's states."""
        parts = [
            self._of_state(code, menu)
            for code, menu in zip(events.codes.tolist(), events.menus, strict=True)
        ]
        sizes, *columns = (np.concatenate(column) for column in zip(*parts, strict=True))
        return WindowTables(np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]), *columns)

    def _of_state(self, code: int, menu: StateMenu) -> tuple[Integers, ...]:
        """Return how many ranges each combination has, and the ranges, a column each."""
        known = self._of_states.get(code)
        if known is None:
            known = self._of_states[code] = self._make(code, menu)
        return known

    def _make(self, code: int, menu: StateMenu) -> tuple[Integers, ...]:
        windows = self.windows
        begin, end = np.searchsorted(windows.states, [code, code + 1])
        observables = windows.observables[begin:end]
        combinations = observables >> MASK_SHIFT
        variables = observables >> VARIABLE_SHIFT & 3
        selections = observables & ((1 << SELECTION_BITS) - 1)
        # A state's combinations are in the order of their masks, which need not be that of codes.
        order = np.argsort(menu.observables, kind="stable")
        places = np.searchsorted(menu.observables[order], combinations << MASK_SHIFT)
        subsets = order[np.minimum(places, len(order) - 1)]
        local = np.minimum(np.searchsorted(menu.selections, selections), len(menu.selections) - 1)
        is_filled = (
            (menu.observables[subsets] == combinations << MASK_SHIFT)
            & (combinations > 0)
            & (menu.selections[local] == selections)
            & (menu.variables[subsets] >> variables & 1 == 1)
        )
        if not np.all(is_filled):
            place = int(np.flatnonzero(~is_filled)[0])
            msg = (
                f"the configuration fills no histogram of the codes {code} and "
                f"{observables[place]}: the list is from other results"
            )
            raise WindowsError(msg)
        by_subset = np.lexsort((np.arange(end - begin), subsets))
        sizes = np.bincount(subsets, minlength=len(menu.masks)).astype(np.int64)
        columns = (
            variables,
            local.astype(np.int64),
            windows.first[begin:end],
            windows.bins[begin:end],
            windows.offsets[begin:end],
        )
        return sizes, *(column[by_subset] for column in columns)


def _filled_only(menus: MenuTables, windows: WindowTables) -> MenuTables:
    """Return menus that ask for no other variables than those of ranges."""
    variables = np.zeros_like(menus.variables)
    subsets = np.repeat(np.arange(len(variables)), np.diff(windows.first_window))
    np.bitwise_or.at(variables, subsets, 1 << windows.variable)
    return menus._replace(variables=variables)


def _in_order(
    cells: npt.NDArray[np.int32],
    widths: npt.NDArray[np.uint8],
    data: npt.NDArray[np.uint8],
    columns: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return cells in rising order, as they are unless masks and codes are ordered differently."""
    if np.all(cells[1:] > cells[:-1]):
        return cells, widths, data
    order = np.argsort(cells, kind="stable")
    sizes = widths.astype(np.int64) * columns
    starts = np.cumsum(sizes) - sizes
    shifts = np.repeat(starts[order] - (np.cumsum(sizes[order]) - sizes[order]), sizes[order])
    return cells[order], widths[order], data[np.arange(len(data)) + shifts]
