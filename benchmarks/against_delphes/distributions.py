"""What is compared: for each quantity its values, event by event, and the bins of its plot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt

from benchmarks.against_delphes.reading import Events, event_numbers, flat, pair_mass

Array = npt.NDArray[Any]

KINDS: Final = {
    "electron": "Electron",
    "muon": "Muon",
    "photon": "Photon",
    "jet": "jet",
    "b jet": "b jet",
    "tau jet": "tau jet",
    "large jet": "FatJet",
}
"""Names of this page for the objects of a file."""

ELECTRON_MASS_GEV: Final = 0.000511
MUON_MASS_GEV: Final = 0.105658
LONG_LIVED: Final = "llp"
"""In the name of samples whose jets are worth a look at where they come from."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A quantity.

    Attributes:
        name: In tables.
        axis: Its axis in a plot.
        column: Its values: a list an event.
        quantile: The plot's axis ends where this share of Delphes's values is below.
        low: Where the plot's axis begins.
        whole: Whether it counts something.
        summed: Whether its sum says more than the number of its values, as where every event has
            one.
        logarithmic: Whether its plot is.
    """

    name: str
    axis: str
    column: Callable[[Events], Any]
    quantile: float = 0.995
    low: float | None = None
    whole: bool = False
    summed: bool = False
    logarithmic: bool = False

    def values(self, events: Events) -> tuple[Array, Array]:
        """Return the values of a file and the numbers of their events."""
        column = self.column(events)
        return flat(column), event_numbers(column)

    def edges(self, delphes: Array) -> Array:
        """Return the bins of the plot for what Delphes has."""
        high = float(np.quantile(delphes, self.quantile)) if len(delphes) else 1.0
        if self.whole:
            return np.arange(-0.5, max(high, 2.0) + 1.5)
        low = self.low if self.low is not None else float(np.quantile(delphes, 1 - self.quantile))
        return np.linspace(low, max(high, low + 1e-6), 31 if len(delphes) > 400 else 16)


def _count(kind: str) -> Callable[[Events], Any]:
    return lambda events: ak.num(events.objects(kind))[:, np.newaxis]


def _of(kind: str, column: str) -> Callable[[Events], Any]:
    return lambda events: events.objects(kind)[column]


def _single(collection: str, column: str) -> Callable[[Events], Any]:
    return lambda events: events.column(collection, column)


def lepton_pair(kind: str, mass: float) -> Callable[[Events], Any]:
    """Return the mass of the two hardest leptons of a kind where their charges are opposite."""

    def masses(events: Events) -> Any:
        leptons = events.objects(kind)
        leptons = ak.with_field(leptons, ak.full_like(leptons.PT, mass), "Mass")
        leptons = leptons[ak.argsort(leptons.PT, ascending=False)]
        two = leptons[ak.num(leptons) >= 2][:, :2]
        opposite = ak.sum(two.Charge, axis=1) == 0
        return _at(ak.num(leptons) >= 2, pair_mass(two[:, 0], two[:, 1]), opposite)

    return masses


def leading_pair(kind: str) -> Callable[[Events], Any]:
    """Return the mass of the two hardest objects of a kind."""

    def masses(events: Events) -> Any:
        objects = events.objects(kind)
        two = objects[ak.num(objects) >= 2][:, :2]
        return _at(ak.num(objects) >= 2, pair_mass(two[:, 0], two[:, 1]), None)

    return masses


def _at(there: Any, values: Any, kept: Any) -> Any:
    """Put one value an event back into lists of none or one an event."""
    counts = ak.to_numpy(there).astype(np.int64)
    if kept is not None:
        counts[counts > 0] = ak.to_numpy(kept)
        values = values[kept]
    return ak.unflatten(ak.to_numpy(values), counts)


def _groomed(column: str) -> Callable[[Events], Any]:
    # A single particle is left of some jets: rounding decides whether its mass is 0 or a few MeV.
    def masses(events: Events) -> Any:
        found = events.column("FatJet", column)
        return ak.where(found > 0.5, found, 0.0)

    return masses


def _ratio_of_tau(first: int) -> Callable[[Events], Any]:
    def ratios(events: Events) -> Any:
        tau = events.column("FatJet", "Tau_5")
        below = tau[:, :, first - 1]
        return ak.where(below > 0, tau[:, :, first] / ak.where(below > 0, below, 1.0), 0.0)

    return ratios


def _objects() -> list[Distribution]:
    found = []
    for name, kind in KINDS.items():
        found.append(
            Distribution(
                f"number of {name}s",
                f"{name}s",
                _count(kind),
                whole=True,
                summed=True,
                logarithmic=True,
            )
        )
        axis = f"{name} $p_T$ [GeV]"
        found.append(Distribution(f"{name} pT", axis, _of(kind, "PT"), logarithmic=True))
        found.append(Distribution(f"{name} eta", rf"{name} $\eta$", _of(kind, "Eta"), 1.0))
    return found


def _jets() -> list[Distribution]:
    def jet(column: str) -> Callable[[Events], Any]:
        return _single("Jet", column)

    return [
        Distribution("jet mass", "jet mass [GeV]", jet("Mass"), low=0.0, logarithmic=True),
        Distribution("jet charged", "charged in jet", jet("NCharged"), whole=True),
        Distribution("jet neutral", "neutral in jet", jet("NNeutrals"), whole=True),
        Distribution(
            "jet electromagnetic share",
            r"$E_\mathrm{em}/E$ of jet",
            lambda events: 1 / (1 + events.column("Jet", "EhadOverEem")),
            1.0,
        ),
    ]


def _large_jets() -> list[Distribution]:
    found = [
        Distribution(
            f"large jet {name}",
            f"large jet {title} [GeV]",
            _groomed(column),
            low=0.0,
            logarithmic=True,
        )
        for name, title, column in (
            ("mass", "mass", "Mass"),
            ("trimmed mass", "trimmed mass", "TrimmedMass"),
            ("pruned mass", "pruned mass", "PrunedMass"),
            ("soft-drop mass", "soft-drop mass", "SoftDroppedMass"),
        )
    ]
    for n in (1, 2):
        axis = rf"large jet $\tau_{n + 1}/\tau_{n}$"
        found.append(Distribution(f"large jet tau{n + 1}{n}", axis, _ratio_of_tau(n), low=0.0))
    found.append(
        Distribution(
            "large jet subjets",
            "trimmed subjets",
            _single("FatJet", "NSubJetsTrimmed"),
            whole=True,
        )
    )
    return found


def _events() -> list[Distribution]:
    electrons = lepton_pair("Electron", ELECTRON_MASS_GEV)
    muons = lepton_pair("Muon", MUON_MASS_GEV)
    met = r"$E_T^\mathrm{miss}$"
    return [
        Distribution(
            "MET",
            f"{met} [GeV]",
            _single("MissingET", "MET"),
            low=0.0,
            summed=True,
            logarithmic=True,
        ),
        Distribution("MET phi", rf"$\phi$ of {met}", _single("MissingET", "Phi"), 1.0),
        Distribution(
            "HT", "$H_T$ [GeV]", _single("ScalarHT", "HT"), low=0.0, summed=True, logarithmic=True
        ),
        Distribution("m(ee)", "$m(ee)$ [GeV]", electrons, 0.98, logarithmic=True),
        Distribution("m(mumu)", r"$m(\mu\mu)$ [GeV]", muons, 0.98, logarithmic=True),
        Distribution("m(jj)", "$m(jj)$ [GeV]", leading_pair("jet"), logarithmic=True),
        Distribution(
            "m(gamma gamma)", r"$m(\gamma\gamma)$ [GeV]", leading_pair("Photon"), logarithmic=True
        ),
        Distribution("m(JJ)", "$m(JJ)$ [GeV]", leading_pair("FatJet"), logarithmic=True),
    ]


def _displaced() -> list[Distribution]:
    found = [
        Distribution(
            "jet time", "jet time [ns]", lambda events: 1e9 * events.column("Jet", "T"), 0.99
        ),
    ]
    for name, kind in (("electron", "Electron"), ("muon", "Muon")):
        column = _absolute(kind, "D0")
        axis = f"{name} $|d_0|$ [mm]"
        found.append(Distribution(f"{name} |d0|", axis, column, 0.95, logarithmic=True))
    return found


def _absolute(collection: str, column: str) -> Callable[[Events], Any]:
    return lambda events: abs(events.column(collection, column))


def distributions(sample: str) -> list[Distribution]:
    """Return what is compared for a sample.

    Args:
        sample: Its name.
    """
    found = [*_events(), *_objects(), *_jets(), *_large_jets()]
    return found + _displaced() if LONG_LIVED in sample else found
