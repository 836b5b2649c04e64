"""How files of events are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class ReadOptions:
    """How files of events are read; every kind of file heeds what it has a use for.

    Attributes:
        tree: Name of the tree of a ROOT file; None: "Delphes", or else the only one there is.
        llp_pdg: PDG numbers of the long-lived particles (LLPs) in a truth record, antiparticles
            included; of two different ones, either may be the first of an event.
        boson_pdg: PDG numbers of the vector boson in a truth record.
        boson: Whether that boson is wanted. A table's V_pt and V_eta are read wherever they are.
        decays: Whether decay positions are wanted. False leaves them out, for those who draw the
            decays at another lifetime anyway, and for LLPs that the generator left stable.
        columns: What a file calls columns, by our names: {"llp1_pT": "scalar_pt"}.
        momentum_unit: Of momenta and masses; they are converted. None: GeV, and a look at whether
            that can be.
        length_unit: Of lengths; they are converted. None: m, and a look at whether that can be; mm
            in a truth record of Delphes's layout, which defines it.
        child: |PDG number| of what LLPs decay to, where the file does not say it.
        more: Other columns to carry, one number an event.
        bad_events: What to do with events of a truth record that have no LLP, or more than two, or
            no boson where one is wanted: "fail", or "skip" to leave them out and count them.
        seed: Of the order of two different LLPs.
    """

    tree: str | None = None
    llp_pdg: tuple[int, ...] = (35,)
    boson_pdg: tuple[int, ...] = (23, 24)
    boson: bool = False
    decays: bool = True
    columns: Mapping[str, str] = field(default_factory=dict)
    momentum_unit: Literal["GeV", "MeV"] | None = None
    length_unit: Literal["m", "mm"] | None = None
    child: int | None = None
    more: tuple[str, ...] = ()
    bad_events: Literal["fail", "skip"] = "fail"
    seed: int = 0
