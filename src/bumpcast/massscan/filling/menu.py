"""What is filled for each final state: the tables that the kernel walks through."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bumpcast.config.binning import BinningConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.errors import BumpcastError
from bumpcast.massscan.binning.binning import Binning, Content
from bumpcast.massscan.filling.lookup import EdgePool
from bumpcast.massscan.naming.finalstate import FinalState
from bumpcast.massscan.naming.kinds import KIND_NUMBER, KINDS
from bumpcast.massscan.naming.observable import (
    MASK_SHIFT,
    VARIABLES,
    Combination,
    Observable,
    Selection,
)

MASS_FLAG, TRANSVERSE_FLAG, WITH_MET_FLAG = (1 << number for number in range(len(VARIABLES)))
SINGLE_JET_KINDS = ("Wh", "T", "HM")
MAX_STATE_OBJECTS = 24


class TooManyObjectsError(BumpcastError):
    """An event holds more objects than combinations can be made of."""

    permanent = True


@dataclass(frozen=True, slots=True)
class StateMenu:
    """What is filled for one final state.

    Attributes:
        objects: Per kind, how many leading objects may stand in combinations, shape (9,).
        first_bit: Per kind, the bit of its leading object in ``masks``, shape (9,).
        masks: Subsets of the state's objects, one bit each, rising, shape (subsets,).
        observables: Each subset's observable code without variable and selection.
        variables: Each subset's variables as flags.
        mass_binnings: Each subset's binning of the mass, a number in the edge pool.
        met_binnings: Each subset's binning with E_T^miss, likewise; -1 where none is needed.
        selections: Codes of the state's selections, rising, the first that of no selection.
        selection_numbers: Each selection's number in ``Menu.selections``.
    """

    objects: npt.NDArray[np.int64]
    first_bit: npt.NDArray[np.int64]
    masks: npt.NDArray[np.int64]
    observables: npt.NDArray[np.int64]
    variables: npt.NDArray[np.int64]
    mass_binnings: npt.NDArray[np.int64]
    met_binnings: npt.NDArray[np.int64]
    selections: npt.NDArray[np.int64]
    selection_numbers: npt.NDArray[np.int64]


class Menu:
    """Final states' tables for one configuration, made when a state is first seen.

    Args:
        scan: The table [scan].
        binning: The table [binning].
    """

    def __init__(self, scan: ScanConfig, binning: BinningConfig) -> None:
        self.scan = scan
        self.binning = Binning(binning)
        self.edge_pool = EdgePool(self.binning)
        self._states: dict[int, StateMenu] = {}

    @cached_property
    def open_from(self) -> npt.NDArray[np.int64]:
        """Per kind the count from which a state is open, shape (9,)."""
        return np.array([getattr(self.scan.open_from, kind) for kind in KINDS])

    @cached_property
    def objects_per_kind(self) -> npt.NDArray[np.int64]:
        """Per kind how many leading objects may stand in combinations, shape (9,).

        Never more than an open state is sure to hold: a state's events share one list of objects.
        """
        limits = np.array([getattr(self.scan.objects_per_kind, kind) for kind in KINDS])
        sure: npt.NDArray[np.int64] = np.minimum(limits, self.open_from)
        return sure

    @cached_property
    def selections(self) -> tuple[Selection, ...]:
        """Every selection of any state, in rising code; the first is none."""
        config = self.scan.selections
        made = [Selection()]
        made += [Selection("MET", threshold) for threshold in config.met_min_GeV]
        made += [Selection("HT", threshold) for threshold in config.ht_min_GeV]
        made += [
            Selection("pT", threshold, kind)
            for kind in KINDS
            for threshold in config.leading_pt_min_GeV
        ]
        return tuple(sorted(set(made), key=lambda selection: selection.code))

    def state(self, code: int) -> StateMenu:
        """Return the tables of a final state.

        Args:
            code: The final state's code.
        """
        known = self._states.get(code)
        if known is None:
            known = self._states[code] = self._make(FinalState.from_code(code))
        return known

    def _make(self, state: FinalState) -> StateMenu:
        objects = np.minimum(np.asarray(state.counts), self.objects_per_kind)
        for kind in ("j", "b"):
            number = KIND_NUMBER[kind]
            objects[number] = min(objects[number], self.scan.leading_jets)
        first_bit = np.concatenate([[0], np.cumsum(objects)[:-1]])
        listed: list[tuple[str, int]] = [
            (kind, i) for kind, n in zip(KINDS, objects, strict=True) for i in range(n)
        ]
        if len(listed) > MAX_STATE_OBJECTS:
            msg = (
                f"final state {state.name!r} has {len(listed)} objects that may be combined, more "
                f"than {MAX_STATE_OBJECTS}: tighten the object cuts or lower scan.objects_per_kind"
            )
            raise TooManyObjectsError(msg)
        largest = self.scan.combination_max_size or len(listed)
        # The combination of no objects counts the state's events, under each selection.
        rows = [(0, 0, MASS_FLAG, *self._binnings([], MASS_FLAG))]
        for mask in range(1, 1 << len(listed)):
            if mask.bit_count() > largest:
                continue
            chosen = [listed[bit] for bit in range(len(listed)) if mask >> bit & 1]
            kinds = [kind for kind, _ in chosen]
            flags = self._variables(kinds)
            if not flags or kinds.count("j") + kinds.count("b") > self.scan.leading_jets:
                continue
            observable = Combination(tuple(chosen)).mask << MASK_SHIFT
            rows.append((mask, observable, flags, *self._binnings(kinds, flags)))
        masks, observables, variables, mass, met = (
            np.array(rows, dtype=np.int64).reshape(-1, 5).T.copy()
        )
        held = {kind for kind, count in zip(KINDS, state.counts, strict=True) if count}
        numbers = [n for n, s in enumerate(self.selections) if not s.of or s.of in held]
        return StateMenu(
            objects,
            first_bit,
            masks,
            observables,
            variables,
            mass,
            met,
            selections=np.array([self.selections[n].code for n in numbers]),
            selection_numbers=np.array(numbers),
        )

    def _variables(self, kinds: list[str]) -> int:
        """Return the flags of the variables that a combination of these kinds is filled in."""
        if len(kinds) > 1:
            return sum(1 << VARIABLES.index(variable) for variable in self.scan.variables)
        flags = 0
        if self.scan.single_jet_masses and kinds[0] in SINGLE_JET_KINDS:
            flags |= MASS_FLAG
        if self.scan.single_transverse_masses:
            flags |= TRANSVERSE_FLAG
        return flags

    def _binnings(self, kinds: list[str], flags: int) -> tuple[int, int]:
        """Return the numbers of a combination's binnings in the edge pool, -1 where unused."""
        mass = met = -1
        if flags & MASS_FLAG:
            mass = self.edge_pool.number(self.binning.content(kinds))
        if flags & (TRANSVERSE_FLAG | WITH_MET_FLAG):
            met = self.edge_pool.number(self.binning.content(kinds, with_met=True))
        return mass, met

    def content(self, observable: int) -> Content:
        """Return what decides the binning of an observable's histogram.

        Args:
            observable: The observable's code.
        """
        made = Observable.from_code(observable)
        return self.binning.content(
            [kind for kind, _ in made.combination.objects], with_met=made.variable != "mass"
        )
