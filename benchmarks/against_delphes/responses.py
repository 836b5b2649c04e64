"""How well generated particles and jets are measured, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt

from benchmarks.against_delphes.efficiencies import LEPTONS, generator_jets, range_text
from benchmarks.against_delphes.reading import Events, event_numbers, flat

Array = npt.NDArray[Any]

_LEPTONS_PT_GEV: Final = ((10.0, 20.0), (20.0, 50.0), (50.0, 200.0), (200.0, np.inf))
_JETS_PT_GEV: Final = ((30.0, 50.0), (50.0, 100.0), (100.0, 300.0), (300.0, np.inf))
_WITHIN_OF_LEPTONS: Final = 0.1
_WITHIN_OF_JETS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Response:
    """Observed over generated transverse momentum.

    Attributes:
        name: Of what.
        part: Which of them.
        values: One number an object that was found.
        events: Numbers of their events.
    """

    name: str
    part: str
    values: Array
    events: Array


def responses(truth: Events, observed: Events) -> Iterator[Response]:
    """Give all responses of a file.

    Args:
        truth: Our file of the same events.
        observed: The file of which the responses are; our own or Delphes's.
    """
    particles = truth.objects("Particle")
    stable = particles[(particles.Status == 1) & (abs(particles.Eta) < 2.5) & (particles.PT > 10)]
    for name, (pid, kind) in LEPTONS.items():
        generated = stable[abs(stable.PID) == pid]
        found = _nearest(generated, observed.objects(kind), _WITHIN_OF_LEPTONS)
        yield from _by_pt(name, *found, _LEPTONS_PT_GEV)
    found = _nearest(generator_jets(truth, 2.5), observed.objects("jet"), _WITHIN_OF_JETS)
    yield from _by_pt("jet", *found, _JETS_PT_GEV)


def joined(parts: Sequence[Response], events: Sequence[int]) -> Response:
    """Return the responses of several samples as one.

    Args:
        parts: Each sample's.
        events: How many each sample has.
    """
    firsts = np.cumsum([0, *events[:-1]])
    numbers = [part.events + first for part, first in zip(parts, firsts, strict=True)]
    values = np.concatenate([part.values for part in parts])
    return Response(parts[0].name, parts[0].part, values, np.concatenate(numbers))


def _nearest(generated: Any, observed: Any, within: float) -> tuple[Array, Array, Array]:
    """Return ratios of pT, generated pT and event numbers of what has something observed nearby."""
    pairs = ak.cartesian(
        {"one": generated[["PT", "Eta", "Phi"]], "other": observed[["PT", "Eta", "Phi"]]},
        nested=True,
    )
    phi = abs(pairs.one.Phi - pairs.other.Phi)
    phi = ak.where(phi > np.pi, 2 * np.pi - phi, phi)
    square = (pairs.one.Eta - pairs.other.Eta) ** 2 + phi**2
    nearest = ak.argmin(square, axis=2, keepdims=True)
    kept = ak.fill_none(ak.firsts(square[nearest], axis=2) < within**2, False)
    pt = ak.drop_none(ak.firsts(pairs.other.PT[nearest], axis=2)[kept])
    generated = generated.PT[kept]
    return flat(pt) / flat(generated), flat(generated), event_numbers(generated)


def _by_pt(
    name: str, ratios: Array, pt: Array, events: Array, ranges: Sequence[tuple[float, float]]
) -> Iterator[Response]:
    for low, high in ranges:
        inside = (low < pt) & (pt <= high)
        yield Response(name, range_text(low, high), ratios[inside], events[inside])
