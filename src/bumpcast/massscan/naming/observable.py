"""What is histogrammed in a final state: a variable of a combination, under a selection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from bumpcast.config.scan import Variable
from bumpcast.errors import did_you_mean
from bumpcast.massscan.naming.finalstate import HistogramNameError
from bumpcast.massscan.naming.kinds import KIND_LABELS, KIND_NUMBER, KINDS, MAX_OBJECTS_PER_KIND

VARIABLES: Final[tuple[Variable, ...]] = ("mass", "transverse_mass", "mass_with_met")
SelectionKind = Literal["", "MET", "HT", "pT"]
SELECTION_KINDS: Final[tuple[SelectionKind, ...]] = ("", "MET", "HT", "pT")

THRESHOLD_BITS: Final = 16
THRESHOLD_STEPS_PER_GEV: Final = 10
SELECTION_BITS: Final = THRESHOLD_BITS + 4 + 2
VARIABLE_SHIFT: Final = SELECTION_BITS
MASK_SHIFT: Final = SELECTION_BITS + 2
"""A code is mask | variable | kind of selection | its object | its threshold, from high to low."""


@dataclass(frozen=True, slots=True, order=True)
class Selection:
    """An extra requirement on the event; the default is none.

    Attributes:
        kind: '' for none, 'MET', 'HT', or 'pT' of the leading object of a kind.
        threshold_GeV: The event's value is above it; a multiple of 0.1 GeV below 6553.6 GeV.
        of: The kind of object, for 'pT'.
    """

    kind: SelectionKind = ""
    threshold_GeV: float = 0.0
    of: str = ""

    def __post_init__(self) -> None:
        steps = self.threshold_GeV * THRESHOLD_STEPS_PER_GEV
        if not 0 <= steps < 2**THRESHOLD_BITS or abs(steps - round(steps)) > 1e-6:
            msg = (
                f"selection threshold {self.threshold_GeV} GeV: thresholds are multiples of 0.1 "
                f"GeV from 0 to 6553.5 GeV"
            )
            raise HistogramNameError(msg)

    @property
    def code(self) -> int:
        """The selection as a whole number below 2^22; none is 0."""
        of = KIND_NUMBER[self.of] if self.of else 0
        steps = round(self.threshold_GeV * THRESHOLD_STEPS_PER_GEV)
        return ((SELECTION_KINDS.index(self.kind) << 4 | of) << THRESHOLD_BITS) | steps

    @classmethod
    @lru_cache(maxsize=4096)
    def from_code(cls, code: int) -> Selection:
        """Return the selection of a code."""
        kind = SELECTION_KINDS[code >> (THRESHOLD_BITS + 4)]
        of = KINDS[(code >> THRESHOLD_BITS) & 15] if kind == "pT" else ""
        return cls(kind, (code & (2**THRESHOLD_BITS - 1)) / THRESHOLD_STEPS_PER_GEV, of)

    @property
    def name(self) -> str:
        """Such as 'MET>200' or 'pT(Z)>100'; empty for none."""
        if not self.kind:
            return ""
        of = f"({self.of})" if self.of else ""
        return f"{self.kind}{of}>{self.threshold_GeV:g}"

    @classmethod
    def from_name(cls, name: str) -> Selection:
        """Return the selection of a name.

        Raises:
            HistogramNameError: It is no selection.
        """
        if not name:
            return cls()
        match = re.fullmatch(r"(?:(MET|HT)|pT\( *([A-Za-z]+) *\)) *> *([0-9]+(?:\.[0-9]+)?)", name)
        if match is None:
            msg = f"{name!r} is not a selection such as 'MET>200', 'HT>500' or 'pT(j)>100'"
            raise HistogramNameError(msg)
        event_value, kind, threshold = str(match[1]), str(match[2]), float(match[3])
        if match[2] is None:
            return cls("MET" if event_value == "MET" else "HT", threshold)
        if kind not in KIND_NUMBER:
            msg = f"{kind!r} in {name!r} is not a kind of object. {did_you_mean(kind, KINDS)}"
            raise HistogramNameError(msg)
        return cls("pT", threshold, kind)

    @property
    def title(self) -> str:
        """The selection for a plot, in LaTeX between dollar signs; empty for none."""
        if not self.kind:
            return ""
        symbol = {"MET": r"E_T^{miss}", "HT": "H_T", "pT": "p_T"}[self.kind]
        of = f"({KIND_LABELS[self.of]})" if self.of else ""
        return rf"${symbol}{of} > {self.threshold_GeV:g}\,\mathrm{{GeV}}$"


@dataclass(frozen=True, slots=True, order=True)
class Combination:
    """A set of objects of the final state, each a kind and its place in falling pT (from 0)."""

    objects: tuple[tuple[str, int], ...]

    @property
    def mask(self) -> int:
        """One bit an object, four bits a kind: below 2^36."""
        return sum(1 << (MAX_OBJECTS_PER_KIND * KIND_NUMBER[k] + i) for k, i in self.objects)

    @classmethod
    @lru_cache(maxsize=65536)
    def from_mask(cls, mask: int) -> Combination:
        """Return the combination of a mask."""
        return cls(
            tuple(
                (kind, index)
                for number, kind in enumerate(KINDS)
                for index in range(MAX_OBJECTS_PER_KIND)
                if mask >> (MAX_OBJECTS_PER_KIND * number + index) & 1
            )
        )

    @property
    def words(self) -> list[str]:
        """The objects as words such as 'e0', 'Wh1'."""
        return [f"{kind}{index}" for kind, index in self.objects]


@dataclass(frozen=True, slots=True, order=True)
class Observable:
    """A variable of a combination under a selection."""

    combination: Combination
    variable: Variable
    selection: Selection = Selection()

    @property
    def code(self) -> int:
        """The observable as one whole number below 2^60."""
        return (
            self.combination.mask << MASK_SHIFT
            | VARIABLES.index(self.variable) << VARIABLE_SHIFT
            | self.selection.code
        )

    @classmethod
    def from_code(cls, code: int) -> Observable:
        """Return the observable of a code."""
        return cls(
            Combination.from_mask(code >> MASK_SHIFT),
            VARIABLES[(code >> VARIABLE_SHIFT) & 3],
            Selection.from_code(code & (2**SELECTION_BITS - 1)),
        )

    @property
    def name(self) -> str:
        """The variable's part of the name: 'm(j0,j1)', 'mT(e0,MET)' or 'm(e0,j0,MET)'."""
        symbol = "mT" if self.variable == "transverse_mass" else "m"
        met = [] if self.variable == "mass" else ["MET"]
        return f"{symbol}({','.join([*self.combination.words, *met])})"

    @classmethod
    def from_names(cls, variable: str, selection: str = "") -> Observable:
        """Return the observable of a variable's and a selection's name.

        Raises:
            HistogramNameError: A part does not follow the grammar.
        """
        match = re.fullmatch(r"(mT|m)\(([^()]+)\)", variable)
        if match is None:
            msg = f"{variable!r} is not a variable such as 'm(j0,j1)' or 'mT(e0,MET)'"
            raise HistogramNameError(msg)
        words = [word.strip() for word in match[2].split(",")]
        with_met = words[-1] == "MET"
        objects = []
        for word in words[:-1] if with_met else words:
            found = re.fullmatch(r"([A-Za-z]+)([0-9])", word)
            if (
                found is None
                or found[1] not in KIND_NUMBER
                or int(found[2]) >= MAX_OBJECTS_PER_KIND
            ):
                msg = (
                    f"{word!r} in {variable!r} is not an object: a kind ({' '.join(KINDS)}) and "
                    f"its place in falling pT from 0 to {MAX_OBJECTS_PER_KIND - 1}, such as "
                    f"'j0'; MET stands last"
                )
                raise HistogramNameError(msg)
            objects.append((KIND_NUMBER[found[1]], int(found[2])))
        if not objects or len(set(objects)) != len(objects):
            msg = f"{variable!r} needs objects, each of them once"
            raise HistogramNameError(msg)
        if match[1] == "mT" and not with_met:
            msg = f"{variable!r}: a transverse mass takes MET as its last object"
            raise HistogramNameError(msg)
        kind: Variable = "mass"
        if with_met:
            kind = "transverse_mass" if match[1] == "mT" else "mass_with_met"
        ordered = tuple((KINDS[number], index) for number, index in sorted(objects))
        return cls(Combination(ordered), kind, Selection.from_name(selection))

    @property
    def axis_title(self) -> str:
        """The mass axis of a plot, in LaTeX, with its unit."""
        words = [
            rf"{{{KIND_LABELS[kind]}}}_{{{index}}}" for kind, index in self.combination.objects
        ]
        if self.variable != "mass":
            words.append(r"E_T^{miss}")
        symbol = "m_T" if self.variable == "transverse_mass" else "m"
        inside = r",\,".join(words)
        return f"${symbol}({inside})$ [GeV]"
