"""The plain values that go from the generator to the detector and to the file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]
Offsets = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Particles:
    """The particles of a block of events, flat; those of event i are offsets[i] to offsets[i + 1].

    All columns have one entry a particle. Links are places within the event, -1 where there is
    none: what is first in the event has place 0. The generator's line for the whole system is left
    out, as in Delphes's files.

    Attributes:
        offsets: One entry more than there are events.
        pid: PDG number.
        status: As in HepMC: 1 stable, 2 decayed, 4 beam, others the generator's.
        mother1: First mother.
        mother2: Last mother.
        daughter1: First daughter.
        daughter2: Last daughter.
        charge: In units of e/3, so that quarks have whole numbers.
        px: Momentum in GeV.
        py: Momentum in GeV.
        pz: Momentum in GeV.
        energy: In GeV.
        mass: In GeV.
        x: Production vertex in mm.
        y: Production vertex in mm.
        z: Production vertex in mm.
        time: Of production, in mm/c.
    """

    offsets: Offsets
    pid: Integers
    status: Integers
    mother1: Integers
    mother2: Integers
    daughter1: Integers
    daughter2: Integers
    charge: Integers
    px: Floats
    py: Floats
    pz: Floats
    energy: Floats
    mass: Floats
    x: Floats
    y: Floats
    z: Floats
    time: Floats

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True, slots=True)
class EventInfo:
    """What a generator says of each event; one entry an event.

    Attributes:
        process: Code of the hard process.
        weight: The event's weight.
        scale: Of the hard process, in GeV.
        alpha_qed: Coupling at that scale.
        alpha_qcd: Coupling at that scale.
        parton1: PDG number of the first incoming parton.
        parton2: PDG number of the second one.
        x1: Share of the beam's momentum of the first parton.
        x2: Share of the second one.
        scale_pdf: In GeV.
        pdf1: x times the density of the first parton.
        pdf2: x times the density of the second one.
        interactions: Number of parton interactions; 0 where it is not known.
    """

    process: Integers
    weight: Floats
    scale: Floats
    alpha_qed: Floats
    alpha_qcd: Floats
    parton1: Integers
    parton2: Integers
    x1: Floats
    x2: Floats
    scale_pdf: Floats
    pdf1: Floats
    pdf2: Floats
    interactions: Integers


@dataclass(frozen=True, slots=True)
class CrossSection:
    """What a block of generated events says of the cross-section.

    Attributes:
        value: In pb.
        error: Statistical, in pb.
        tried: Events that the generator tried.
        accepted: Events that it accepted, before filters.
        kept: Events that passed the filters.
        by_process: Value in pb and accepted events of each hard process, by its code and name.
    """

    value: float
    error: float
    tried: int
    accepted: int
    kept: int
    by_process: Mapping[tuple[int, str], tuple[float, int]]

    def stated(self, value_pb: float | None) -> CrossSection:
        """Return the same with a value that a card states; as it is where none does.

        Args:
            value_pb: In pb; it has no error.
        """
        return self if value_pb is None else replace(self, value=value_pb, error=0.0)

    @classmethod
    def of_all(cls, parts: Sequence[CrossSection]) -> Self:
        """Return the cross-section that several blocks of one process found together.

        Each counts with the events that its generator tried, or accepted where tries are not
        counted: a weight by errors would favour blocks whose fluctuation was downward.

        Args:
            parts: Those of the blocks.

        Raises:
            ValueError: There is no block.
        """
        if not parts:
            msg = "there is no block whose cross-section to take"
            raise ValueError(msg)
        counts = [part.tried for part in parts]
        if not sum(counts):
            counts = [part.accepted for part in parts]
        total = sum(counts)
        weights = [count / total if total else 1 / len(parts) for count in counts]
        weighted = list(zip(parts, weights, strict=True))
        nothing = (0.0, 0)
        return cls(
            value=math.fsum(weight * part.value for part, weight in weighted),
            error=math.hypot(*(weight * part.error for part, weight in weighted)),
            tried=sum(part.tried for part in parts),
            accepted=sum(part.accepted for part in parts),
            kept=sum(part.kept for part in parts),
            by_process={
                process: (
                    math.fsum(
                        weight * part.by_process.get(process, nothing)[0]
                        for part, weight in weighted
                    ),
                    sum(part.by_process.get(process, nothing)[1] for part in parts),
                )
                for process in dict.fromkeys(one for part in parts for one in part.by_process)
            },
        )


@dataclass(frozen=True, slots=True)
class GeneratorEvents:
    """A block of generated events.

    Attributes:
        particles: All of them, of every event.
        info: What the generator says of each event.
        cross_section: What the block says of it.
    """

    particles: Particles
    info: EventInfo
    cross_section: CrossSection

    def __len__(self) -> int:
        return len(self.particles)


@dataclass(frozen=True, slots=True)
class Collection:
    """Objects of a block of events, flat; those of event i are offsets[i] to offsets[i + 1].

    Attributes:
        offsets: One entry more than there are events.
        columns: By their names in a Delphes file ('PT', 'Eta', ...), with its units (GeV, mm, s);
            one entry an object, or as many as the branch has, such as five for 'Tau[5]'.
    """

    offsets: Offsets
    columns: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def one_each(cls, columns: Mapping[str, NDArray[Any]]) -> Self:
        """Return a collection of one object an event, such as the missing transverse energy."""
        events = len(next(iter(columns.values())))
        return cls(np.arange(events + 1, dtype=np.int64), columns)
