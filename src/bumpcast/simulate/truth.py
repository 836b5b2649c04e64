"""Which generated particles are stored, and what their links say.

Every particle of a generator's record is too much for a file: four fifths of them are the pions
and photons of soft jets and the copies that a shower makes of each parton. What is stored by
default ("truth") is

* the hard process: statuses 21 to 29;
* top quarks, W, Z, Higgs and all particles beyond the Standard Model, long-lived ones among them:
  their last copies, and what these decay to;
* b and c quarks: their last copies;
* hadrons with a b or c quark, and what they decay to;
* taus: their last copies, and what these decay to;
* electrons, muons and neutrinos that are stable;
* photons that are stable, unless they come from hadrons and have less than 5 GeV of transverse
  momentum.

With "all", every particle is stored.

Links hold within what is stored. Let a particle's line of mothers be its first mother, that one's
first mother and so on; of a hadron that a string made, the first mother is the string's parton
that carries the hadron's b or c quark, where there is one. A line that comes back to where it
began is cut.

* M1 is the first particle in the line of mothers that is stored; -1 if there is none.
* M2 is the same of the second mother, where there is one that leads to another particle than M1;
  else -1. If only the second mother leads to a stored particle, that one is M1.
* The particles whose M1 is p are stored one after another: they are exactly D1 to D2 of p. If there
  are none, D1 and D2 are the first and last of the particles whose M2 is p, where these are stored
  one after another; else both are -1.
* A particle's M1 is stored before it.

So a vertex is where the daughters are: a long-lived particle decays at X, Y, Z of its D1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.errors import BumpcastError
from bumpcast.simulate.events import Collection, Floats, Offsets, Particles

Keep = Literal["truth", "all"]

PHOTON_MIN_PT_GEV: Final = 5.0
"""Photons from hadrons below this transverse momentum are not stored."""

ALONG_BEAM: Final = 999.9
"""Pseudorapidity and rapidity of what has no transverse momentum, with the sign of pz."""

_MM_PER_S = 2.99792458e11


class ParticleLinkError(BumpcastError):
    """A particle's link leads out of its event."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Which particles are stored; one entry a stored particle, in the order of the file.

    Attributes:
        offsets: Those of event i are offsets[i] to offsets[i + 1].
        place: Place in the generator's flat columns.
        mother1: Place in the event, or -1, as are the other links.
        mother2: Of the second mother.
        daughter1: First daughter.
        daughter2: Last daughter.
    """

    offsets: Offsets
    place: npt.NDArray[np.int64]
    mother1: npt.NDArray[np.int32]
    mother2: npt.NDArray[np.int32]
    daughter1: npt.NDArray[np.int32]
    daughter2: npt.NDArray[np.int32]


def particle_collection(particles: Particles, keep: Keep = "truth") -> Collection:
    """Return the branch 'Particle' of a block of events.

    Args:
        particles: The generator's.
        keep: "truth" or "all"; see the module's text.

    Returns:
        Columns as in a Delphes file: GeV, mm and seconds; the charge without the thirds of quarks.

    Raises:
        ParticleLinkError: A particle's mother is not in its event.
    """
    chosen = stored(particles, keep)
    at = chosen.place
    px, py, pz, energy = (
        column[at] for column in (particles.px, particles.py, particles.pz, particles.energy)
    )
    pt = np.hypot(px, py)
    columns: dict[str, npt.NDArray[Any]] = {
        "PID": particles.pid[at],
        "Status": particles.status[at],
        "IsPU": np.zeros(len(at), np.int32),
        "M1": chosen.mother1,
        "M2": chosen.mother2,
        "D1": chosen.daughter1,
        "D2": chosen.daughter2,
        # towards zero: Delphes's files have whole charges only
        "Charge": np.trunc(particles.charge[at] / 3).astype(np.int32),
        "Mass": particles.mass[at],
        "E": energy,
        "Px": px,
        "Py": py,
        "Pz": pz,
        "P": np.hypot(pt, pz),
        "PT": pt,
        "Eta": _rapidity(pz, pt * pt),
        "Phi": np.arctan2(py, px),
        "Rapidity": _rapidity(pz, np.where(pt > 0, energy * energy - pz * pz, 0.0)),
        "T": particles.time[at] / _MM_PER_S,
        "X": particles.x[at],
        "Y": particles.y[at],
        "Z": particles.z[at],
    }
    integers = {name for name, column in columns.items() if column.dtype.kind == "i"}
    return Collection(
        chosen.offsets,
        {
            name: column if name in integers else column.astype(np.float32)
            for name, column in columns.items()
        },
    )


def stored(particles: Particles, keep: Keep = "truth") -> Stored:
    """Return which particles are stored, and their links.

    Args:
        particles: The generator's.
        keep: "truth" or "all"; see the module's text.

    Raises:
        ParticleLinkError: A particle's mother is not in its event.
    """
    total = int(particles.offsets[-1])
    bad = int(_first_bad_link(particles.offsets, particles.mother1, particles.mother2))
    if bad >= 0:
        event = int(np.searchsorted(particles.offsets, bad, side="right")) - 1
        first, last = particles.offsets[event : event + 2]
        msg = (
            f"event {event}: particle {bad - first} of {last - first} "
            f"(PDG number {particles.pid[bad]}) has the mothers {particles.mother1[bad]} and "
            f"{particles.mother2[bad]}; places in the event, or -1, are expected"
        )
        raise ParticleLinkError(msg)
    chosen = np.ones(total, np.bool_)
    if keep == "truth":
        _choose(
            particles.offsets,
            particles.pid,
            particles.status,
            particles.mother1,
            particles.mother2,
            particles.px,
            particles.py,
            chosen,
        )
    counts = np.add.reduceat(np.append(chosen, False).astype(np.int64), particles.offsets[:-1]) * (
        np.diff(particles.offsets) > 0
    )
    offsets = np.zeros(len(particles.offsets), np.int64)
    np.cumsum(counts, out=offsets[1:])
    place = np.empty(offsets[-1], np.int64)
    links = np.full((4, offsets[-1]), -1, np.int32)
    _link(
        particles.offsets,
        particles.pid,
        particles.mother1,
        particles.mother2,
        chosen,
        offsets,
        place,
        links,
    )
    return Stored(offsets, place, *links)


def _rapidity(pz: Floats, transverse_squared: Floats) -> Floats:
    """Return asinh(pz / sqrt(transverse_squared)), or +-999.9 where that is not above zero."""
    above = transverse_squared > 0
    result = np.arcsinh(pz / np.sqrt(np.where(above, transverse_squared, 1.0)))
    return np.where(above, result, np.copysign(ALONG_BEAM, pz))


@compiled
def _first_bad_link(offsets: Any, mother1: Any, mother2: Any) -> Any:
    for event in range(len(offsets) - 1):
        size = offsets[event + 1] - offsets[event]
        for i in range(offsets[event], offsets[event + 1]):
            if not (-1 <= mother1[i] < size and -1 <= mother2[i] < size):
                return i
    return -1


@compiled
def _is_heavy(pid: Any) -> Any:
    """Return whether it is a top quark, a heavy boson, or beyond the Standard Model."""
    number = abs(pid)
    if number < 100:
        return 6 <= number <= 8 or number in (17, 18) or 23 <= number <= 80
    # nuclei are above; diffractive states and colour-octet onia are in between
    return 1_000_000 <= number < 1_000_000_000 and not (
        9_900_100 <= number < 9_910_000 or 9_940_000 <= number < 9_960_000
    )


@compiled
def _is_hadron(pid: Any) -> Any:
    number = abs(pid)
    return 100 < number < 1_000_000 and number // 10 % 10 != 0


@compiled
def _heaviest_quark(pid: Any) -> Any:
    """Return the b or c quark of a hadron, with its sign; 0 if it has none or is no hadron."""
    number = abs(pid)
    if not (400 < number < 1_000_000 and number // 10 % 10 != 0):
        return 0
    first, second, third = number // 1000 % 10, number // 100 % 10, number // 10 % 10
    quark = max(first, second, third)
    if quark != 4 and quark != 5:
        return 0
    sign = 1 if pid > 0 else -1
    if first == 0 and quark == 5:
        # a meson's heavier quark, if it is of the down type, is the antiquark
        sign = -sign
    return sign * quark


@compiled
def _choose(
    offsets: Any, pid: Any, status: Any, mother1: Any, mother2: Any, px: Any, py: Any, chosen: Any
) -> None:
    least = PHOTON_MIN_PT_GEV * PHOTON_MIN_PT_GEV
    last = np.ones(len(pid), np.bool_)
    for event in range(len(offsets) - 1):
        begin = offsets[event]
        for i in range(begin, offsets[event + 1]):
            for mother in (mother1[i], mother2[i]):
                if mother >= 0 and begin + mother != i and pid[begin + mother] == pid[i]:
                    last[begin + mother] = False
        for i in range(begin, offsets[event + 1]):
            number = abs(pid[i])
            mother = mother1[i]
            keep = 21 <= abs(status[i]) <= 29
            if 11 <= number <= 16:
                keep = keep or status[i] == 1 or (number == 15 and last[i])
            elif number == 4 or number == 5:
                keep = keep or last[i]
            elif number == 22 and status[i] == 1:
                keep = keep or (
                    mother < 0
                    or not _is_hadron(pid[begin + mother])
                    or px[i] * px[i] + py[i] * py[i] >= least
                )
            elif not keep:
                keep = (_is_heavy(pid[i]) and last[i]) or _heaviest_quark(pid[i]) != 0
            if not keep and mother >= 0:
                parent = pid[begin + mother]
                keep = last[begin + mother] and (
                    abs(parent) == 15 or _is_heavy(parent) or _heaviest_quark(parent) != 0
                )
            chosen[i] = keep


@compiled
def _first_mother(begin: Any, i: Any, pid: Any, mother1: Any, mother2: Any) -> Any:
    first, last = mother1[i], mother2[i]
    if 0 <= first < last:
        quark = _heaviest_quark(pid[i])
        if quark != 0 and abs(pid[begin + first]) < 10_000 and not _is_hadron(pid[begin + first]):
            for mother in range(first, last + 1):
                if pid[begin + mother] == quark:
                    return mother
    return first


@compiled
def _ancestor(
    begin: Any, size: Any, i: Any, start: Any, pid: Any, mother1: Any, mother2: Any, chosen: Any
) -> Any:
    """Return the first stored particle of a line of mothers that begins with `start`, or -1."""
    mother = start
    for _ in range(size):
        if mother < 0 or begin + mother == i:
            return -1
        if chosen[begin + mother]:
            return mother
        mother = _first_mother(begin, begin + mother, pid, mother1, mother2)
    return -1


@compiled
def _link(
    offsets: Any,
    pid: Any,
    mother1: Any,
    mother2: Any,
    chosen: Any,
    stored_offsets: Any,
    place: Any,
    links: Any,
) -> None:
    """Order the stored particles level by level, which puts a particle's daughters together."""
    most = 0
    for event in range(len(offsets) - 1):
        most = max(most, offsets[event + 1] - offsets[event])
    above = np.empty((2, most), np.int64)
    eldest = np.empty(most, np.int64)
    sibling = np.empty(most, np.int64)
    new = np.empty(most, np.int64)
    second = np.empty((3, most), np.int64)
    for event in range(len(offsets) - 1):
        begin, size = offsets[event], offsets[event + 1] - offsets[event]
        out = stored_offsets[event]
        number = stored_offsets[event + 1] - out
        eldest[:size] = -1
        new[:size] = -1
        for k in range(size - 1, -1, -1):
            i = begin + k
            if not chosen[i]:
                continue
            first = _first_mother(begin, i, pid, mother1, mother2)
            above[0, k] = _ancestor(begin, size, i, first, pid, mother1, mother2, chosen)
            above[1, k] = -1
            if mother2[i] >= 0 and mother2[i] != first:
                above[1, k] = _ancestor(begin, size, i, mother2[i], pid, mother1, mother2, chosen)
            if above[0, k] < 0 or above[0, k] == above[1, k]:
                above[0, k] = max(above[0, k], above[1, k])
                above[1, k] = -1
            if above[0, k] >= 0:
                sibling[k] = eldest[above[0, k]]
                eldest[above[0, k]] = k
        count = 0
        read = 0
        # roots first; what is then left is in a ring of mothers, which its first particle opens
        for k in range(size):
            if chosen[begin + k] and above[0, k] < 0:
                new[k] = count
                place[out + count] = begin + k
                count += 1
        candidate = 0
        while read < number:
            if read == count:
                while not chosen[begin + candidate] or new[candidate] >= 0:
                    candidate += 1
                above[0, candidate] = -1
                new[candidate] = count
                place[out + count] = begin + candidate
                count += 1
            k = place[out + read] - begin
            child = eldest[k]
            before = count
            while child >= 0:
                following = sibling[child]
                if new[child] < 0:
                    new[child] = count
                    place[out + count] = begin + child
                    count += 1
                child = following
            if count > before:
                links[2, out + read] = before
                links[3, out + read] = count - 1
            read += 1
        second[0, :number] = number
        second[1, :number] = -1
        second[2, :number] = 0
        for j in range(number):
            k = place[out + j] - begin
            if above[0, k] >= 0:
                links[0, out + j] = new[above[0, k]]
            if above[1, k] >= 0:
                mother = new[above[1, k]]
                links[1, out + j] = mother
                second[0, mother] = min(second[0, mother], j)
                second[1, mother] = max(second[1, mother], j)
                second[2, mother] += 1
        for j in range(number):
            together = second[1, j] - second[0, j] + 1 == second[2, j]
            if links[2, out + j] < 0 and second[2, j] > 0 and together:
                links[2, out + j] = second[0, j]
                links[3, out + j] = second[1, j]
