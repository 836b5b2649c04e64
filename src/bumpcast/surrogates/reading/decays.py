"""Long-lived particles, their decays and a vector boson in truth records, as compiled loops.

Records are slimmed: the daughters D1 to D2 of a particle are its own where Particle[D1].M1 is the
particle, and a number without a meaning elsewhere; in files of some of Delphes's cards, all are.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from bumpcast.compiled import compiled

UNKNOWN: Final = 0
"""In the place of a decay flavour that the record does not say."""

SAME_VERTEX_MM: Final = 1e-3
SAME_VERTEX: Final = 1e-5
"""Daughters of one decay are born this near to each other: in mm, and relative to the distance."""

CONSERVED: Final = 0.02
"""So much of its energy may the daughters of a particle lack or have too much along the beam."""


@compiled
def _listed(number: Any, numbers: Any) -> Any:
    number = abs(number)
    found = False
    for place in range(len(numbers)):
        found |= number == numbers[place]
    return found


@compiled
def _daughters(begin: Any, end: Any, i: Any, m1: Any, d1: Any, d2: Any, daughters: Any) -> Any:
    """Write a particle's daughters into `daughters`.

    Returns:
        How many, and whether the links lead both ways: from the mother to them and back.
    """
    own, size = i - begin, end - begin
    first, last = d1[i], d2[i]
    count = 0
    if 0 <= first < size and m1[begin + first] == own and begin + first != i:
        if first <= last < size:
            for j in range(begin + first, begin + last + 1):
                if m1[j] == own and j != i:
                    daughters[count] = j
                    count += 1
        else:
            daughters[0] = begin + first
            count = 1
            # two daughters that do not stand side by side
            if 0 <= last < first and m1[begin + last] == own and begin + last != i:
                daughters[1] = begin + last
                count = 2
        return count, True
    for j in range(begin, end):
        if m1[j] == own and j != i:
            daughters[count] = j
            count += 1
    return count, False


@compiled
def _is_decay(
    i: Any, count: Any, daughters: Any, pt: Any, eta: Any, mass: Any, x: Any, y: Any, z: Any
) -> Any:
    """Return whether particles that only say themselves that they are daughters can be.

    They are born at one place, and have the mother's momentum along the beam and not more mass.
    """
    first = daughters[0]
    near = SAME_VERTEX_MM + SAME_VERTEX * (abs(x[first]) + abs(y[first]) + abs(z[first]))
    along, masses = 0.0, 0.0
    for k in range(count):
        j = daughters[k]
        if abs(x[j] - x[first]) + abs(y[j] - y[first]) + abs(z[j] - z[first]) > near:
            return False
        along += pt[j] * np.sinh(eta[j])
        masses += mass[j]
    own = pt[i] * np.sinh(eta[i])
    energy = np.sqrt(pt[i] * pt[i] + own * own + mass[i] * mass[i])
    return abs(along - own) <= CONSERVED * energy and masses <= (1.0 + CONSERVED) * mass[i]


@compiled
def _comes_of(begin: Any, end: Any, i: Any, pid: Any, m1: Any, numbers: Any) -> Any:
    """Return whether a particle is in the line of mothers."""
    mother = m1[i]
    for _ in range(end - begin):
        if not 0 <= mother < end - begin:
            return False
        if _listed(pid[begin + mother], numbers):
            return True
        mother = m1[begin + mother]
    return False


@compiled
def find_decays(
    offsets: Any,
    pid: Any,
    m1: Any,
    d1: Any,
    d2: Any,
    pt: Any,
    eta: Any,
    mass: Any,
    x: Any,
    y: Any,
    z: Any,
    llps: Any,
    bosons: Any,
    counts: Any,
    places: Any,
    child: Any,
    vertices: Any,
    boson: Any,
) -> None:
    """Find the LLPs of events, what they decay to and where, and a vector boson.

    Args:
        offsets: Where each event's particles begin; (events + 1,).
        pid: Columns of the particles as in a Delphes file, links relative to the event.
        m1: The same.
        d1: The same.
        d2: The same.
        pt: The same.
        eta: The same.
        mass: The same.
        x: The same.
        y: The same.
        z: The same.
        llps: |PDG numbers|.
        bosons: |PDG numbers|.
        counts: Written: how many LLPs an event has, last copies only; (events,).
        places: Written: the first two of them; (events, 2).
        child: Written: the least |PDG number| of their daughters, or UNKNOWN; (events, 2).
        vertices: Written: distance of the decay from the beam axis and along it in the file's
            unit, NaN where it is not known; (events, 2, 2).
        boson: Written: the last copy of highest transverse momentum that comes of no LLP, or -1;
            (events,).
    """
    most = 1
    for event in range(len(offsets) - 1):
        most = max(most, offsets[event + 1] - offsets[event])
    daughters = np.empty(most, np.int64)
    for event in range(len(offsets) - 1):
        begin, end = offsets[event], offsets[event + 1]
        counts[event] = 0
        boson[event] = -1
        for i in range(begin, end):
            is_llp = _listed(pid[i], llps)
            if not is_llp and not _listed(pid[i], bosons):
                continue
            count, both_ways = _daughters(begin, end, i, m1, d1, d2, daughters)
            last = True
            for k in range(count):
                if pid[daughters[k]] == pid[i]:
                    last = False
            if not last:
                continue
            if not is_llp:
                if (boson[event] < 0 or pt[i] > pt[boson[event]]) and not _comes_of(
                    begin, end, i, pid, m1, llps
                ):
                    boson[event] = i
                continue
            place = counts[event]
            counts[event] += 1
            if place > 1:
                continue
            places[event, place] = i
            child[event, place] = UNKNOWN
            vertices[event, place, 0] = np.nan
            vertices[event, place, 1] = np.nan
            if count > 0 and (both_ways or _is_decay(i, count, daughters, pt, eta, mass, x, y, z)):
                first = daughters[0]
                least = abs(pid[first])
                for k in range(1, count):
                    least = min(least, abs(pid[daughters[k]]))
                child[event, place] = least
                vertices[event, place, 0] = np.hypot(np.float64(x[first]), np.float64(y[first]))
                vertices[event, place, 1] = abs(np.float64(z[first]))
