"""Events sorted by final state, their objects as columns of Cartesian four-vectors.

Sorting keeps the histograms of one final state in the processor's cache while they are filled.
Within a state, events are sorted by how many jets and b-jets they lend to combinations, so that a
combination is filled from whole ranges of events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.massscan.filling.cartesian import four_vectors, transverse
from bumpcast.massscan.filling.flat import FlatObjects
from bumpcast.massscan.filling.menu import Menu, StateMenu
from bumpcast.massscan.filling.tables import EventTables
from bumpcast.massscan.naming.finalstate import CHARGE_SHIFT, COUNT_BITS, OPEN_BIT
from bumpcast.massscan.naming.kinds import KIND_NUMBER, KINDS
from bumpcast.massscan.naming.observable import SELECTION_KINDS
from bumpcast.massscan.numbering import number_distinct

E, M, J, B, Z = (KIND_NUMBER[kind] for kind in ("e", "m", "j", "b", "Z"))
N_KINDS = len(KINDS)
JETS_BITS = 3
"""Bits of a sorting key for the number of jets, and as many for b-jets, in combinations."""

MET_SELECTION, HT_SELECTION, PT_SELECTION = (SELECTION_KINDS.index(k) for k in ("MET", "HT", "pT"))


@dataclass(frozen=True, slots=True)
class SortedEvents:
    """A chunk's events in the order of their final states.

    Attributes:
        codes: Final states' codes, rising, shape (states,).
        menus: The states' tables.
        tables: The events, as compiled loops read them.
        source: Each event's place in the chunk, shape (events,).
    """

    codes: npt.NDArray[np.int64]
    menus: tuple[StateMenu, ...]
    tables: EventTables
    source: npt.NDArray[np.int64]


def sort_events(objects: FlatObjects, menu: Menu) -> SortedEvents:
    """Sort a chunk's events by final state.

    Args:
        objects: The chunk's objects.
        menu: What the configuration fills for each state.
    """
    scan = menu.scan
    keys = _sorting_keys(
        objects.offsets,
        objects.pt,
        objects.e_charge,
        objects.m_charge,
        menu.open_from,
        menu.objects_per_kind,
        scan.leading_jets,
        scan.split_dilepton_charge,
    )
    vectors_of_kinds = tuple(
        four_vectors(*columns)
        for columns in zip(objects.pt, objects.eta, objects.phi, objects.mass, strict=True)
    )
    unique, group, sizes = _group(keys)
    codes, first_range = np.unique(unique >> (2 * JETS_BITS), return_index=True)
    menus = tuple(menu.state(int(code)) for code in codes)
    range_state = np.searchsorted(codes, unique >> (2 * JETS_BITS))
    range_event = np.concatenate([[0], np.cumsum(sizes)])
    first_range = np.concatenate([first_range, [len(unique)]])
    first_event = range_event[first_range]
    # Rows for no state at all keep their width, so that a chunk without events needs no care.
    state_objects = np.array([menu.objects for menu in menus]).reshape(-1, N_KINDS)
    first_bit = np.array([menu.first_bit for menu in menus]).reshape(-1, N_KINDS)
    n_objects = state_objects.sum(axis=1)
    lent = np.stack([unique >> JETS_BITS & 7, unique & 7], axis=1)
    used = state_objects[range_state]
    used[:, (J, B)] = lent
    range_mask = np.sum(((1 << used) - 1) << first_bit[range_state], axis=1)
    blocks = n_objects * 4 * np.diff(first_event)
    first_vector = np.concatenate([[0], np.cumsum(blocks)])
    most = max((len(state.selections) for state in menus), default=1)
    selection_numbers = _padded([state.selection_numbers for state in menus], most)
    thresholds = np.array([s.threshold_GeV for s in menu.selections])
    types = np.array([SELECTION_KINDS.index(s.kind) for s in menu.selections])
    of = np.array([KIND_NUMBER[s.of] if s.of else 0 for s in menu.selections])
    source = _source(group, range_event)
    vectors = np.empty(first_vector[-1], np.float64)
    stride = np.diff(first_event)[range_state]
    for kind in range(N_KINDS):
        first_column = (first_vector[:-1] - first_event[:-1])[range_state]
        first_column += 4 * stride * first_bit[range_state, kind]
        _gather_vectors(
            vectors,
            objects.offsets[kind],
            vectors_of_kinds[kind],
            source,
            range_event,
            first_column,
            stride,
            used[:, kind],
        )
    met_vectors = (objects.met, *transverse(objects.met, objects.met_phi))
    met = np.stack([column.take(source) for column in met_vectors])
    counts_in_ht = np.array([kind in scan.selections.ht_kinds for kind in KINDS])
    listed, lists = _list_events(
        objects.offsets,
        objects.pt,
        met[0],
        _ht(objects.offsets, objects.pt, counts_in_ht),
        source,
        first_event,
        first_range,
        range_event,
        selection_numbers,
        np.array([len(state.selections) for state in menus], dtype=np.int64),
        types,
        of,
        thresholds,
    )
    return SortedEvents(
        codes,
        menus,
        EventTables(
            first_event,
            first_range,
            range_event,
            range_mask,
            first_vector,
            vectors,
            met,
            listed,
            lists,
        ),
        source,
    )


def _padded(rows: Sequence[npt.NDArray[np.int64]], width: int) -> npt.NDArray[np.int64]:
    """Return rows of unequal length as one array; what is beyond a row's end is never read."""
    table = np.zeros((len(rows), width), dtype=np.int64)
    for line, row in zip(table, rows, strict=True):
        line[: len(row)] = row
    return table


