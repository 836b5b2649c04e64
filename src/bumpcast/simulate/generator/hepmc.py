"""HepMC3 files: complete events of another generator.

An event begins with 'E number vertices particles [@ x y z t]'. Its lines of particles and of
vertices become arrays in `hepmc_arrays`; the others are units, weights and attributes.
(HepMC3 Asciiv3, A. Buckley et al., arXiv:1912.08005.)
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bumpcast.config.simulate import GeneratorFilter
from bumpcast.simulate.eventfile import EventFile, is_compressed
from bumpcast.simulate.events import CrossSection, EventInfo, GeneratorEvents, Particles
from bumpcast.simulate.generator import filters as filtering
from bumpcast.simulate.generator.batch import ParticleProperties
from bumpcast.simulate.generator.errors import EventFileError, GenerationError
from bumpcast.simulate.generator.hepmc_arrays import EventText, HepMCError, particles_of

_START: Final = b"HepMC::Asciiv3-START_EVENT_LISTING"
_HEAD_BYTES: Final = 4096
_UNITS: Final = {"GEV": 1.0, "MEV": 1e-3}
_LENGTHS: Final = {"MM": 1.0, "CM": 10.0}
_AT_ONCE: Final = 100
"""Events that become arrays together: some 20 MB of text."""


def check_start(path: str | Path) -> None:
    """Read the first lines of a file.

    Args:
        path: The file, plain or gzipped.

    Raises:
        EventFileError: It cannot be read, or is no HepMC3 file.
    """
    path = Path(path)
    try:
        with gzip.open(path, "rb") if is_compressed(path) else path.open("rb") as file:
            start = file.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"cannot read the HepMC file {path}: {error}"
        raise EventFileError(msg) from error
    if _START not in start:
        msg = (
            f"{path} is no HepMC3 text file: there is no line {_START.decode()!r} at its "
            f"beginning; HepMC2 is not read"
        )
        raise EventFileError(msg)


def read(
    file: EventFile,
    first: int,
    events: int,
    filters: Sequence[GeneratorFilter],
    properties: ParticleProperties,
) -> GeneratorEvents:
    """Read a share of a file's events.

    Args:
        file: The file.
        first: So many events are passed over.
        events: So many are read.
        filters: Those are kept that pass all of them.
        properties: Charges of the particles.

    Raises:
        EventFileError: The file cannot be read or holds fewer events.
        GenerationError: No event passes the filters.
    """
    check_start(file.path)
    try:
        texts = _events(file.share(first, events).decode(), events)
        parts: list[Particles] = []
        infos: list[EventInfo] = []
        passed = 0
        for start in range(0, events, _AT_ONCE):
            some = texts[start : start + _AT_ONCE]
            particles = particles_of(some, properties)
            kept = filtering.passing(particles, filters)
            passed += int(kept.sum())
            parts.append(filtering.select_particles(particles, kept))
            infos.append(
                filtering.select_info(filtering.join_info([_info(text) for text in some]), kept)
            )
        value, error = _cross_section(texts[-1])
    except (HepMCError, UnicodeDecodeError, ValueError, KeyError) as found:
        # Numbers that are none, units that there are not: whatever a damaged line leads to.
        msg = f"{file.source}, events {first + 1} to {first + events}: no HepMC3: {found}"
        raise EventFileError(msg) from found
    if not passed:
        msg = f"none of the {events} events of {file.source} passes the card's filters"
        raise GenerationError(msg)
    summary = CrossSection(value, error, events, events, passed, {})
    return GeneratorEvents(filtering.join_particles(parts), filtering.join_info(infos), summary)


def _events(share: str, events: int) -> list[EventText]:
    """Return the lines of each event, sorted; what is behind the last one asked for is left out."""
    texts = share.split("\nE ", events)[:events]
    # The mark is cut away from all but the first.
    return [_event(text.removeprefix("E ").split("\n")) for text in texts]


def _event(lines: list[str]) -> EventText:
    """Return one event; the first line has lost its mark."""
    words = lines[0].split()
    text = EventText(number=int(words[0]), particles=[], vertices=[])
    if "@" in words:
        x, y, z, time = (float(word) for word in words[words.index("@") + 1 :][:4])
        text.origin = (x, y, z, time)
    for line in lines[1:]:
        match line[:2]:
            case "P ":
                text.particles.append(line[2:])
            case "V ":
                text.vertices.append(line[2:])
            case "A " if line.startswith("A 0 "):
                _, _, name, *value = line.split(maxsplit=3)
                if value:
                    text.attributes[name] = value[0]
            case "U ":
                _, momentum, length = line.split()
                text.momentum_unit, text.length_unit = _UNITS[momentum], _LENGTHS[length]
            case "W " if len(line.split()) > 1:
                text.weight = float(line.split()[1])
            case _:
                pass
    return text


def _info(text: EventText) -> EventInfo:
    pdf = text.attributes.get("GenPdfInfo", "").split()
    parton1, parton2, x1, x2, scale_pdf, pdf1, pdf2 = (
        [float(word) for word in pdf[:7]] if len(pdf) >= 7 else [0.0] * 7
    )

    def number(name: str) -> float:
        return float(text.attributes.get(name, "0").split()[0])

    def whole(value: float) -> NDArray[np.int32]:
        return np.array([int(value)], dtype=np.int32)

    def real(value: float) -> NDArray[np.float64]:
        return np.array([value], dtype=np.float64)

    return EventInfo(
        process=whole(number("signal_process_id")),
        weight=real(text.weight),
        scale=real(number("event_scale")),
        alpha_qed=real(number("alphaQED")),
        alpha_qcd=real(number("alphaQCD")),
        parton1=whole(parton1),
        parton2=whole(parton2),
        x1=real(x1),
        x2=real(x2),
        scale_pdf=real(scale_pdf),
        pdf1=real(pdf1),
        pdf2=real(pdf2),
        interactions=whole(number("mpi")),
    )


def _cross_section(text: EventText) -> tuple[float, float]:
    """Return value and error in pb as the event says them, which is of all events before it."""
    words = text.attributes.get("GenCrossSection", "").split()
    if len(words) < 2:
        return math.nan, math.nan
    return float(words[0]), float(words[1])
