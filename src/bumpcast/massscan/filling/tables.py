"""The tables of a chunk's final states, one after the other, as compiled loops read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from bumpcast.massscan.filling.menu import StateMenu

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MenuTables:
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
