"""How often generated particles and jets are found again, and tagged.

What was generated is read from our file for both sides: the events are the same, and not every file
of Delphes holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt

from benchmarks.against_delphes.reading import Events

Array = npt.NDArray[Any]

PT_GEV: Final = ((10.0, 20.0), (20.0, 50.0), (50.0, np.inf))
LEPTONS: Final = {"electron": (11, "Electron"), "muon": (13, "Muon"), "photon": (22, "Photon")}
FLAVOURS: Final = {"b": (5,), "c": (4,), "light": (0, 1, 2, 3, 21)}


@dataclass(frozen=True, slots=True)
class Efficiency:
    """Of each event, how many of those that are there pass.

    Attributes:
        name: What is found.
        part: Which of them, such as a range of pT.
        passed: One number an event.
        there: One number an event.
    """

    name: str
    part: str
    passed: Array
    there: Array

    @property
    def value(self) -> float:
        """The share that passes."""
        total = self.there.sum()
        return float(self.passed.sum() / total) if total else np.nan


def efficiencies(truth: Events, observed: Events) -> Iterator[Efficiency]:
    """Give all efficiencies of a file.

    Args:
        truth: Our file of the same events.
        observed: The file of which the efficiencies are; our own or Delphes's.
    """
    particles = truth.objects("Particle")
    stable = particles[(particles.Status == 1) & (PT_GEV[0][0] < particles.PT)]
    for name, (pid, kind) in LEPTONS.items():
        generated = stable[(abs(stable.PID) == pid) & (abs(stable.Eta) < 2.5)]
        found = near(generated, observed.objects(kind), 0.1)
        yield from _by_pt(name, generated, found, PT_GEV)
    generated = generator_jets(truth, 4.5)
    ranges = ((30.0, 50.0), (50.0, 100.0), (100.0, np.inf))
    yield from _by_pt("jet", generated, near(generated, observed.objects("jet"), 0.3), ranges)
    yield from _tags(observed.objects("jet"), particles)


def generator_jets(truth: Events, max_abs_eta: float) -> Any:
    """Return the generator's jets above 30 GeV that are no lepton or photon alone."""
    particles, jets = truth.objects("Particle"), truth.objects("GenJet")
    leptons = (abs(particles.PID) == 11) | (abs(particles.PID) == 13) | (particles.PID == 22)
    single = particles[(particles.Status == 1) & leptons & (particles.PT > 10)]
    jets = jets[(jets.PT > 30) & (abs(jets.Eta) < max_abs_eta)]
    return jets[~near(jets, single, 0.4)]


def _by_pt(
    name: str, generated: Any, found: Any, ranges: tuple[tuple[float, float], ...]
) -> Iterator[Efficiency]:
    whole = (ranges[0][0], np.inf)
    for low, high in (*ranges, whole):
        inside = (low < generated.PT) & (high >= generated.PT)
        yield Efficiency(name, range_text(low, high), _number(found & inside), _number(inside))


def _tags(jets: Any, particles: Any) -> Iterator[Efficiency]:
    tagged = (jets.BTag & 1) > 0
    central = (jets.PT > 20) & (abs(jets.Eta) < 2.5)
    for name, flavours in FLAVOURS.items():
        mine = ak.zeros_like(central)
        for flavour in flavours:
            mine = mine | (jets.Flavor == flavour)
        yield Efficiency(
            "b tag", f"{name} jets", _number(tagged & mine & central), _number(mine & central)
        )
    taus = hadronic_taus(particles)
    real = near(jets, taus, 0.3)
    tagged = (jets.TauTag & 1) > 0
    for name, mine in (("hadronic taus", real), ("other jets", ~real)):
        yield Efficiency("tau tag", name, _number(tagged & mine & central), _number(mine & central))


def hadronic_taus(particles: Any) -> Any:
    """Return the taus that decay without an electron or a muon."""
    taus = particles[(abs(particles.PID) == 15) & (particles.D1 >= 0) & (particles.PT > 10)]
    light = particles[(abs(particles.PID) == 11) | (abs(particles.PID) == 13)]
    # The daughters of a tau are stored one after another, and point back at it.
    pairs = ak.cartesian({"tau": taus, "lepton": light}, nested=True)
    from_tau = (pairs.lepton.M1 >= 0) & (pairs.tau.D1 >= 0)
    places = ak.local_index(particles.PID)
    number = places[(abs(particles.PID) == 15) & (particles.D1 >= 0) & (particles.PT > 10)]
    numbers = ak.cartesian({"tau": number, "lepton": light.M1}, nested=True)
    leptonic = ak.any(from_tau & (numbers.tau == numbers.lepton), axis=2)
    return taus[~leptonic]


def near(objects: Any, others: Any, within: float) -> Any:
    """Tell of each object whether one of the others is closer than a distance in eta and phi."""
    pairs = ak.cartesian({"one": _directions(objects), "other": _directions(others)}, nested=True)
    phi = abs(pairs.one.Phi - pairs.other.Phi)
    phi = ak.where(phi > np.pi, 2 * np.pi - phi, phi)
    square = (pairs.one.Eta - pairs.other.Eta) ** 2 + phi**2
    return ak.any(square < within**2, axis=2)


def _directions(objects: Any) -> Any:
    return ak.zip({"Eta": objects.Eta, "Phi": objects.Phi})


def _number(mask: Any) -> Array:
    return np.asarray(ak.to_numpy(ak.sum(mask, axis=1)), dtype=np.float64)


def range_text(low: float, high: float) -> str:
    """Return a range of pT in words; both ends in GeV."""
    return f"above {low:g} GeV" if np.isinf(high) else f"{low:g} to {high:g} GeV"
