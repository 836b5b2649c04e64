"""Resonance peaks: where they are and how wide.

Of the masses inside a window, the middle is the median and the width half of the range of the
central 68 %.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt

from benchmarks.against_delphes.distributions import (
    ELECTRON_MASS_GEV,
    MUON_MASS_GEV,
    leading_pair,
    lepton_pair,
)
from benchmarks.against_delphes.reading import Events, event_numbers, flat, pair_mass
from benchmarks.against_delphes.statistics import Shapes, shapes

Array = npt.NDArray[Any]

_LEAST: Final = 40
"""Masses that a peak must have."""


@dataclass(frozen=True, slots=True)
class Peak:
    """A resonance in a sample.

    Attributes:
        sample: Part of the sample's name.
        name: Of the resonance, in tables.
        window_GeV: Range of masses that are looked at.
        column: The masses: a list an event.
    """

    sample: str
    name: str
    window_GeV: tuple[float, float]
    column: Callable[[Events], Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A peak in both observations.

    Attributes:
        peak: Which.
        number: Masses inside the window: ours for each of Delphes's.
        shapes: Their middle and width in GeV.
    """

    peak: Peak
    number: int
    shapes: Shapes


def _leptoquark(events: Events) -> Any:
    """Return both masses of the pairing of two muons and two jets in which they differ least."""
    muons, jets = events.objects("Muon"), events.objects("jet")
    enough = (ak.num(muons) >= 2) & (ak.num(jets) >= 2)
    muons, jets = muons[enough][:, :2], jets[enough][:, :2]
    straight = [pair_mass(muons[:, i], jets[:, i]) for i in (0, 1)]
    crossed = [pair_mass(muons[:, i], jets[:, 1 - i]) for i in (0, 1)]
    better = abs(straight[0] - straight[1]) < abs(crossed[0] - crossed[1])
    masses = [ak.where(better, one, other) for one, other in zip(straight, crossed, strict=True)]
    both = np.stack([ak.to_numpy(column) for column in masses], axis=1)
    return ak.unflatten(both.ravel(), 2 * ak.to_numpy(enough).astype(np.int64))


def _groomed(column: str) -> Callable[[Events], Any]:
    def masses(events: Events) -> Any:
        return events.column("FatJet", column)[events.column("FatJet", "PT") > 350]

    return masses


_EE = lepton_pair("Electron", ELECTRON_MASS_GEV)
_MUMU = lepton_pair("Muon", MUON_MASS_GEV)
_JJ = leading_pair("jet")
_LARGE = leading_pair("FatJet")

PEAKS: Final = (
    Peak("zjets_ll", "Z → ee", (81.0, 101.0), _EE),
    Peak("zjets_ll", "Z → μμ", (81.0, 101.0), _MUMU),
    Peak("zz", "Z → ee", (81.0, 101.0), _EE),
    Peak("zz", "Z → μμ", (81.0, 101.0), _MUMU),
    Peak("zprime_ll_400", "Z' → ee", (320.0, 440.0), _EE),
    Peak("zprime_ll_400", "Z' → μμ", (320.0, 440.0), _MUMU),
    Peak("zprime_ll_2000", "Z' → ee", (1600.0, 2200.0), _EE),
    Peak("zprime_ll_2000", "Z' → μμ", (1600.0, 2200.0), _MUMU),
    Peak("qstar_1200", "q* → jj", (850.0, 1400.0), _JJ),
    Peak("qstar_3000", "q* → jj", (2200.0, 3400.0), _JJ),
    Peak("lq_bmu", "LQ → bμ", (700.0, 1200.0), _leptoquark),
    Peak("zprime_tt", "Z' → tt, large jets", (700.0, 1150.0), _LARGE),
    Peak("zprime_tt", "t, trimmed mass", (120.0, 220.0), _groomed("TrimmedMass")),
    Peak("zprime_tt", "t, pruned mass", (120.0, 220.0), _groomed("PrunedMass")),
    Peak("zprime_tt", "t, soft-drop mass", (120.0, 220.0), _groomed("SoftDroppedMass")),
)


def peaks(sample: str, ours: list[Events], delphes: Events) -> list[Found]:
    """Return the peaks of a sample.

    Args:
        sample: Its name.
        ours: Our observations of the same events, with different random numbers.
        delphes: Delphes's.
    """
    wanted = [peak for peak in PEAKS if peak.sample in sample]
    found = [_compare(peak, ours, delphes) for peak in wanted]
    return [one for one in found if one is not None]


def _compare(peak: Peak, ours: list[Events], delphes: Events) -> Found | None:
    theirs = _inside(peak, delphes)
    mine = [_inside(peak, one) for one in ours]
    masses = np.concatenate([values for values, _ in mine])
    events = np.concatenate([numbers for _, numbers in mine])
    if len(theirs[0]) < _LEAST or len(masses) < _LEAST:
        return None
    return Found(peak, len(theirs[0]), shapes((masses, events), theirs, len(delphes)))


def _inside(peak: Peak, events: Events) -> tuple[Array, Array]:
    column = peak.column(events)
    low, high = peak.window_GeV
    column = column[(column > low) & (column < high)]
    return flat(column), event_numbers(column)
