"""The tables that compiled loops read: a chunk's events, and what is filled for their states.

The edges of binnings are a third one, see lookup.py. Compiled loops take the arrays of all three
one by one, in this order: a tuple's arrays would be counted as used and released at every call,
which is a third of the time of a small chunk.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bumpcast.massscan.filling.menu import StateMenu

Integers = npt.NDArray[np.int64]


class EventTables(NamedTuple):
    """A chunk's events in the order of their final states.

    Attributes:
        first_event: Where each state's events start, shape (states + 1,).
        first_range: Where each state's ranges start, shape (states + 1,).
        range_event: Where each range's events start, shape (ranges + 1,).
        range_mask: Which of the state's objects a range's events lend to combinations.
        first_vector: Where each state's block starts in ``vectors``.
        vectors: px, py, pz, E in GeV: per state a block (objects, 4, events).
        met: E_T^miss and its x and y components in GeV, shape (3, events).
        listed: Lists of events, numbered in their state: one list a range and selection, of the
            events that pass.
        lists: Where each list starts and stops in ``listed``, shape (ranges, selections, 2);
            selections as in the state's table.
    """

    first_event: Integers
    first_range: Integers
    range_event: Integers
    range_mask: Integers
    first_vector: Integers
    vectors: npt.NDArray[np.float64]
    met: npt.NDArray[np.float64]
    listed: npt.NDArray[np.uint32]
    lists: Integers


class MenuTables(NamedTuple):
    """Several states' menus; subsets are combinations, numbered through all states.

    Attributes:
        first_subset: Where each state's subsets start, shape (states + 1,).
        masks: Each subset's objects.
        observables: Each subset's observable's code without variable and selection.
        variables: Each subset's variables, as flags.
        binnings: Each subset's binning of the mass, and the one with E_T^miss, shape (2, subsets).
        first_selection: Where each state's selections start, shape (states + 1,).
        selections: Codes of selections.
    """

    first_subset: Integers
    masks: Integers
    observables: Integers
    variables: Integers
    binnings: Integers
    first_selection: Integers
    selections: Integers

    @classmethod
    def of(cls, menus: tuple[StateMenu, ...]) -> Self:
        """Return the tables of states' menus, at least one."""
        return cls(
            np.cumsum([0, *(len(menu.masks) for menu in menus)]),
            np.concatenate([menu.masks for menu in menus]),
            np.concatenate([menu.observables for menu in menus]),
            np.concatenate([menu.variables for menu in menus]),
            np.stack(
                [
                    np.concatenate([menu.mass_binnings for menu in menus]),
                    np.concatenate([menu.met_binnings for menu in menus]),
                ]
            ),
            np.cumsum([0, *(len(menu.selections) for menu in menus)]),
            np.concatenate([menu.selections for menu in menus]),
        )
