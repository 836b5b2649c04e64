"""The long-lived particles of events, two in each, as columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from bumpcast.surrogates.errors import SurrogateError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

OF_PARTICLE: Final = {
    "lxy": "Lxy",
    "lz": "Lz",
    "eta": "eta",
    "pt": "pT",
    "mass": "mass",
    "child": "child_pdgId",
}
"""What a particle's columns are called in tables, after 'llp1_' or 'llp2_'."""

OF_EVENT: Final = {"boson_pt": "V_pt", "boson_eta": "V_eta", "weight": "weight"}
"""What an event's own columns are called in tables."""


class LlpValueError(SurrogateError):
    """A column holds a value that cannot be."""


@dataclass(frozen=True, eq=False)
class LlpPairs:
    """The long-lived particles (LLPs) of events, two in each.

    An event with one LLP has it twice, and says so in ``copied``.

    Attributes:
        pt: Transverse momenta in GeV; (events, 2).
        eta: Pseudorapidities; (events, 2).
        mass: Masses in GeV; (events, 2).
        child: |PDG number| of what each decays to, the lightest number of its daughters: 5 for
            b quarks, 15 for taus, 21 for gluons; (events, 2).
        weight: Generator weights; (events,).
        copied: Whether the second LLP is a copy of the first; (events,).
        lxy: Distances of the decays from the beam axis in m; (events, 2). None: not known.
        lz: Distances of the decays from the centre along the beam axis in m, not negative;
            (events, 2). None: not known.
        boson_pt: Transverse momentum in GeV of the W or Z boson beside the LLPs; (events,). None:
            there is none, or it is not known.
        boson_eta: Its pseudorapidity; (events,).
        more: Other columns of the events by name; (events,) each.
    """

    pt: Floats
    eta: Floats
    mass: Floats
    child: Integers
    weight: Floats
    copied: Booleans
    lxy: Floats | None = None
    lz: Floats | None = None
    boson_pt: Floats | None = None
    boson_eta: Floats | None = None
    more: Mapping[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def transverse_energy(self) -> Floats:
        """sqrt(pT^2 + m^2) in GeV; (events, 2)."""
        return np.hypot(self.pt, self.mass)

    @property
    def decayed(self) -> bool:
        """Whether it is known where the LLPs decay."""
        return self.lxy is not None and self.lz is not None

    def select(self, which: Any) -> Self:
        """Return some of the events.

        Args:
            which: A slice, a mask or indices.
        """
        return self._each(lambda column: column[which])

    def with_decays(self, lxy: Floats, lz: Floats) -> Self:
        """Return the same events with the decays elsewhere.

        Args:
            lxy: Distances from the beam axis in m; (events, 2).
            lz: Distances along the beam axis in m; (events, 2).
        """
        return replace(self, lxy=lxy, lz=lz)

    def exchanged(self, which: Booleans) -> Self:
        """Return the same events, in some of which the first LLP is the second.

        Of other columns those are exchanged of which there is one that begins with 'llp1_' and one
        that begins with 'llp2_'.

        Args:
            which: In which; (events,).
        """

        def exchange(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
            if column.ndim == 1:
                return column
            return np.where(which[:, None], column[:, ::-1], column)

        more = dict(self.more)
        for name in self.more:
            other = name.replace("llp1_", "llp2_", 1)
            if name.startswith("llp1_") and other in more:
                of_both = exchange(np.stack([self.more[name], self.more[other]], axis=1))
                more[name], more[other] = of_both[:, 0], of_both[:, 1]
        return replace(self._each(exchange), more=more)

    def checked(self, where: str) -> Self:
        """Return this, after a look at every value.

        Args:
            where: What the events were read from, for the message.

        Raises:
            LlpValueError: A value is not finite, or a transverse momentum, mass, distance or decay
                is below what it can be; the message names the column and the first such event.
        """
        for name, word in OF_PARTICLE.items():
            column = getattr(self, name)
            for llp in (0, 1) if column is not None else ():
                _check(column[:, llp], name, f"llp{llp + 1}_{word}", where)
        for name, word in OF_EVENT.items():
            column = getattr(self, name)
            if column is not None:
                _check(column, name, word, where)
        for name, column in self.more.items():
            _check(column, name, name, where)
        return self

    def _each(self, change: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> Self:
        changed: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, np.ndarray):
                changed[one.name] = change(value)
        changed["more"] = {name: change(column) for name, column in self.more.items()}
        return replace(self, **changed)


def concatenated(parts: Sequence[LlpPairs]) -> LlpPairs:
    """Return the events of several, one after the other.

    Args:
        parts: At least one; what one of them does not know, the sum does not know either.
    """
    columns: dict[str, Any] = {}
    for one in fields(LlpPairs):
        values = [getattr(part, one.name) for part in parts]
        if one.name == "more":
            names = [name for name in values[0] if all(name in value for value in values)]
            columns["more"] = {name: np.concatenate([v[name] for v in values]) for name in names}
        else:
            known = all(value is not None for value in values)
            columns[one.name] = np.concatenate(values) if known else None
    return LlpPairs(**columns)


_LEAST: Final[Mapping[str, tuple[float, str]]] = {
    "pt": (0.0, "a transverse momentum is not negative"),
    "mass": (0.0, "a mass is not negative"),
    "lxy": (0.0, "a distance is not negative"),
    "lz": (0.0, "Lz is |z| of the decay"),
    "child": (1, "it is the |PDG number| of a decay product"),
    "boson_pt": (0.0, "a transverse momentum is not negative"),
}


def _check(column: npt.NDArray[Any], name: str, word: str, where: str) -> None:
    wrong = ~np.isfinite(column)
    reason = "a number has to be finite"
    if not wrong.any() and name in _LEAST:
        least, reason = _LEAST[name]
        wrong = column < least
    if wrong.any():
        first = int(np.argmax(wrong))
        count = int(np.count_nonzero(wrong))
        more = f" and in {count - 1:,} more events" if count > 1 else ""
        msg = f"{where}, column {word}: {column[first]:g} in event {first}{more}; {reason}"
        raise LlpValueError(msg)
