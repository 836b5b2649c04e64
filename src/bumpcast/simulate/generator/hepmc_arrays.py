"""The particles and vertices of HepMC3 events as arrays, many events at once.

A particle's line is 'P number parent pid px py pz energy mass status', where the parent is the
negative number of a vertex, or the number of the one particle that decays into it, or 0. A vertex
with more than one mother, or with a place in space, has a line 'V number status [mothers] @ x y z
t'; one without a place is where the vertex before it is.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bumpcast.errors import BumpcastError
from bumpcast.simulate.events import Particles
from bumpcast.simulate.generator.batch import ParticleProperties

_COLUMNS: Final = 9
_VERTEX = re.compile(r"^(-\d+) +-?\d+ +\[([\d, ]*)\](?: +@ +(.+))?$")

Numbers = NDArray[np.int64]


class HepMCError(BumpcastError):
    """Lines of an event are not what the format says."""


@dataclass
class EventText:
    """The lines of one event, sorted; those of particles and vertices without their mark."""

    number: int
    particles: list[str]
    vertices: list[str]
    origin: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    momentum_unit: float = 1.0
    length_unit: float = 1.0
    weight: float = 1.0
    attributes: dict[str, str] = field(default_factory=dict)


def particles_of(texts: Sequence[EventText], properties: ParticleProperties) -> Particles:
    """Return the particles of events.

    Args:
        texts: The events.
        properties: Charges of the particles.

    Raises:
        HepMCError: Lines are not what the format says.
    """
    counts = np.array([len(text.particles) for text in texts], np.int64)
    lines = [line for text in texts for line in text.particles]
    table = _numbers(" ".join(lines), _COLUMNS * len(lines), "lines of particles")
    table = table.reshape(-1, _COLUMNS)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    starts = np.repeat(offsets[:-1], counts)
    if not np.array_equal(table[:, 0], np.arange(len(table)) - starts + 1):
        msg = "particles are not numbered in order"
        raise HepMCError(msg)
    event = np.repeat(np.arange(len(texts)), counts)
    vertices = _Vertices(texts, offsets, event, table[:, 1].astype(np.int64))
    born = vertices.of_production
    has = born >= 0

    def link(values: Numbers) -> NDArray[np.int32]:
        return np.where(values >= 0, values - starts, -1).astype(np.int32)

    def of_vertex(values: Numbers) -> Numbers:
        found = np.full(len(born), -1, np.int64)
        found[has] = values[born[has]]
        return found

    places = np.zeros((len(born), 4))
    places[has] = vertices.position[born[has]]
    momentum = table[:, 3:8] * np.array([text.momentum_unit for text in texts])[event][:, None]
    first, last = vertices.daughters(len(table))
    pid = table[:, 2].astype(np.int32)
    return Particles(
        offsets=offsets,
        pid=pid,
        status=table[:, 8].astype(np.int32),
        mother1=link(of_vertex(vertices.first_mother)),
        mother2=link(of_vertex(vertices.last_mother)),
        daughter1=link(first),
        daughter2=link(last),
        charge=properties.charge(pid),
        px=momentum[:, 0],
        py=momentum[:, 1],
        pz=momentum[:, 2],
        energy=momentum[:, 3],
        mass=momentum[:, 4],
        x=places[:, 0],
        y=places[:, 1],
        z=places[:, 2],
        time=places[:, 3],
    )


class _Vertices:
    """The vertices of many events: those that are written, and those a lone mother stands for.

    All particles and vertices are numbered through, from the first event to the last.

    Attributes:
        of_production: Of every particle its vertex, -1: none.
        first_mother: Of every vertex, -1: none.
        last_mother: Of every vertex, -1: none.
        position: Of every vertex, in mm.
    """

    def __init__(
        self, texts: Sequence[EventText], offsets: Numbers, event: Numbers, parent: Numbers
    ) -> None:
        found = [_VERTEX.match(line) for text in texts for line in text.vertices]
        if None in found:
            line = [line for text in texts for line in text.vertices][found.index(None)]
            msg = f"the line of a vertex is 'V {line}'"
            raise HepMCError(msg)
        parts: list[tuple[Any, ...]] = [one.groups() for one in found if one is not None]
        of_event = np.repeat(np.arange(len(texts)), [len(text.vertices) for text in texts])
        written = len(parts)
        lone = np.unique(offsets[event[parent > 0]] + parent[parent > 0] - 1)

        inside = [mothers.strip() for _, mothers, _ in parts]
        counts = np.array([one.count(",") + 1 if one else 0 for one in inside], np.int64)
        joined = ",".join(one for one in inside if one).replace(",", " ")
        mothers = _numbers(joined, int(counts.sum()), "mothers of vertices").astype(np.int64)
        mothers += np.repeat(offsets[of_event], counts) - 1
        self._mothers = np.concatenate([mothers, lone])
        self._rows = np.concatenate(
            [np.repeat(np.arange(written), counts), written + np.arange(len(lone))]
        )
        total = written + len(lone)
        self.first_mother = np.full(total, offsets[-1], np.int64)
        self.last_mother = np.full(total, -1, np.int64)
        np.minimum.at(self.first_mother, self._rows, self._mothers)
        np.maximum.at(self.last_mother, self._rows, self._mothers)
        self.first_mother[self.last_mother < 0] = -1

        numbers = -np.array([int(number) for number, _, _ in parts], np.int64)
        self.of_production = np.full(len(parent), -1, np.int64)
        below = parent < 0
        self.of_production[below] = _find(of_event, numbers, event[below], -parent[below])
        above = parent > 0
        self.of_production[above] = written + np.searchsorted(
            lone, offsets[event[above]] + parent[above] - 1
        )
        self._place(texts, parts, np.concatenate([of_event, event[lone]]))

    def _place(
        self, texts: Sequence[EventText], parts: list[tuple[Any, ...]], of_event: Numbers
    ) -> None:
        """Give vertices their places, and those without one that of the vertex before them."""
        units = np.array([text.length_unit for text in texts])
        origins = np.array([text.origin for text in texts]).reshape(-1, 4) * units[:, None]
        self.position = origins[of_event]
        placed = np.array([row for row, part in enumerate(parts) if part[2]], np.int64)
        text = " ".join(part[2] for part in parts if part[2])
        self.position[placed] = _numbers(text, 4 * len(placed), "places of vertices").reshape(-1, 4)
        self.position[placed] *= units[of_event[placed]][:, None]
        # From every vertex to the one before it, and from there on in ever longer steps.
        before = np.arange(len(of_event))
        open_ = np.ones(len(of_event), np.bool_)
        open_[placed] = False
        open_ &= self.first_mother >= 0
        origin = self.of_production[self.first_mother[open_]]
        before[open_] = np.where(origin >= 0, origin, before[open_])
        for _ in range(len(of_event).bit_length()):
            before = before[before]
        self.position = self.position[before]

    def daughters(self, count: int) -> tuple[Numbers, Numbers]:
        """Return the first and last daughter of every particle, -1 where it has none."""
        total = len(self.first_mother)
        lowest, highest = np.full(total, count, np.int64), np.full(total, -1, np.int64)
        born = np.flatnonzero(self.of_production >= 0)
        np.minimum.at(lowest, self.of_production[born], born)
        np.maximum.at(highest, self.of_production[born], born)
        first, last = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
        good = highest[self._rows] >= 0
        first[self._mothers[good]] = lowest[self._rows[good]]
        last[self._mothers[good]] = highest[self._rows[good]]
        return first, last


def _find(of_event: Numbers, numbers: Numbers, event: Numbers, wanted: Numbers) -> Numbers:
    """Return the row of the vertex with a number in an event, -1 where it is not written."""
    if not len(numbers):
        return np.full(len(wanted), -1, np.int64)
    most = int(max(numbers.max(), wanted.max(initial=0))) + 1
    keys = of_event * most + numbers
    order = np.argsort(keys)
    asked = event * most + wanted
    place = np.minimum(np.searchsorted(keys[order], asked), len(keys) - 1)
    rows = order[place]
    return np.where(keys[rows] == asked, rows, -1)


def _numbers(text: str, count: int, what: str) -> NDArray[np.float64]:
    with warnings.catch_warnings():
        # It warns of what is no number, and stops there: that is seen from how many there are.
        warnings.simplefilter("ignore", DeprecationWarning)
        values = np.fromstring(text, dtype=np.float64, sep=" ") if text else np.empty(0)
    if len(values) != count:
        msg = f"{what}: {len(values)} numbers are where there must be {count}"
        raise HepMCError(msg)
    return values