@compiled
def _sorting_keys(  # type: ignore[no-untyped-def]
    offsets, pt, e_charge, m_charge, open_from, objects_per_kind, leading_jets, split
):
    """Return each event's final state's code with, in the lowest bits, its jets and b-jets used."""
    n_events = len(offsets[0]) - 1
    keys = np.empty(n_events, np.int64)
    for event in range(n_events):
        code = np.int64(0)
        for kind in range(N_KINDS):
            count = offsets[kind][event + 1] - offsets[kind][event]
            field = open_from[kind] + OPEN_BIT if count >= open_from[kind] else count
            code |= field << (COUNT_BITS * kind)
        electrons = offsets[E][event + 1] - offsets[E][event]
        muons = offsets[M][event + 1] - offsets[M][event]
        no_z = offsets[Z][event + 1] == offsets[Z][event]
        if split and no_z and electrons + muons == 2:
            product = 1.0
            for place in range(offsets[E][event], offsets[E][event + 1]):
                product *= e_charge[place]
            for place in range(offsets[M][event], offsets[M][event + 1]):
                product *= m_charge[place]
            code |= np.int64(1 if product < 0 else 2) << CHARGE_SHIFT
        jet, jet_stop = offsets[J][event], offsets[J][event + 1]
        b_jet, b_stop = offsets[B][event], offsets[B][event + 1]
        jets = b_jets = 0
        while jets + b_jets < leading_jets and (jet < jet_stop or b_jet < b_stop):
            if b_jet == b_stop or (jet < jet_stop and pt[J][jet] >= pt[B][b_jet]):
                jets += 1
                jet += 1
            else:
                b_jets += 1
                b_jet += 1
        jets = min(jets, objects_per_kind[J])
        b_jets = min(b_jets, objects_per_kind[B])
        keys[event] = (code << (2 * JETS_BITS)) | (jets << JETS_BITS) | b_jets
    return keys


