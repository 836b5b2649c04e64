r"""The names of histograms: one grammar, one parser.

A name is a final state, a selection (or none) and a variable, between vertical bars::

    name      = state " | " [ selection " | " ] variable
    state     = ( "none" | count { " " count } ) [ " os" | " ss" ]
    count     = [ ">=" ] number kind
    selection = ( "MET" | "HT" | "pT(" kind ")" ) ">" GeV
    variable  = "m(" objects [ ",MET" ] ")" | "mT(" objects ",MET)"
    objects   = kind place { "," kind place }
    kind      = "e" | "m" | "g" | "j" | "b" | "Z" | "Wh" | "T" | "HM"

Each kind is counted once at the most, up to 15; ``>=0e`` means that electrons are not counted.
Places count from 0 to 3 in falling transverse momentum. ``m(...,MET)`` takes the missing momentum
as a four-vector with pz = 0 and m = 0, ``mT(...,MET)`` is the transverse mass.
"""

from __future__ import annotations

from dataclasses import dataclass

from bumpcast.massscan.naming.finalstate import FinalState, HistogramNameError
from bumpcast.massscan.naming.observable import Observable

SEPARATOR = " | "


@dataclass(frozen=True, slots=True, order=True)
class HistogramName:
    """A histogram of the scan: its final state and what is histogrammed in it."""

    state: FinalState
    observable: Observable

    def __str__(self) -> str:
        selection = self.observable.selection.name
        middle = [selection] if selection else []
        return SEPARATOR.join([self.state.name, *middle, self.observable.name])

    @classmethod
    def from_codes(cls, state: int, observable: int) -> HistogramName:
        """Return the name of a pair of codes."""
        return cls(FinalState.from_code(state), Observable.from_code(observable))

    @property
    def title(self) -> str:
        """The final state and the selection for a plot's title."""
        selection = self.observable.selection.title
        return f"{self.state.title}, {selection}" if selection else self.state.title


def parse_name(name: str) -> HistogramName:
    """Return the histogram that a name means.

    Args:
        name: Such as '2e 1j os | MET>200 | m(e0,e1)'; kinds and objects may stand in any order,
            spaces around bars, commas and '>' are free.

    Raises:
        HistogramNameError: The name does not follow the grammar; the message names the part.
    """
    parts = [part.strip() for part in name.split("|")]
    if len(parts) not in {2, 3}:
        msg = (
            f"{name!r} is not a histogram's name: it has a final state, perhaps a selection, and "
            f"a variable between bars, such as '2e os | m(e0,e1)' or '1m 3j | MET>200 | m(j0,j1)'"
        )
        raise HistogramNameError(msg)
    selection = parts[1] if len(parts) == 3 else ""
    if len(parts) == 3 and not selection:
        msg = f"{name!r} has nothing between its bars: leave one bar out, or name a selection"
        raise HistogramNameError(msg)
    return HistogramName(
        FinalState.from_name(parts[0]), Observable.from_names(parts[-1], selection)
    )
