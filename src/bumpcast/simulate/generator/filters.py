"""Filters at generator level: which events are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from bumpcast.config.simulate import GeneratorFilter
from bumpcast.simulate.events import EventInfo, Particles

_STABLE = 1
_HARD = (22, 23)
"""Status of what comes out of the hard process: what decays, and what does not."""


def passing(particles: Particles, filters: Sequence[GeneratorFilter]) -> NDArray[np.bool_]:
    """Tell which events pass all filters.

    Args:
        particles: Those of a block of events.
        filters: The filters; none: all events pass.

    Returns:
        One entry an event.
    """
    kept = np.ones(len(particles), np.bool_)
    for one in filters:
        kept &= _counts(particles, one) >= one.at_least
    return kept


def _counts(particles: Particles, one: GeneratorFilter) -> NDArray[np.int64]:
    wanted = np.array(one.pid)
    if one.antiparticles:
        chosen = np.isin(np.abs(particles.pid), np.abs(wanted))
    else:
        chosen = np.isin(particles.pid, wanted)
    if one.stage == "final":
        chosen &= particles.status == _STABLE
    else:
        chosen &= np.isin(particles.status, _HARD)
    places = np.flatnonzero(chosen)
    transverse = np.hypot(particles.px[places], particles.py[places])
    good = transverse >= one.min_pt
    if one.max_abs_eta is not None:
        # |eta| <= limit without dividing by a transverse momentum of zero.
        good &= np.abs(particles.pz[places]) <= transverse * np.sinh(one.max_abs_eta)
    found = np.bincount(places[good], minlength=int(particles.offsets[-1]))
    before: NDArray[np.int64] = np.concatenate([[0], np.cumsum(found)]).astype(np.int64)
    return np.asarray(before[particles.offsets[1:]] - before[particles.offsets[:-1]], np.int64)


def select_particles(particles: Particles, kept: NDArray[np.bool_]) -> Particles:
    """Return the particles of some of the events.

    Args:
        particles: Those of a block of events.
        kept: Which events; one entry an event.
    """
    if kept.all():
        return particles
    counts = np.diff(particles.offsets)
    mine = np.repeat(kept, counts)
    columns = {
        one.name: getattr(particles, one.name)[mine]
        for one in fields(Particles)
        if one.name != "offsets"
    }
    offsets = np.concatenate([[0], np.cumsum(counts[kept])]).astype(np.int64)
    return Particles(offsets=offsets, **columns)


def select_info(info: EventInfo, kept: NDArray[np.bool_]) -> EventInfo:
    """Return what is known of some of the events.

    Args:
        info: Of a block of events.
        kept: Which events; one entry an event.
    """
    return EventInfo(**{one.name: getattr(info, one.name)[kept] for one in fields(EventInfo)})


def join_particles(parts: Sequence[Particles]) -> Particles:
    """Put blocks of events one behind the other.

    Args:
        parts: At least one.
    """
    columns = {
        one.name: np.concatenate([getattr(part, one.name) for part in parts])
        for one in fields(Particles)
        if one.name != "offsets"
    }
    counts = np.concatenate([np.diff(part.offsets) for part in parts])
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Particles(offsets=offsets, **columns)


def join_info(parts: Sequence[EventInfo]) -> EventInfo:
    """Put what is known of blocks of events one behind the other.

    Args:
        parts: At least one.
    """
    return EventInfo(
        **{
            one.name: np.concatenate([getattr(part, one.name) for part in parts])
            for one in fields(EventInfo)
        }
    )