def _group(keys: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Return the distinct keys in rising order, each event's place among them, and their sizes."""
    n_found, found, seen = number_distinct(keys, int(2 * len(keys)).bit_length(), len(keys))
    found = found[:n_found]
    order = np.argsort(found)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    group = rank[seen]
    return found[order], group, np.bincount(group, minlength=len(found))


@compiled
def _source(group, range_event):  # type: ignore[no-untyped-def]
    """Return each sorted event's place in the chunk; events of one group keep their order."""
    source = np.empty(len(group), np.int64)
    next_place = range_event[:-1].copy()
    for event in range(len(group)):
        source[next_place[group[event]]] = event
        next_place[group[event]] += 1
    return source


@compiled
def _gather_vectors(  # type: ignore[no-untyped-def]
    vectors, offsets, rows, source, range_event, first_column, stride, used
):
    """Copy the four-vectors that events lend to combinations into their states' blocks.

    Args:
        vectors: The blocks, see SortedEvents.
        offsets: Where each event's objects of one kind start, in the chunk's order.
        rows: Four-vectors of that kind, shape (objects, 4).
        source: Each sorted event's place in the chunk.
        range_event: Where each range's events start.
        first_column: Where the column of px of the kind's leading object would start, counted
            from the first of all events, for each range.
        stride: Length of a column, for each range.
        used: How many objects of the kind the events of a range lend.
    """
    for chosen in range(len(used)):
        step = np.uint64(stride[chosen])
        for item in range(used[chosen]):
            column = first_column[chosen] + 4 * item * stride[chosen]
            for place in range(range_event[chosen], range_event[chosen + 1]):
                # Unsigned, since a place that may be negative costs a comparison each time.
                read = np.uint64(offsets[np.uint64(source[np.uint64(place)])] + item)
                write = np.uint64(column + place)
                for component in range(4):
                    vectors[write] = rows[read, component]
                    write += step


@compiled
def _ht(offsets, pt, counts_in_ht):  # type: ignore[no-untyped-def]
    """Return each event's sum of the transverse momenta of some kinds in GeV."""
    ht = np.zeros(len(offsets[0]) - 1, np.float64)
    for kind in range(N_KINDS):
        if counts_in_ht[kind]:
            starts, values = offsets[kind], pt[kind]
            for event in range(len(ht)):
                for item in range(np.uint64(starts[event]), np.uint64(starts[event + 1])):
                    ht[event] += values[item]
    return ht


@compiled
def _list_events(  # type: ignore[no-untyped-def]
    offsets,
    pt,
    met,
    ht,
    source,
    first_event,
    first_range,
    range_event,
    selection_numbers,
    n_selections,
    selection_types,
    selection_of,
    selection_thresholds,
):
    """List for each range and selection the events that pass."""
    n_events, most = len(source), selection_numbers.shape[1]
    listed = np.empty(n_events * most + 1, np.uint32)
    lists = np.zeros((len(range_event) - 1, most, 2), np.int64)
    values = np.empty(n_events, np.float64)
    used = np.uint64(0)
    for state in range(len(first_event) - 1):
        begin, end = first_event[state], first_event[state + 1]
        type_before = of_before = -1
        for local in range(n_selections[state]):
            number = selection_numbers[state, local]
            kind, of = selection_types[number], selection_of[number]
            if kind != type_before or of != of_before:
                starts, pt_of_kind = offsets[of], pt[of]
                # Loops, since assigning slices takes the compiler three seconds more.
                if kind == MET_SELECTION:
                    for place in range(begin, end):
                        values[place] = met[place]
                elif kind == HT_SELECTION:
                    for place in range(begin, end):
                        values[place] = ht[np.uint64(source[place])]
                elif kind == PT_SELECTION:
                    for place in range(begin, end):
                        values[place] = pt_of_kind[np.uint64(starts[np.uint64(source[place])])]
                else:
                    for place in range(begin, end):
                        values[place] = np.inf
                type_before, of_before = kind, of
            threshold = selection_thresholds[number]
            for chosen in range(first_range[state], first_range[state + 1]):
                lists[chosen, local, 0] = used
                for place in range(range_event[chosen], range_event[chosen + 1]):
                    listed[used] = place - begin  # overwritten where the event does not pass
                    used += np.uint64(values[np.uint64(place)] > threshold)
                lists[chosen, local, 1] = used
    return listed, lists
