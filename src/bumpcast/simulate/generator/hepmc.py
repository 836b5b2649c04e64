"""HepMC3 files: complete events of another generator, read by array operations.

A particle's line is 'P number parent pid px py pz energy mass status', where the parent is the
negative number of a vertex, or the number of the one particle that decays into it, or 0. A vertex
with more than one mother, or with a place in space, has a line 'V number status [mothers] @ x y z
t'. (HepMC3 Asciiv3, A. Buckley et al., arXiv:1912.08005.)
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from bumpcast.config.simulate import GeneratorFilter
from bumpcast.simulate.events import CrossSection, EventInfo, GeneratorEvents, Particles
from bumpcast.simulate.generator import filters as filtering
from bumpcast.simulate.generator.batch import ParticleProperties
from bumpcast.simulate.generator.errors import EventFileError, GenerationError

_MAGIC: Final = b"\x1f\x8b"
_START: Final = "HepMC::Asciiv3-START_EVENT_LISTING"
_COLUMNS: Final = 9
_UNITS: Final = {"GEV": 1.0, "MEV": 1e-3}
_LENGTHS: Final = {"MM": 1.0, "CM": 10.0}


@dataclass
class _Text:
    """The lines of one event, sorted."""

    number: int
    line: int
    origin: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    momentum_unit: float = 1.0
    length_unit: float = 1.0
    weight: float = 1.0
    attributes: dict[str, str] = field(default_factory=dict)
    particles: list[str] = field(default_factory=list)
    vertices: list[str] = field(default_factory=list)


def check_start(path: str | Path) -> None:
    """Read the first lines of a file.

    Args:
        path: The file, plain or gzipped.

    Raises:
        EventFileError: It cannot be read, or is no HepMC3 file.
    """
    for _ in _events(Path(path)):
        return
    msg = f"{path} holds no event"
    raise EventFileError(msg)


def read(
    path: str | Path,
    first: int,
    events: int,
    filters: Sequence[GeneratorFilter],
    properties: ParticleProperties,
) -> GeneratorEvents:
    """Read a share of a file's events.

    Args:
        path: The file, plain or gzipped.
        first: So many events are passed over.
        events: So many are read.
        filters: Those are kept that pass all of them.
        properties: Charges of the particles.

    Raises:
        EventFileError: The file cannot be read or holds fewer events.
        GenerationError: No event passes the filters.
    """
    path = Path(path)
    texts: list[_Text] = []
    for number, text in enumerate(_events(path)):
        if number >= first + events:
            break
        if number >= first:
            texts.append(text)
    if len(texts) < events:
        msg = f"{path} holds {first + len(texts)} events or fewer; {first + events} are asked for"
        raise EventFileError(msg)
    blocks = [_particles(text, path, properties) for text in texts]
    particles = filtering.join_particles(blocks)
    info = filtering.join_info([_info(text) for text in texts])
    kept = filtering.passing(particles, filters)
    if not kept.any():
        msg = f"none of the {events} events of {path} passes the card's filters"
        raise GenerationError(msg)
    value, error = _cross_section(texts[-1])
    summary = CrossSection(value, error, events, events, int(kept.sum()), {})
    return GeneratorEvents(
        filtering.select_particles(particles, kept), filtering.select_info(info, kept), summary
    )


def _opened(path: Path) -> IO[str]:
    with path.open("rb") as file:
        compressed = file.read(2) == _MAGIC
    if compressed:
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _events(path: Path) -> Iterator[_Text]:
    try:
        with _opened(path) as lines:
            yield from _sorted_lines(lines, path)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        msg = f"cannot read the HepMC file {path}: {error}"
        raise EventFileError(msg) from error


def _sorted_lines(lines: IO[str], path: Path) -> Iterator[_Text]:
    text: _Text | None = None
    begun = False
    for number, line in enumerate(lines, start=1):
        if not begun:
            begun = line.startswith(_START)
            if number > 20 and not begun:
                break
            continue
        match line[:2]:
            case "P " if text is not None:
                text.particles.append(line[2:])
            case "V " if text is not None:
                text.vertices.append(line[2:])
            case "E ":
                if text is not None:
                    yield text
                text = _event(line, number)
            case "U " if text is not None:
                _, momentum, length = line.split()
                text.momentum_unit, text.length_unit = _UNITS[momentum], _LENGTHS[length]
            case "W " if text is not None and len(line.split()) > 1:
                text.weight = float(line.split()[1])
            case "A " if text is not None:
                _, owner, name, *value = line.split(maxsplit=3)
                if owner == "0" and value:
                    text.attributes[name] = value[0]
            case _:
                pass
    if not begun:
        msg = f"{path} is no HepMC3 text file: there is no line {_START!r}; HepMC2 is not read"
        raise EventFileError(msg)
    if text is not None:
        yield text


def _event(line: str, number: int) -> _Text:
    words = line.split()
    text = _Text(number=int(words[1]), line=number)
    if "@" in words:
        x, y, z, time = (float(word) for word in words[words.index("@") + 1 :][:4])
        text.origin = (x, y, z, time)
    return text


def _particles(text: _Text, path: Path, properties: ParticleProperties) -> Particles:
    """Return the particles of one event."""
    values = np.array("".join(text.particles).split(), dtype=np.float64)
    if values.size != _COLUMNS * len(text.particles):
        msg = f"{path}, line {text.line}: the particles of event {text.number} are no HepMC3"
        raise EventFileError(msg)
    table = values.reshape(-1, _COLUMNS)
    count = len(table)
    numbers = table[:, 0].astype(np.int64)
    if not np.array_equal(numbers, np.arange(1, count + 1)):
        msg = (
            f"{path}, line {text.line}: particles of event {text.number} are not numbered in order"
        )
        raise EventFileError(msg)
    parent = table[:, 1].astype(np.int64)
    vertices = _Vertices(text, parent)
    vertex = vertices.of_production
    first, last = vertices.first_mother, vertices.last_mother
    mother1 = np.where(vertex >= 0, first[vertex], -1)
    mother2 = np.where(vertex >= 0, last[vertex], -1)
    daughter1, daughter2 = vertices.daughters(count)
    pid = table[:, 2].astype(np.int32)
    energy = table[:, 3:8] * text.momentum_unit
    places = np.where((vertex >= 0)[:, None], vertices.position[vertex], 0.0)
    return Particles(
        offsets=np.array([0, count], dtype=np.int64),
        pid=pid,
        status=table[:, 8].astype(np.int32),
        mother1=mother1.astype(np.int32),
        mother2=mother2.astype(np.int32),
        daughter1=daughter1.astype(np.int32),
        daughter2=daughter2.astype(np.int32),
        charge=properties.charge(pid),
        px=energy[:, 0],
        py=energy[:, 1],
        pz=energy[:, 2],
        energy=energy[:, 3],
        mass=energy[:, 4],
        x=places[:, 0],
        y=places[:, 1],
        z=places[:, 2],
        time=places[:, 3],
    )


class _Vertices:
    """The vertices of one event: those that are written, and those that a lone mother stands for.

    Attributes:
        of_production: Of every particle its vertex, -1: none.
        first_mother: Of every vertex, -1: none.
        last_mother: Of every vertex, -1: none.
        position: Of every vertex, in mm.
    """

    def __init__(self, text: _Text, parent: NDArray[np.int64]) -> None:
        written = [_vertex(line) for line in text.vertices]
        lone = np.unique(parent[parent > 0])
        total = len(written) + len(lone)
        self._mothers = [mothers for _, mothers, _ in written] + [
            [one - 1] for one in lone.tolist()
        ]
        self.first_mother = np.array([min(one, default=-1) for one in self._mothers], np.int64)
        self.last_mother = np.array([max(one, default=-1) for one in self._mothers], np.int64)
        origin = np.array(text.origin)
        self.position = np.tile(origin, (max(total, 1), 1)) * text.length_unit
        placed = [(row, place) for row, (_, _, place) in enumerate(written) if place is not None]
        for row, place in placed:
            self.position[row] = np.array(place) * text.length_unit
        by_number = {number: row for row, (number, _, _) in enumerate(written)}
        lowest = int(-parent.min(initial=0))
        rows = np.full(lowest + 1, -1, np.int64)
        for number, row in by_number.items():
            if -number <= lowest:
                rows[-number] = row
        self.of_production = np.where(
            parent < 0,
            rows[np.maximum(-parent, 0)],
            np.where(parent > 0, len(written) + np.searchsorted(lone, parent), -1),
        )
        self._inherit_positions(len(written), dict(placed))

    def _inherit_positions(self, written: int, placed: dict[int, object]) -> None:
        """Give vertices without a place that of the vertex before them."""
        done = np.zeros(len(self._mothers), np.bool_)
        done[list(placed)] = True
        for row in range(len(self._mothers)):
            chain: list[int] = []
            at = row
            while at >= 0 and not done[at] and self._mothers[at]:
                chain.append(at)
                done[at] = True
                at = int(self.of_production[self._mothers[at][0]])
            for one in reversed(chain):
                if at >= 0:
                    self.position[one] = self.position[at]
                at = one

    def daughters(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the first and last daughter of every particle, -1 where it has none."""
        total = len(self._mothers)
        lowest, highest = np.full(total, count, np.int64), np.full(total, -1, np.int64)
        born = np.flatnonzero(self.of_production >= 0)
        np.minimum.at(lowest, self.of_production[born], born)
        np.maximum.at(highest, self.of_production[born], born)
        first, last = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
        mothers = np.array([one for row in self._mothers for one in row], np.int64)
        rows = np.repeat(np.arange(total), [len(row) for row in self._mothers])
        good = highest[rows] >= 0
        first[mothers[good]], last[mothers[good]] = lowest[rows[good]], highest[rows[good]]
        return first, last


def _vertex(line: str) -> tuple[int, list[int], tuple[float, ...] | None]:
    """Return a vertex's number, its mothers' places, and its own place if it has one."""
    head, _, rest = line.partition("[")
    inside, _, tail = rest.partition("]")
    mothers = [int(word) - 1 for word in inside.split(",") if word.strip()]
    _, at, place = tail.partition("@")
    position = tuple(float(word) for word in place.split()[:4]) if at else None
    return int(head.split()[0]), mothers, position


def _info(text: _Text) -> EventInfo:
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


def _cross_section(text: _Text) -> tuple[float, float]:
    """Return value and error in pb as the event says them, which is of all events before it."""
    words = text.attributes.get("GenCrossSection", "").split()
    if len(words) < 2:
        return math.nan, math.nan
    return float(words[0]), float(words[1])
