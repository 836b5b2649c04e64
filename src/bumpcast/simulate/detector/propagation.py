"""Stable particles on their way to the surface of the magnetic field: helices and straight lines.

In a field along z a particle's direction in the transverse plane turns by -1/r for each unit of the
way there, with r = pT / (0.2998 q B) in m, GeV and T; r has the sign of q B.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bumpcast.compiled import compiled
from bumpcast.config.detector import MagneticField
from bumpcast.simulate.events import Floats, Offsets, Particles

NEUTRAL, CHARGED_HADRON, ELECTRON, MUON = 0, 1, 2, 3
"""Kinds of particles, by what measures them."""

_GEV_PER_T_MM = 0.299792458e-3
_SMALLEST_PT_GEV = 3.2e-5


@dataclass(frozen=True, slots=True)
class Propagated:
    """Stable particles where they leave the field; those of event i are offsets[i]:offsets[i + 1].

    Attributes:
        offsets: One entry more than there are events.
        origin: Place of the particle in the block.
        kind: NEUTRAL, CHARGED_HADRON, ELECTRON or MUON.
        eta: Of the point where it leaves the field, seen from the centre.
        phi: Of that point.
        x: Of that point, in mm.
        y: Of that point, in mm.
        z: Of that point, in mm.
        time: At that point, in mm/c.
        phi_closest: Direction of a charged particle's momentum where it is nearest to the z axis;
            for others that of their momentum.
        x_closest: Point nearest to the z axis in mm; a neutral particle's place of birth.
        y_closest: In mm.
        z_closest: In mm.
        d0: Signed distance from the z axis in mm; 0 for neutral particles.
    """

    offsets: Offsets
    origin: Offsets
    kind: NDArray[np.int8]
    eta: Floats
    phi: Floats
    x: Floats
    y: Floats
    z: Floats
    time: Floats
    phi_closest: Floats
    x_closest: Floats
    y_closest: Floats
    z_closest: Floats
    d0: Floats


def propagate(particles: Particles, field: MagneticField) -> Propagated:
    """Follow all stable particles to the surface of the field.

    Particles that are born outside of it, and those that fly along the beams, are left out.

    Args:
        particles: A block of generated events; only those of status 1 count.
        field: Cylinder and strength.
    """
    stable = int(np.count_nonzero(particles.status == 1))
    offsets = np.zeros(len(particles.offsets), dtype=np.int64)
    origin = np.empty(stable, dtype=np.int64)
    kind = np.empty(stable, dtype=np.int8)
    columns = np.empty((11, stable))
    radius, half_length = 1e3 * field.radius_m, 1e3 * field.half_length_m
    count = _propagate(
        particles.offsets,
        particles.pid,
        particles.status,
        particles.charge,
        particles.px,
        particles.py,
        particles.pz,
        particles.energy,
        particles.x,
        particles.y,
        particles.z,
        particles.time,
        radius,
        half_length,
        radius if field.born_within_radius_m is None else 1e3 * field.born_within_radius_m,
        half_length
        if field.born_within_half_length_m is None
        else 1e3 * field.born_within_half_length_m,
        field.bz_T,
        offsets,
        origin,
        kind,
        columns,
    )
    return Propagated(offsets, origin[:count], kind[:count], *columns[:, :count])


@compiled
def helix(x, y, z, px, py, pz, energy, curve, radius, half_length):  # type: ignore[no-untyped-def]
    """Follow a charged particle that is born inside the cylinder.

    Args:
        x: Place of birth in mm.
        y: In mm.
        z: In mm.
        px: Momentum in GeV.
        py: In GeV.
        pz: In GeV.
        energy: In GeV.
        curve: Strength of the field times the charge in T.
        radius: Of the cylinder in mm.
        half_length: Of the cylinder in mm.

    Returns:
        x, y, z and the flight time (mm, mm/c) at the surface; the direction, x, y and z nearest to
        the axis; the signed distance there.
    """
    pt = math.sqrt(px * px + py * py)
    signed = pt / (_GEV_PER_T_MM * curve)
    bend = abs(signed)
    phi = math.atan2(py, px)
    x_centre = x + signed * py / pt
    y_centre = y - signed * px / pt
    centre = math.sqrt(x_centre * x_centre + y_centre * y_centre)
    # Where the particle is on its circle, as an angle that falls to 0 (farthest from the axis,
    # if nothing stops it) through pi (nearest) on its way.
    phi_centre = math.atan2(y_centre, x_centre)
    around = phi - phi_centre
    around = around + 0.5 * math.pi if signed > 0.0 else 0.5 * math.pi - around
    around -= 2.0 * math.pi * math.floor(around / (2.0 * math.pi))

    way = math.inf
    if pz > 0.0:
        way = (half_length - z) * pt / pz
    elif pz < 0.0:
        way = (-half_length - z) * pt / pz
    if centre + bend >= radius and centre > 0.0:
        cosine = (radius * radius - centre * centre - bend * bend) / (2.0 * centre * bend)
        leaves_at = math.acos(min(1.0, max(-1.0, cosine)))
        way = min(way, max(0.0, (around - leaves_at) * bend))

    phi_out = phi - way / signed
    x_out = x_centre - signed * math.sin(phi_out)
    y_out = y_centre + signed * math.cos(phi_out)
    z_out = z + way * pz / pt

    # Nearest to the axis a particle flies at right angles to the line from there to the centre.
    side = 1.0 if signed > 0.0 else -1.0
    phi_closest = phi_centre + side * 0.5 * math.pi
    phi_closest -= 2.0 * math.pi * math.floor(phi_closest / (2.0 * math.pi) + 0.5)
    share = 1.0 - bend / centre if centre > 0.0 else 0.0
    x_closest = share * x_centre
    y_closest = share * y_centre
    z_closest = z + (around - math.pi) * bend * pz / pt
    d0 = side * (centre - bend)
    flight = way * energy / pt
    return x_out, y_out, z_out, flight, phi_closest, x_closest, y_closest, z_closest, d0


@compiled
def straight(x, y, z, px, py, pz, energy, radius, half_length):  # type: ignore[no-untyped-def]
    """Follow a neutral particle that is born inside the cylinder; arguments as for `helix`.

    Returns:
        x, y, z and the flight time at the surface (mm, mm/c).
    """
    pt = math.sqrt(px * px + py * py)
    along = (x * px + y * py) / pt
    across = (x * py - y * px) / pt
    way = math.sqrt(max(0.0, radius * radius - across * across)) - along
    if pz > 0.0:
        way = min(way, (half_length - z) * pt / pz)
    elif pz < 0.0:
        way = min(way, (-half_length - z) * pt / pz)
    share = way / pt
    return x + px * share, y + py * share, z + pz * share, share * energy


@compiled
def _propagate(  # type: ignore[no-untyped-def]
    first,
    pid,
    status,
    charge,
    px,
    py,
    pz,
    energy,
    x,
    y,
    z,
    time,
    radius,
    half_length,
    birth_radius,
    birth_half_length,
    bz,
    offsets,
    origin,
    kind,
    columns,
):
    count = 0
    for event in range(len(first) - 1):
        for i in range(first[event], first[event + 1]):
            if status[i] != 1:
                continue
            pt = math.sqrt(px[i] * px[i] + py[i] * py[i])
            born = math.sqrt(x[i] * x[i] + y[i] * y[i])
            if pt < _SMALLEST_PT_GEV or born > birth_radius or abs(z[i]) > birth_half_length:
                continue
            what = NEUTRAL
            if charge[i] != 0:
                number = abs(pid[i])
                what = ELECTRON if number == 11 else MUON if number == 13 else CHARGED_HADRON
            x_out, y_out, z_out, flight = x[i], y[i], z[i], 0.0
            closest = (0.0, x[i], y[i], z[i], 0.0)
            if born > radius or abs(z[i]) > half_length:
                what = NEUTRAL  # born behind the tracker: no track
                closest = (math.atan2(py[i], px[i]), x[i], y[i], z[i], 0.0)
            elif charge[i] != 0 and bz != 0.0:
                found = helix(
                    x[i],
                    y[i],
                    z[i],
                    px[i],
                    py[i],
                    pz[i],
                    energy[i],
                    bz * charge[i] / 3.0,
                    radius,
                    half_length,
                )
                x_out, y_out, z_out, flight = found[0], found[1], found[2], found[3]
                closest = (found[4], found[5], found[6], found[7], found[8])
                if flight == math.inf:
                    continue  # it circles for ever
            else:
                x_out, y_out, z_out, flight = straight(
                    x[i], y[i], z[i], px[i], py[i], pz[i], energy[i], radius, half_length
                )
                closest = (math.atan2(py[i], px[i]), x[i], y[i], z[i], 0.0)
            across = math.sqrt(x_out * x_out + y_out * y_out)
            if across == 0.0:
                continue
            origin[count] = i
            kind[count] = what
            columns[0, count] = math.asinh(z_out / across)
            columns[1, count] = math.atan2(y_out, x_out)
            columns[2, count] = x_out
            columns[3, count] = y_out
            columns[4, count] = z_out
            columns[5, count] = time[i] + flight
            for place in range(5):
                columns[6 + place, count] = closest[place]
            count += 1
        offsets[event + 1] = count
    return count
