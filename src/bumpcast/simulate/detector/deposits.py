"""Energy in the towers of a calorimeter."""

from __future__ import annotations

from dataclasses import dataclass

from bumpcast.compiled import compiled
from bumpcast.simulate.events import Floats, Offsets


@dataclass(frozen=True, slots=True)
class Deposits:
    """Towers, or what energy flow leaves of them; event i has offsets[i] to offsets[i + 1].

    Attributes:
        offsets: One entry more than there are events.
        cell: Number of the tower in its calorimeter.
        origin: Place in the block of the particle that left most; -1 if there is none.
        energy: In GeV.
        eta: Of its direction.
        phi: Of its direction.
        time: Mean time of arrival in mm/c, weighted by the squared energies.
        track_energy: Sum of the tracks that point to it, in GeV.
    """

    offsets: Offsets
    cell: Offsets
    origin: Offsets
    energy: Floats
    eta: Floats
    phi: Floats
    time: Floats
    track_energy: Floats


@compiled
def write_deposit(  # type: ignore[no-untyped-def]
    numbers, columns, at, cell, origin, energy, eta, phi, time, track_energy
):
    """Write a deposit into rows of whole numbers and of real ones, in the order of `Deposits`.

    Args:
        numbers: Rows for cell and origin.
        columns: Rows for the others.
        at: Column that it goes to.
        cell: Number of the tower.
        origin: Place of the particle that left most.
        energy: In GeV.
        eta: Of its direction.
        phi: Of its direction.
        time: In mm/c.
        track_energy: In GeV.
    """
    numbers[0, at] = cell
    numbers[1, at] = origin
    columns[0, at] = energy
    columns[1, at] = eta
    columns[2, at] = phi
    columns[3, at] = time
    columns[4, at] = track_energy
