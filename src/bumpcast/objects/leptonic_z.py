"""Leptonic Z bosons: opposite-sign same-flavour pairs near the Z mass."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.config.objects import LeptonicZ
from bumpcast.objects.lists import ObjectLists

SMALLEST_PT_SHARE: Final = 1e-12
"""A boson's transverse momentum is at least this share of its energy."""


def find_leptonic_z(
    electrons: ObjectLists, muons: ObjectLists, config: LeptonicZ
) -> tuple[ObjectLists, ObjectLists, ObjectLists]:
    """Pair leptons to Z bosons, the pair nearest to the Z mass first (arXiv:2501.05603, section 2).

    Args:
        electrons: Lists with ``charge``.
        muons: The same.
        config: The table [objects.leptonic_z].

    Returns:
        The leptons that are in no pair, and the Z bosons as the sum of their leptons: electrons,
        muons, Z.
    """
    pairs = [(lists.offsets, *_cartesian(lists), lists["charge"]) for lists in (electrons, muons)]
    offsets, px, py, pz, energy, free_electrons, free_muons = _pair(
        *pairs[0], *pairs[1], config.mass_GeV, config.window_GeV
    )
    # Transverse momenta may cancel to the last bit, and no eta gives a pt of 0 its pz back.
    pt = np.maximum(np.hypot(px, py), SMALLEST_PT_SHARE * energy)
    columns = {
        "pt": pt,
        "eta": np.arcsinh(pz / pt),
        "phi": np.arctan2(py, px),
        "mass": np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0.0)),
    }
    bosons = ObjectLists(offsets, columns).by_falling_pt()
    return electrons.where(free_electrons), muons.where(free_muons), bosons


def _cartesian(lists: ObjectLists) -> tuple[np.ndarray, ...]:
    pt = lists["pt"]
    pz = pt * np.sinh(lists["eta"])
    energy = np.sqrt(pt**2 + pz**2 + lists["mass"] ** 2)
    return pt * np.cos(lists["phi"]), pt * np.sin(lists["phi"]), pz, energy


@compiled
def _nearest_pair(first, stop, px, py, pz, energy, charge, free, mass, best):  # type: ignore[no-untyped-def]
    """Return the free pair whose mass is nearest, if nearer than ``best``, and its distance."""
    one = other = -1
    for a in range(first, stop):
        for b in range(a + 1, stop):
            if not free[a] or not free[b] or charge[a] * charge[b] >= 0:
                continue
            square = (
                (energy[a] + energy[b]) ** 2
                - (px[a] + px[b]) ** 2
                - (py[a] + py[b]) ** 2
                - (pz[a] + pz[b]) ** 2
            )
            distance = abs(math.sqrt(max(square, 0.0)) - mass)
            if distance < best:
                best, one, other = distance, a, b
    return best, one, other


@compiled
def _pair(  # type: ignore[no-untyped-def]
    e_offsets,
    e_px,
    e_py,
    e_pz,
    e_energy,
    e_charge,
    m_offsets,
    m_px,
    m_py,
    m_pz,
    m_energy,
    m_charge,
    mass,
    window,
):
    n_events = len(e_offsets) - 1
    most = (len(e_px) + len(m_px)) // 2
    offsets = np.zeros(n_events + 1, np.int64)
    px, py, pz, energy = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    free_e = np.ones(len(e_px), np.bool_)
    free_m = np.ones(len(m_px), np.bool_)
    found = 0
    for event in range(n_events):
        e_first, e_stop = e_offsets[event], e_offsets[event + 1]
        m_first, m_stop = m_offsets[event], m_offsets[event + 1]
        while e_stop - e_first > 1 or m_stop - m_first > 1:
            best, e_a, e_b = _nearest_pair(
                e_first, e_stop, e_px, e_py, e_pz, e_energy, e_charge, free_e, mass, window
            )
            best, m_a, m_b = _nearest_pair(
                m_first, m_stop, m_px, m_py, m_pz, m_energy, m_charge, free_m, mass, best
            )
            if m_a >= 0:
                free_m[m_a] = free_m[m_b] = False
                px[found] = m_px[m_a] + m_px[m_b]
                py[found] = m_py[m_a] + m_py[m_b]
                pz[found] = m_pz[m_a] + m_pz[m_b]
                energy[found] = m_energy[m_a] + m_energy[m_b]
            elif e_a >= 0:
                free_e[e_a] = free_e[e_b] = False
                px[found] = e_px[e_a] + e_px[e_b]
                py[found] = e_py[e_a] + e_py[e_b]
                pz[found] = e_pz[e_a] + e_pz[e_b]
                energy[found] = e_energy[e_a] + e_energy[e_b]
            else:
                break
            found += 1
        offsets[event + 1] = found
    return offsets, px[:found], py[:found], pz[:found], energy[:found], free_e, free_m
