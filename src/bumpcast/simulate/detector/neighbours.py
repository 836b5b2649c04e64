"""Which objects are near one another in rapidity and azimuth: they lie in tiles."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.events import Floats, Offsets

MOST_TILES = 9
"""So many tiles touch one, itself among them."""

_MOST_RAPIDITY = 1e5
_TILED_RAPIDITY = 5.0
_LEAST_TILE = 0.3


class Neighbours(NamedTuple):
    """Objects with the nearest one to each; those of a tile are a list linked both ways.

    Attributes:
        radius2: Squared distance from which two are not neighbours.
        size: Of a tile in rapidity.
        rows: Number of tiles in azimuth; 1 where a third of the circle is within the radius.
        columns: Number of tiles in rapidity; the outermost ones reach to infinity.
        head: First object of each tile; -1 for none.
        tile: Of each object.
        before: The one before it in its tile; -1 for none.
        following: The one behind it in its tile; -1 for none.
        rapidity: Of each object.
        phi: From -pi to pi.
        nearest: Its nearest neighbour; -1 for none.
        nearest2: Squared distance of that one; `radius2` for none.
    """

    radius2: float
    size: float
    rows: int
    columns: int
    head: Offsets
    tile: Offsets
    before: Offsets
    following: Offsets
    rapidity: Floats
    phi: Floats
    nearest: Offsets
    nearest2: Floats


@compiled
def rapidity(px, py, pz, energy):  # type: ignore[no-untyped-def]
    """Return the rapidity; of what has no transverse momentum and no mass, a huge one."""
    kt2 = px * px + py * py
    if kt2 == 0.0 and energy == abs(pz):
        return math.copysign(_MOST_RAPIDITY + abs(pz), pz)
    along = energy + abs(pz)
    mass2 = max(0.0, (energy + pz) * (energy - pz) - kt2)
    return math.copysign(0.5 * math.log(along * along / (kt2 + mass2)), pz)


@compiled
def distance2(rapidity1, phi1, rapidity2, phi2):  # type: ignore[no-untyped-def]
    """Return the squared distance in rapidity and azimuth."""
    across = abs(phi1 - phi2)
    if across > math.pi:
        across = 2.0 * math.pi - across
    along = rapidity1 - rapidity2
    return along * along + across * across


@compiled
def no_neighbours(number, radius):  # type: ignore[no-untyped-def]
    """Return `Neighbours` with room for objects, none of which has entered."""
    size = max(radius, _LEAST_TILE)
    rows = int(2.0 * math.pi / size)
    if rows < 3:
        rows = 1
    columns = max(int(2.0 * _TILED_RAPIDITY / size), 1)
    return Neighbours(
        radius * radius,
        size,
        rows,
        columns,
        np.full(rows * columns, -1),
        np.empty(number, dtype=np.int64),
        np.empty(number, dtype=np.int64),
        np.empty(number, dtype=np.int64),
        np.empty(number),
        np.empty(number),
        np.empty(number, dtype=np.int64),
        np.empty(number),
    )


@compiled
def enter(all_of, i, px, py, pz, energy):  # type: ignore[no-untyped-def]
    """Put an object in its tile; its nearest neighbour is not looked for."""
    all_of.rapidity[i] = rapidity(px, py, pz, energy)
    all_of.phi[i] = math.atan2(py, px)
    # Compared as a float first: a huge rapidity is no integer.
    along = (all_of.rapidity[i] + _TILED_RAPIDITY) / all_of.size
    column = int(min(max(along, 0.0), all_of.columns - 1.0))
    row = int((all_of.phi[i] + math.pi) / (2.0 * math.pi) * all_of.rows)
    tile = column * all_of.rows + min(row, all_of.rows - 1)
    first = all_of.head[tile]
    all_of.tile[i] = tile
    all_of.before[i] = -1
    all_of.following[i] = first
    if first >= 0:
        all_of.before[first] = i
    all_of.head[tile] = i


@compiled
def leave(all_of, i):  # type: ignore[no-untyped-def]
    """Take an object out of its tile."""
    before, following = all_of.before[i], all_of.following[i]
    if before >= 0:
        all_of.following[before] = following
    else:
        all_of.head[all_of.tile[i]] = following
    if following >= 0:
        all_of.before[following] = before


@compiled
def tiles_around(all_of, tile, tiles):  # type: ignore[no-untyped-def]
    """Fill the tiles that touch a tile, itself among them, and return their number."""
    column, row = tile // all_of.rows, tile % all_of.rows
    steps = 3 if all_of.rows > 1 else 1
    number = 0
    for next_column in range(max(column - 1, 0), min(column + 2, all_of.columns)):
        for step in range(steps):
            next_row = (row + step + all_of.rows - steps // 2) % all_of.rows
            tiles[number] = next_column * all_of.rows + next_row
            number += 1
    return number


@compiled
def find_nearest(all_of, i):  # type: ignore[no-untyped-def]
    """Look for the nearest neighbour of an object."""
    found, least2 = -1, all_of.radius2
    column, row = all_of.tile[i] // all_of.rows, all_of.tile[i] % all_of.rows
    steps = 3 if all_of.rows > 1 else 1
    for next_column in range(max(column - 1, 0), min(column + 2, all_of.columns)):
        for step in range(steps):
            next_row = (row + step + all_of.rows - steps // 2) % all_of.rows
            j = all_of.head[next_column * all_of.rows + next_row]
            while j >= 0:
                if j != i:
                    apart2 = distance2(
                        all_of.rapidity[i], all_of.phi[i], all_of.rapidity[j], all_of.phi[j]
                    )
                    if apart2 < least2:
                        found, least2 = j, apart2
                j = all_of.following[j]
    all_of.nearest[i], all_of.nearest2[i] = found, least2
