"""Flavours of jets: the heaviest quark near them, and decays of taus.

As in Delphes's JetFlavorAssociation and its tau tagging, a parton is any quark up to b or gluon
that is not stable, at whatever stage of the event.
"""

from __future__ import annotations

import math

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.config.detector_jets import FlavourAssociation, MatchedTau, TrackCountingTau
from bumpcast.simulate.detector import kinematics
from bumpcast.simulate.detector.kinematics import azimuth_between, pseudorapidity
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.events import Integers, Particles

GLUON = 21
TAU = 15


@compiled
def _flavours(  # type: ignore[no-untyped-def]
    jet_offsets, jet_eta, jet_phi, offsets, pid, status, px, py, pz, delta_r, pt_min, eta_max
):
    flavour = np.zeros(len(jet_eta), dtype=np.int32)
    for event in range(len(offsets) - 1):
        first_jet, last_jet = jet_offsets[event], jet_offsets[event + 1]
        if first_jet == last_jet:
            continue
        for i in range(offsets[event], offsets[event + 1]):
            kind = abs(pid[i])
            if status[i] == 1 or kind == 0 or (kind > 5 and kind != GLUON):
                continue
            pt = math.hypot(px[i], py[i])
            if pt <= pt_min or abs(pz[i]) > pt * math.sinh(eta_max):
                continue
            eta = pseudorapidity(px[i], py[i], pz[i])
            phi = math.atan2(py[i], px[i])
            for jet in range(first_jet, last_jet):
                known = flavour[jet]
                heavier = known == 0 or (kind != GLUON and (known == GLUON or kind > known))
                if not heavier:
                    continue
                across = azimuth_between(phi, jet_phi[jet])
                if (eta - jet_eta[jet]) ** 2 + across**2 <= delta_r * delta_r:
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
        jets.offsets,
        kinematics.eta(jets),
        kinematics.phi(jets),
        particles.offsets,
        particles.pid,
        particles.status,
        particles.px,
        particles.py,
        particles.pz,
        settings.delta_r,
        settings.parton_pt_min_GeV,
        settings.parton_abs_eta_max,
    )
    return flavours


@compiled
def _taus(  # type: ignore[no-untyped-def]
    jet_offsets, jet_eta, jet_phi, offsets, pid, status, first, last, px, py, pz, charge,
    delta_r, pt_min, eta_max, hadronic_only,
):  # fmt: skip
    tau_charge = np.zeros(len(jet_eta), dtype=np.int32)
    for event in range(len(offsets) - 1):
        if jet_offsets[event] == jet_offsets[event + 1]:
            continue
        start = offsets[event]
        for i in range(start, offsets[event + 1]):
            if abs(pid[i]) != TAU or status[i] == 1 or first[i] < 0 or last[i] < first[i]:
                continue
            pt = math.hypot(px[i], py[i])
            if pt <= pt_min or abs(pz[i]) > pt * math.sinh(eta_max):
                continue
            counts = True
            x = y = z = 0.0
            for j in range(start + first[i], start + last[i] + 1):
                kind = abs(pid[j])
                if kind == 24 and first[j] < 0:
                    counts = False
                elif kind == 24:
                    for k in range(start + first[j], start + last[j] + 1):
                        if abs(pid[k]) == 11 or abs(pid[k]) == 13:
                            counts = False
                elif hadronic_only and (kind == 11 or kind == 13 or kind == TAU):
                    counts = False
                if kind != 16:
                    x += px[j]
                    y += py[j]
                    z += pz[j]
            if not counts:
                continue
            eta, phi = pseudorapidity(x, y, z), math.atan2(y, x)
            for jet in range(jet_offsets[event], jet_offsets[event + 1]):
                across = azimuth_between(phi, jet_phi[jet])
                if (eta - jet_eta[jet]) ** 2 + across**2 <= delta_r * delta_r:
                    tau_charge[jet] = 1 if charge[i] > 0 else -1
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
        jets.offsets,
        kinematics.eta(jets),
        kinematics.phi(jets),
        particles.offsets,
        particles.pid,
        particles.status,
        particles.daughter1,
        particles.daughter2,
        particles.px,
        particles.py,
        particles.pz,
        particles.charge,
        settings.delta_r,
        settings.tau_pt_min_GeV,
        settings.tau_abs_eta_max,
        settings.kind == "track_counting" or settings.hadronic_only,
    )
    return charges
