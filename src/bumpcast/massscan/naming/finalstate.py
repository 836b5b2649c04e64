"""Final states: how many objects of each kind an event holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from bumpcast.errors import BumpcastError, did_you_mean
from bumpcast.massscan.naming.kinds import KIND_LABELS, KIND_NUMBER, KINDS

ChargeSplit = Literal["", "os", "ss"]

COUNT_BITS: Final = 5
"""Bits of one kind in a final state's code: four of its count, one that says 'or more'."""

OPEN_BIT: Final = 16
MAX_COUNT: Final = OPEN_BIT - 1
CHARGE_SHIFT: Final = COUNT_BITS * len(KINDS)
CHARGES: Final[tuple[ChargeSplit, ...]] = ("", "os", "ss")
EMPTY_NAME: Final = "none"


class HistogramNameError(BumpcastError):
    """A name does not follow the grammar of docs/results.md."""


@dataclass(frozen=True, slots=True, order=True)
class FinalState:
    """Exclusive counts of the nine kinds.

    Attributes:
        counts: Objects of each kind, in the order of KINDS.
        open_counts: For each kind whether the count means 'this many or more'.
        charge: 'os' or 'ss' for two-lepton states split by charge, else empty.
    """

    counts: tuple[int, ...]
    open_counts: tuple[bool, ...]
    charge: ChargeSplit = ""

    @property
    def code(self) -> int:
        """The state as one whole number below 2^47; equal states have equal codes."""
        code = CHARGES.index(self.charge) << CHARGE_SHIFT
        for number, (count, is_open) in enumerate(zip(self.counts, self.open_counts, strict=True)):
            code |= (count + (OPEN_BIT if is_open else 0)) << (COUNT_BITS * number)
        return code

    @classmethod
    @lru_cache(maxsize=65536)
    def from_code(cls, code: int) -> FinalState:
        """Return the state of a code."""
        fields = [(code >> (COUNT_BITS * number)) & 31 for number in range(len(KINDS))]
        return cls(
            tuple(field & (OPEN_BIT - 1) for field in fields),
            tuple(bool(field & OPEN_BIT) for field in fields),
            CHARGES[code >> CHARGE_SHIFT],
        )

    @property
    def name(self) -> str:
        """Such as '2e 1j os' or '1m >=6j'; 'none' for a state without objects.

        '>=0e' stands where a configuration tells no numbers of electrons apart.
        """
        words = [
            f"{'>=' if is_open else ''}{count}{kind}"
            for kind, count, is_open in zip(KINDS, self.counts, self.open_counts, strict=True)
            if count or is_open
        ]
        return " ".join([*(words or [EMPTY_NAME]), *([self.charge] if self.charge else [])])

    @classmethod
    def from_name(cls, name: str) -> FinalState:
        """Return the state of a name.

        Args:
            name: Such as '2e 1j os'; kinds may stand in any order.

        Raises:
            HistogramNameError: A word is no count of a known kind, or says again what another one
                has said.
        """
        counts = [0] * len(KINDS)
        open_counts = [False] * len(KINDS)
        words = name.split()
        charge: ChargeSplit = ""
        if len(words) > 1 and words[-1] in CHARGES:
            charge = "os" if words.pop() == "os" else "ss"
        if words == [EMPTY_NAME]:
            return cls(tuple(counts), tuple(open_counts), charge)
        if not words:
            msg = f"a final state is missing: counts such as '2e 1j', or {EMPTY_NAME!r}"
            raise HistogramNameError(msg)
        seen = set()
        for word in words:
            match = re.fullmatch(r"(>=)?([0-9]+)([A-Za-z]+)", word)
            if match is None or match[3] not in KIND_NUMBER:
                asked = match[3] if match else word
                msg = (
                    f"{word!r} in final state {name!r} is not a count and a kind such as '2e' or "
                    f"'>=6j'. {did_you_mean(asked, KINDS)}"
                )
                raise HistogramNameError(msg)
            number = KIND_NUMBER[match[3]]
            if number in seen:
                msg = f"final state {name!r} counts {match[3]!r} twice"
                raise HistogramNameError(msg)
            if int(match[2]) > MAX_COUNT:
                msg = f"{word!r} in final state {name!r}: the largest count is {MAX_COUNT}"
                raise HistogramNameError(msg)
            seen.add(number)
            counts[number] = int(match[2])
            open_counts[number] = match[1] is not None
        return cls(tuple(counts), tuple(open_counts), charge)

    @property
    def title(self) -> str:
        """The state for a plot, in LaTeX between dollar signs."""
        words = [
            (r"\geq " if is_open else "") + rf"{count}\,{KIND_LABELS[kind]}"
            for kind, count, is_open in zip(KINDS, self.counts, self.open_counts, strict=True)
            if count or is_open
        ]
        text = r"\ +\ ".join(words) if words else r"\mathrm{no\ object}"
        suffix = rf"\ \mathrm{{({self.charge.upper()})}}" if self.charge else ""
        return f"${text}{suffix}$"
