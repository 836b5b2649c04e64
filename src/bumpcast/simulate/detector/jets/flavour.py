"""Flavours of jets: the heaviest quark near them, and decays of taus.

As in Delphes's JetFlavorAssociation and its tau tagging, a parton is any quark up to b or gluon
that is not stable, at whatever stage of the event.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.config.detector_jets import FlavourAssociation, MatchedTau, TrackCountingTau
from bumpcast.simulate.detector import kinematics
from bumpcast.simulate.detector.kinematics import azimuth_between, pseudorapidity
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.events import Floats, Integers, Offsets, Particles

GLUON = 21
TAU = 15


class _Directions(NamedTuple):
    """Where jets are; those of event i are offsets[i] to offsets[i + 1]."""

    offsets: Offsets
    eta: Floats
    phi: Floats

    @classmethod
    def of(cls, jets: Momenta) -> _Directions:
        return cls(jets.offsets, kinematics.eta(jets), kinematics.phi(jets))


class _Truth(NamedTuple):
    """Columns of the generated particles."""

    offsets: Offsets
    pid: Integers
    status: Integers
    daughter1: Integers
    daughter2: Integers
    charge: Integers
    px: Floats
    py: Floats
    pz: Floats

    @classmethod
    def of(cls, particles: Particles) -> _Truth:
        return cls(*(getattr(particles, name) for name in cls._fields))


@compiled
def _near(eta, phi, jets, jet, delta_r):  # type: ignore[no-untyped-def]
    across = azimuth_between(phi, jets.phi[jet])
    return (eta - jets.eta[jet]) ** 2 + across**2 <= delta_r * delta_r


@compiled
def _flavours(jets, truth, delta_r, pt_min, eta_max):  # type: ignore[no-untyped-def]
    flavour = np.zeros(len(jets.eta), dtype=np.int32)
    steepest = math.sinh(eta_max)
    for event in range(len(truth.offsets) - 1):
        first_jet, last_jet = jets.offsets[event], jets.offsets[event + 1]
        if first_jet == last_jet:
            continue
        for i in range(truth.offsets[event], truth.offsets[event + 1]):
            kind = abs(truth.pid[i])
            if truth.status[i] == 1 or kind == 0 or (kind > 5 and kind != GLUON):
                continue
            pt = math.hypot(truth.px[i], truth.py[i])
            if pt <= pt_min or abs(truth.pz[i]) > pt * steepest:
                continue
            eta = pseudorapidity(truth.px[i], truth.py[i], truth.pz[i])
            phi = math.atan2(truth.py[i], truth.px[i])
            for jet in range(first_jet, last_jet):
                known = flavour[jet]
                heavier = known == 0 or (kind != GLUON and (known == GLUON or kind > known))
                if heavier and _near(eta, phi, jets, jet, delta_r):
                    flavour[jet] = kind
    return flavour


def jet_flavours(jets: Momenta, particles: Particles, settings: FlavourAssociation) -> Integers:
    """Return for each jet the PDG number of its flavour, 0 where no parton is near.

    Args:
        jets: Calibrated jets.
        particles: All generated particles.
        settings: What counts as near, and which partons.
    """
    flavours: Integers = _flavours(
        _Directions.of(jets),
        _Truth.of(particles),
        settings.delta_r,
        settings.parton_pt_min_GeV,
        settings.parton_abs_eta_max,
    )
    return flavours


@compiled
def _decay(truth, start, i, hadronic_only):  # type: ignore[no-untyped-def]
    """Return whether the decay of a tau counts, and px, py and pz of what can be seen of it."""
    counts = True
    x = y = z = 0.0
    for j in range(start + truth.daughter1[i], start + truth.daughter2[i] + 1):
        kind = abs(truth.pid[j])
        if kind == 24 and truth.daughter1[j] < 0:
            counts = False
        elif kind == 24:
            for k in range(start + truth.daughter1[j], start + truth.daughter2[j] + 1):
                if abs(truth.pid[k]) == 11 or abs(truth.pid[k]) == 13:
                    counts = False
        elif hadronic_only and (kind == 11 or kind == 13 or kind == TAU):
            counts = False
        if kind != 16:
            x += truth.px[j]
            y += truth.py[j]
            z += truth.pz[j]
    return counts, x, y, z


@compiled
def _taus(jets, truth, delta_r, pt_min, eta_max, hadronic_only):  # type: ignore[no-untyped-def]
    tau_charge = np.zeros(len(jets.eta), dtype=np.int32)
    steepest = math.sinh(eta_max)
    for event in range(len(truth.offsets) - 1):
        first_jet, last_jet = jets.offsets[event], jets.offsets[event + 1]
        if first_jet == last_jet:
            continue
        start = truth.offsets[event]
        for i in range(start, truth.offsets[event + 1]):
            if abs(truth.pid[i]) != TAU or truth.status[i] == 1:
                continue
            if truth.daughter1[i] < 0 or truth.daughter2[i] < truth.daughter1[i]:
                continue
            pt = math.hypot(truth.px[i], truth.py[i])
            if pt <= pt_min or abs(truth.pz[i]) > pt * steepest:
                continue
            counts, x, y, z = _decay(truth, start, i, hadronic_only)
            if not counts:
                continue
            eta, phi = pseudorapidity(x, y, z), math.atan2(y, x)
            for jet in range(first_jet, last_jet):
                if _near(eta, phi, jets, jet, delta_r):
                    tau_charge[jet] = 1 if truth.charge[i] > 0 else -1
    return tau_charge


def tau_charges(
    jets: Momenta, particles: Particles, settings: TrackCountingTau | MatchedTau
) -> Integers:
    """Return for each jet the charge of the tau near it, 0 where there is none.

    Args:
        jets: Calibrated jets.
        particles: All generated particles.
        settings: What counts as near, and which taus.
    """
    charges: Integers = _taus(
        _Directions.of(jets),
        _Truth.of(particles),
        settings.delta_r,
        settings.tau_pt_min_GeV,
        settings.tau_abs_eta_max,
        settings.kind == "track_counting" or settings.hadronic_only,
    )
    return charges
