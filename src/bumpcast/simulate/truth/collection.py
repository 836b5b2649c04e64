"""The branch 'Particle' of what is stored."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.simulate.events import Collection, Floats, Particles
from bumpcast.simulate.truth.storing import Keep, stored

ALONG_BEAM: Final = 999.9
"""Pseudorapidity and rapidity of what has no transverse momentum, with the sign of pz."""

_MM_PER_S = 2.99792458e11


def particle_collection(particles: Particles, keep: Keep = "truth") -> Collection:
    """Return the branch 'Particle' of a block of events.

    Args:
        particles: The generator's.
        keep: "truth" or "all"; see the package's text.

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


def _rapidity(pz: Floats, transverse_squared: Floats) -> Floats:
    """Return asinh(pz / sqrt(transverse_squared)), or +-999.9 where that is not above zero."""
    above = transverse_squared > 0
    result = np.arcsinh(pz / np.sqrt(np.where(above, transverse_squared, 1.0)))
    return np.where(above, result, np.copysign(ALONG_BEAM, pz))
