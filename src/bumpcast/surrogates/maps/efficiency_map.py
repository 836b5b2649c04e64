"""A map: how probable it is that a search selects an event, by the bins of its two LLPs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from bumpcast.surrogates.domain import Domain
from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.llps import Booleans, Floats, Integers, LlpPairs
from bumpcast.surrogates.maps.binning import LlpBinning
from bumpcast.surrogates.model.card import NOT_SELECTED

_ROUNDING: Final = 1e-9
"""By so much the probabilities of a pair of bins may add up to more than one."""


class EfficiencyMapError(SurrogateError):
    """A map is not one."""


@dataclass(frozen=True, eq=False)
class EfficiencyMap:
    """Probabilities of every pair of bins; it does not matter which LLP is the first.

    A pair of bins that training events did not reach has the probability zero, as in the published
    maps; `outside` tells of such events.

    Attributes:
        name: What it is called; one line.
        classes: In the order of the probabilities, first 'not selected'.
        binning: Of each LLP.
        table: Probabilities of the selected classes; (classes - 1, bins, bins), symmetric.
        description: Of what search it is, and where it is from.
        errors: Standard deviations of the table from the number of training events; the same shape.
            None: not known.
        filled: Which pairs of bins training events reached; (bins, bins), symmetric. None: not
            known.
        relative_uncertainty: Of the selected classes' efficiencies. None: not known.
        mean_lxy_m: Lowest and highest mean Lxy in m of a sample's LLPs with |eta| < 1.5 for which
            the map is to be used; None: any.
        mean_lz_m: Lowest and highest mean Lz in m of those further forward; None: any.

    Raises:
        EfficiencyMapError: Something of this is not so; the message says what.
    """

    name: str
    classes: tuple[str, ...]
    binning: LlpBinning
    table: Floats
    description: str = ""
    errors: Floats | None = None
    filled: Booleans | None = None
    relative_uncertainty: tuple[float, ...] | None = None
    mean_lxy_m: tuple[float, float] | None = None
    mean_lz_m: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        _check_names(self.name, self.classes)
        bins = len(self.binning)
        shape = (len(self.classes) - 1, bins, bins)
        for what, values, wanted in (
            ("the table", self.table, shape),
            ("the errors", self.errors, shape),
            ("what is filled", self.filled, shape[1:]),
        ):
            if values is not None and values.shape != wanted:
                msg = (
                    f"map {self.name!r}: {what} is of shape {values.shape}, and has to be {wanted}"
                )
                raise EfficiencyMapError(msg)
            if values is not None and not _symmetric(values):
                msg = f"map {self.name!r}: {what} is not the same when both LLPs are exchanged"
                raise EfficiencyMapError(msg)
        self._check_values()
        self._check_uncertainty()

    @property
    def uncertainty(self) -> Floats:
        """Relative uncertainties of the selected classes' efficiencies; (classes - 1,).

        NaN where they are not known.
        """
        if self.relative_uncertainty is None:
            return np.full(len(self.classes) - 1, np.nan)
        return np.array(self.relative_uncertainty)

    @property
    def domain(self) -> Domain:
        """What samples it is of; pairs of bins that training did not reach are in `outside`."""
        return Domain({}, self.binning.flavours, self.mean_lxy_m, self.mean_lz_m)

    def probabilities(self, pairs: LlpPairs, where: str = "the events") -> Floats:
        """Return how probable each class is for each event.

        Args:
            pairs: The events, decayed.
            where: What they were read from, for messages.

        Returns:
            float64 of shape (events, classes); rows add up to one.

        Raises:
            LlpBinningError: It is not known where the LLPs decay, or there is no bin of what they
                decay to.
        """
        return self._rows[self._cells(pairs, where)]

    def outside(self, pairs: LlpPairs, where: str = "the events") -> Booleans:
        """Return which events the training had nothing like; (events,).

        These are in a pair of bins that no training event reached, as far as that is known, or have
        an LLP above a last edge.

        Args:
            pairs: The events, decayed.
            where: What they were read from, for messages.

        Raises:
            LlpBinningError: See `probabilities`.
        """
        out = self.binning.beyond(pairs, where)
        if self.filled is not None:
            out |= ~self.filled.ravel()[self._cells(pairs, where)]
        return out

    def stored(self) -> tuple[Integers, Integers]:
        """Return the pairs of bins of which there is something to say, the larger number first.

        Returns:
            Numbers of bins (a, b), a >= b, by a and then b: where training events were, or a
            probability is not zero.
        """
        told = np.any(self.table != 0, axis=0)
        if self.filled is not None:
            told |= self.filled
        a, b = np.nonzero(np.tril(told))
        return a, b

    def of_bins(self, first: Integers, second: Integers) -> Floats:
        """Return the probabilities of pairs of bins.

        Args:
            first: Numbers of bins; (pairs,).
            second: Likewise.

        Returns:
            float64 of shape (pairs, classes).
        """
        rows: Floats = self._rows[first * len(self.binning) + second]
        return rows

    @cached_property
    def _rows(self) -> Floats:
        """Probabilities of all classes by cell; (bins * bins, classes)."""
        bins = len(self.binning)
        rows = np.empty((bins * bins, len(self.classes)))
        rows[:, 1:] = self.table.reshape(len(self.classes) - 1, -1).T
        rows[:, 0] = np.maximum(1.0 - rows[:, 1:].sum(axis=1), 0.0)
        return rows

    def _cells(self, pairs: LlpPairs, where: str) -> Integers:
        numbers = self.binning.indices(pairs, where)
        cells: Integers = numbers[:, 0] * len(self.binning) + numbers[:, 1]
        return cells

    def _check_uncertainty(self) -> None:
        values = self.relative_uncertainty
        if values is None:
            return
        if len(values) != len(self.classes) - 1 or not all(0 <= value < np.inf for value in values):
            msg = (
                f"map {self.name!r}: relative uncertainties {values}: each of "
                f"{', '.join(self.classes[1:])} has one, not negative"
            )
            raise EfficiencyMapError(msg)

    def _check_values(self) -> None:
        wrong = ~((self.table >= 0) & (self.table <= 1)).all(axis=0)
        reason = "a probability is from 0 to 1"
        if not wrong.any():
            wrong = self.table.sum(axis=0) > 1 + _ROUNDING
            reason = "together they are at most 1"
        if not wrong.any() and self.errors is not None:
            wrong = ~((self.errors >= 0) & np.isfinite(self.errors)).all(axis=0)
            reason = "an error is not negative, and finite"
        if not wrong.any() and self.filled is not None:
            wrong = ~self.filled & (self.table != 0).any(axis=0)
            reason = "it is not zero where no training event was"
        if wrong.any():
            a, b = (int(numbers[0]) for numbers in np.nonzero(wrong))
            values = ", ".join(f"{value:g}" for value in self.table[:, a, b])
            msg = (
                f"map {self.name!r}: {values} for {', '.join(self.classes[1:])} with an LLP in bin "
                f"{a} ({self.binning.label(a)}) and one in bin {b} ({self.binning.label(b)}); "
                f"{reason}"
            )
            raise EfficiencyMapError(msg)


def check_classes(classes: Sequence[str]) -> None:
    """Do nothing if these can be the classes of a map.

    Raises:
        EfficiencyMapError: The first is not 'not selected', there is no other, or one stands twice.
    """
    if len(classes) < 2 or classes[0] != NOT_SELECTED or len(set(classes)) < len(classes):
        msg = (
            f"classes {', '.join(repr(name) for name in classes)}: the first is {NOT_SELECTED!r}, "
            "there is at least one more, and no two are the same"
        )
        raise EfficiencyMapError(msg)


def _check_names(name: str, classes: Sequence[str]) -> None:
    check_classes(classes)
    if not name or "\n" in name:
        msg = f"a map's name is one line, and not {name!r}"
        raise EfficiencyMapError(msg)


def _symmetric(values: Any) -> bool:
    return np.array_equal(values, np.swapaxes(values, -1, -2), equal_nan=True)
