"""From a truth record in Delphes's layout to events."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.randomness import key_of, start, uniform
from bumpcast.surrogates.llps import Booleans, Floats, Integers, LlpPairs
from bumpcast.surrogates.reading.decays import UNKNOWN, find_decays
from bumpcast.surrogates.reading.errors import LlpColumnError, LlpEventError
from bumpcast.surrogates.reading.options import ReadOptions

logger = logging.getLogger(__name__)

LINKS: Final = ("PID", "M1", "D1", "D2")
MOMENTA: Final = ("PT", "Eta", "Mass")
POSITION: Final = ("X", "Y", "Z")

_TO_GEV: Final = {None: 1.0, "GeV": 1.0, "MeV": 1e-3}
_TO_M: Final = {None: 1e-3, "mm": 1e-3, "m": 1.0}


def columns_needed(options: ReadOptions) -> tuple[str, ...]:
    """Return which columns of the branch 'Particle' are read."""
    return (*LINKS, *MOMENTA, *(POSITION if options.decays else ()))


def pairs_of_particles(
    offsets: npt.NDArray[Any],
    columns: Mapping[str, npt.NDArray[Any]],
    options: ReadOptions,
    numbers: Integers,
    *,
    weight: Floats | None = None,
    source: str = "",
    where: str = "the events",
    part: bool = False,
) -> tuple[LlpPairs, Booleans]:
    """Return the LLPs of events with a truth record.

    Taken are the last copies of the particles with a |PDG number| of ``options.llp_pdg``. A
    particle decays where its daughters are born, and to the least |PDG number| among them. An event
    with one LLP has it twice. Two LLPs of different |PDG numbers| come in an order that is drawn
    from the seed, the source and the event's number; others as they stand in the record. A vector
    boson is the last copy with the highest transverse momentum that does not come of an LLP.

    Args:
        offsets: Where each event's particles begin; (events + 1,).
        columns: Those of `columns_needed`, all events' particles one after the other, in the
            units of the options: without a word GeV and mm.
        options: Which particles are wanted, and what to do with events that lack them.
        numbers: Each event's entry in its file; (events,).
        weight: Generator weights; (events,). None: 1.
        source: What tells the file from others, such as its UUID.
        where: The file, for messages.
        part: These are some events of a sample, all of which may be left out.

    Returns:
        The events, in GeV and m, not yet checked; and which of those given they are: all, unless
        ``options.bad_events`` is "skip". If it is not known of any LLP where it decays, and
        ``options.child`` says to what, ``lxy`` and ``lz`` are None.

    Raises:
        LlpEventError: An event has no LLP, more than two, or not the boson that is wanted; or it
            cannot be told where LLPs decay, or to what.
        LlpColumnError: A column is missing.
    """
    offsets = np.ascontiguousarray(offsets, np.int64)
    events = len(offsets) - 1
    wanted = {name: _column(columns, name, int(offsets[-1]), where) for name in LINKS + MOMENTA}
    if options.decays:
        wanted |= {name: _column(columns, name, int(offsets[-1]), where) for name in POSITION}
    else:
        wanted |= dict.fromkeys(POSITION, np.zeros(int(offsets[-1]), np.float32))
    counts, boson = np.zeros(events, np.int64), np.full(events, -1, np.int64)
    places, child = np.zeros((events, 2), np.int64), np.zeros((events, 2), np.int64)
    vertices = np.zeros((events, 2, 2))
    find_decays(
        offsets,
        *(wanted[name] for name in (*LINKS, *MOMENTA, *POSITION)),
        np.abs(np.array(options.llp_pdg, np.int64)),
        np.abs(np.array(options.boson_pdg if options.boson else (), np.int64)),
        counts,
        places,
        child,
        vertices,
        boson,
    )
    good = _good_events(counts, boson, wanted["PID"], options, numbers, where, part)
    copied = (counts == 1)[good]
    places, child, vertices = places[good], child[good], vertices[good]
    for column in (places, child, vertices):
        column[copied, 1] = column[copied, 0]
    numbers = np.asarray(numbers)[good]
    known = child != UNKNOWN
    _check_decays(known, options, numbers, where)
    to_gev, to_m = _TO_GEV[options.momentum_unit], _TO_M[options.length_unit]
    decayed = options.decays and bool(known.all())

    def of_boson(name: str) -> Floats | None:
        return wanted[name][boson[good]].astype(np.float64) if options.boson else None

    boson_pt = of_boson("PT")
    pairs = LlpPairs(
        pt=wanted["PT"][places] * np.float64(to_gev),
        eta=wanted["Eta"][places].astype(np.float64),
        mass=wanted["Mass"][places] * np.float64(to_gev),
        child=np.where(known, child, abs(options.child or UNKNOWN)),
        weight=np.ones(len(numbers)) if weight is None else weight[good].astype(np.float64),
        copied=copied,
        lxy=vertices[:, :, 0] * to_m if decayed else None,
        lz=vertices[:, :, 1] * to_m if decayed else None,
        boson_pt=None if boson_pt is None else boson_pt * to_gev,
        boson_eta=of_boson("Eta"),
    )
    kind = np.abs(wanted["PID"][places])
    if (different := kind[:, 0] != kind[:, 1]).any():
        order = np.zeros(len(numbers), np.bool_)
        _draw(key_of(f"order of LLPs {options.seed} {source}"), numbers, order)
        pairs = pairs.exchanged(order & different)
    return pairs, good


@compiled
def _draw(key: Any, numbers: Any, exchanged: Any) -> None:
    for event in range(len(numbers)):
        _, number = uniform(start(key, numbers[event], 0))
        exchanged[event] = number < 0.5


def _column(
    columns: Mapping[str, npt.NDArray[Any]], name: str, particles: int, where: str
) -> npt.NDArray[Any]:
    if name not in columns:
        msg = f"{where}: the truth record has no column Particle.{name}, which is needed"
        raise LlpColumnError(msg)
    values = np.asarray(columns[name])
    if values.shape != (particles,):
        msg = (
            f"{where}, Particle.{name}: shape {values.shape}, where there are {particles} particles"
        )
        raise LlpColumnError(msg)
    kind = np.int32 if name in LINKS else np.float32
    # Two types of each column at the most: every combination is compiled by itself.
    return np.ascontiguousarray(
        values, kind if values.dtype == kind else np.dtype(f"{values.dtype.kind}8")
    )


def _good_events(
    counts: Integers,
    boson: Integers,
    pid: npt.NDArray[Any],
    options: ReadOptions,
    numbers: Integers,
    where: str,
    part: bool,
) -> Booleans:
    """Return which events have what is wanted, or say which have not."""
    llps = ", ".join(map(str, options.llp_pdg))
    bosons = ", ".join(map(str, options.boson_pdg))
    reasons = [
        (counts == 0, f"no long-lived particle (|PDG number| {llps})"),
        (counts > 2, f"more than two long-lived particles (|PDG number| {llps})"),
    ]
    if options.boson:
        reasons.append((boson < 0, f"no vector boson beside them (|PDG number| {bosons})"))
    bad = np.zeros(len(counts), np.bool_)
    found = []
    for wrong, reason in reasons:
        if wrong.any():
            first = int(np.asarray(numbers)[np.argmax(wrong)])
            count = np.count_nonzero(wrong)
            found.append(f"{count:,} of {len(counts):,} events have {reason}, entry {first} first")
            bad |= wrong
    if not found:
        return ~bad
    summary = f"{where}: {'; '.join(found)}."
    if options.bad_events == "skip" and (part or not bad.all()):
        logger.warning("%s They are left out.", summary)
        return ~bad
    help_ = (
        f"The records hold {_heavy(pid)}."
        if (counts == 0).all()
        else "Choose bad_events = 'skip' (--bad-events skip) to leave them out and count them."
    )
    msg = f"{summary} {help_}"
    raise LlpEventError(msg)


def _heavy(pid: npt.NDArray[Any]) -> str:
    """Return the most frequent numbers of heavy and new particles of a record in words."""
    kinds, counts = np.unique(np.abs(pid), return_counts=True)
    heavy = np.isin(kinds, (6, 7, 8)) | ((kinds >= 23) & (kinds <= 80))
    heavy |= (kinds >= 1_000_000) & (kinds < 1_000_000_000)
    order = np.argsort(-counts[heavy], kind="stable")[:8]
    listed = ", ".join(str(number) for number in np.sort(kinds[heavy][order]))
    return f"particles of |PDG numbers| {listed}" if listed else "no heavy particles at all"


def _check_decays(known: Booleans, options: ReadOptions, numbers: Integers, where: str) -> None:
    """Do nothing if as much is known of decays as is wanted."""
    unknown = np.asarray(~known.all(axis=1))
    if not unknown.any():
        return
    count, first = np.count_nonzero(unknown), int(numbers[np.argmax(unknown)])
    summary = (
        f"{where}: of {count:,} of {len(unknown):,} events, entry {first} first, the truth record "
        "does not say what LLPs decay to (they are stable in it, or its links lead nowhere)"
    )
    if options.child is None:
        msg = f"{summary}; say what they decay to (child), and their decays can be drawn"
        raise LlpEventError(msg)
    if options.decays and known.any():
        msg = (
            f"{summary}, while it does of others; leave all decay positions out (decays = False) "
            "and draw them"
        )
        raise LlpEventError(msg)
