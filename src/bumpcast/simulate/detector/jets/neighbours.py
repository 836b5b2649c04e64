"""Which objects are near one another in rapidity and azimuth: they lie in tiles.

The functions take the columns of the objects one by one: handed over together in a tuple they make
the clustering five times slower.
"""

from __future__ import annotations

import math

from bumpcast.compiled import compiled

_MOST_RAPIDITY = 1e5
_TILED_RAPIDITY = 5.0
_LEAST_TILE = 0.3


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
def tiling(radius):  # type: ignore[no-untyped-def]
    """Return the tiles' size in rapidity and their numbers in azimuth and in rapidity.

    Within the radius of an object is only what lies in its tile or in one that touches it. There is
    a single one in azimuth where a third of the circle is within the radius.
    """
    size = max(radius, _LEAST_TILE)
    rows = int(2.0 * math.pi / size)
    return size, rows if rows >= 3 else 1, max(int(2.0 * _TILED_RAPIDITY / size), 1)


@compiled
def tile_of(rap, phi, size, tile_rows, tile_columns):  # type: ignore[no-untyped-def]
    """Return the tile of a place; the outermost tiles reach to infinity."""
    # Compared as a float first: a huge rapidity is no integer.
    along = min(max((rap + _TILED_RAPIDITY) / size, 0.0), tile_columns - 1.0)
    around = (phi + math.pi) / (2.0 * math.pi) * tile_rows
    return int(along) * tile_rows + min(int(around), tile_rows - 1)


@compiled
def row_beside(row, step, tile_rows):  # type: ignore[no-untyped-def]
    """Return the row of tiles a step further around; a remainder takes longer than comparing."""
    beside = row + step
    if beside < 0:
        return beside + tile_rows
    return beside - tile_rows if beside >= tile_rows else beside


@compiled
def nearest_of(  # type: ignore[no-untyped-def]
    i, radius2, rap, phi, tile, tile_rows, tile_columns, head, following
):
    """Return the nearest neighbour (-1: none within the radius) and its squared distance."""
    found, least2 = -1, radius2
    column, row = tile[i] // tile_rows, tile[i] % tile_rows
    reach = 1 if tile_rows > 1 else 0
    for next_column in range(max(column - 1, 0), min(column + 2, tile_columns)):
        for step in range(-reach, reach + 1):
            j = head[next_column * tile_rows + row_beside(row, step, tile_rows)]
            while j >= 0:
                if j != i:
                    apart = distance2(rap[i], phi[i], rap[j], phi[j])
                    if apart < least2:
                        found, least2 = j, apart
                j = following[j]
    return found, least2
