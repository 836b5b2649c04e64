"""A sample's distributions, efficiencies and peaks, ours beside Delphes's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt

from benchmarks.against_delphes.distributions import KINDS, Distribution, distributions
from benchmarks.against_delphes.efficiencies import Efficiency, efficiencies
from benchmarks.against_delphes.peaks import Found, peaks
from benchmarks.against_delphes.reading import Events
from benchmarks.against_delphes.responses import Response, joined, responses
from benchmarks.against_delphes.samples import Sample
from benchmarks.against_delphes.statistics import (
    NOTHING,
    Apart,
    Measured,
    apart,
    ratio_of_shares,
    ratio_of_sums,
)

Array = npt.NDArray[Any]

LEAST: Final = 30
"""Values that Delphes must have for a distribution to be compared."""


class DifferentEventsError(ValueError):
    """Pythia did not make the events of Delphes's file."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A distribution on both sides.

    Attributes:
        distribution: Which.
        apart: Distance of Delphes's and our first observation.
        ratio: Values of ours for each of Delphes's, or of their sums.
        edges: Bins of the plot.
        ours: Counts in the bins, the mean of our observations.
        delphes: Counts.
        error: Of the difference.
    """

    distribution: Distribution
    apart: Apart
    ratio: Measured
    edges: Array
    ours: Array
    delphes: Array
    error: Array


@dataclass(frozen=True, slots=True)
class Ratio:
    """An efficiency on both sides.

    Attributes:
        name: What is found.
        part: Which of them.
        there: How many there are.
        ours: The efficiency.
        delphes: The efficiency.
        ratio: Of the two.
    """

    name: str
    part: str
    there: int
    ours: float
    delphes: float
    ratio: Measured


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything of a sample.

    Attributes:
        sample: Which.
        events: How many were compared.
        yields: Objects of ours for each of Delphes's, by kind.
        distributions: Those with enough values.
        efficiencies: Those with enough objects.
        shares: What the efficiencies are made of, for sums over samples: ours, then Delphes's.
        responses: Of generated objects: ours, all passes together, then Delphes's.
        peaks: Of resonances.
        generator: Share of the events in which the generator's jets and missing energy are equal;
            None: Delphes's file does not hold them.
    """

    sample: Sample
    events: int
    yields: dict[str, Measured]
    distributions: list[Compared]
    efficiencies: list[Ratio]
    shares: list[tuple[Efficiency, Efficiency]]
    responses: list[tuple[Response, Response]]
    peaks: list[Found]
    generator: tuple[float, float] | None


def compare_sample(sample: Sample, ours: list[Events], delphes: Events) -> Comparison:
    """Compare our observations of a sample's events with Delphes's.

    Args:
        sample: Which.
        ours: Of the same events, with different random numbers of the detector.
        delphes: Delphes's.

    Raises:
        DifferentEventsError: The events are not the same.
    """
    check_same_events(sample, ours[0], delphes)
    shares = _shares(ours, delphes)
    yields = {name: _ratio_of_counts(kind, ours, delphes) for name, kind in KINDS.items()}
    found = [_compared(one, ours, delphes) for one in distributions(sample.name)]
    return Comparison(
        sample=sample,
        events=len(delphes),
        yields=yields,
        distributions=[one for one in found if one is not None],
        efficiencies=[_ratio(*pair) for pair in shares if pair[1].there.sum() >= LEAST],
        shares=shares,
        responses=_responses(ours, delphes),
        peaks=peaks(sample.name, ours, delphes),
        generator=_generator(ours[0], delphes),
    )


def check_same_events(sample: Sample, ours: Events, delphes: Events) -> None:
    """Do nothing if the scale of the hard process is the same in every event.

    Raises:
        DifferentEventsError: It is not.
    """
    mine, theirs = (events.one_each("Event", "ScalePDF") for events in (ours, delphes))
    same = len(mine) == len(theirs) and np.allclose(mine, theirs, rtol=1e-5)
    if not same:
        msg = f"{sample.name}: {sample.generator} made other events than those in {sample.file}"
        raise DifferentEventsError(msg)


def _ratio_of_counts(kind: str, ours: list[Events], delphes: Events) -> Measured:
    def counts(events: Events) -> Array:
        return np.asarray(ak.to_numpy(ak.num(events.objects(kind))), dtype=np.float64)

    theirs = counts(delphes)
    if theirs.sum() < LEAST:
        return NOTHING
    return ratio_of_sums(np.mean([counts(one) for one in ours], axis=0), theirs)


def _compared(one: Distribution, ours: list[Events], delphes: Events) -> Compared | None:
    theirs, their_events = one.values(delphes)
    if len(theirs) < LEAST:
        return None
    mine = [one.values(events) for events in ours]
    events = len(delphes)
    edges = one.edges(theirs)
    binned = [_by_event(values, numbers, edges, events) for values, numbers in mine]
    mean, other = np.mean(binned, axis=0), _by_event(theirs, their_events, edges, events)

    def sums(values: Array, numbers: Array) -> Array:
        weights = values if one.summed else None
        return np.bincount(numbers, weights, minlength=events).astype(np.float64)

    return Compared(
        distribution=one,
        apart=apart(*mine[0], theirs, their_events),
        ratio=ratio_of_sums(
            np.mean([sums(*pair) for pair in mine], axis=0), sums(theirs, their_events)
        ),
        edges=edges,
        ours=mean.sum(axis=0),
        delphes=other.sum(axis=0),
        error=np.sqrt(np.sum((mean - other) ** 2, axis=0)),
    )


def _by_event(values: Array, numbers: Array, edges: Array, events: int) -> Array:
    """Return how many values of each event are in each bin."""
    bins = len(edges) - 1
    place = np.searchsorted(edges, values, side="right") - 1
    place = np.where(values == edges[-1], bins - 1, place)
    inside = (place >= 0) & (place < bins)
    cells = np.bincount(numbers[inside] * bins + place[inside], minlength=events * bins)
    return cells.reshape(events, bins).astype(np.float64)


def _shares(ours: list[Events], delphes: Events) -> list[tuple[Efficiency, Efficiency]]:
    mine = [list(efficiencies(one, one)) for one in ours]
    theirs = list(efficiencies(ours[0], delphes))
    return [
        (
            Efficiency(
                other.name,
                other.part,
                np.mean([one[n].passed for one in mine], axis=0),
                np.mean([one[n].there for one in mine], axis=0),
            ),
            other,
        )
        for n, other in enumerate(theirs)
    ]


def _responses(ours: list[Events], delphes: Events) -> list[tuple[Response, Response]]:
    mine = [list(responses(one, one)) for one in ours]
    return [
        # the same events each time
        (joined([one[n] for one in mine], [0] * len(mine)), other)
        for n, other in enumerate(responses(ours[0], delphes))
    ]


def _ratio(mine: Efficiency, theirs: Efficiency) -> Ratio:
    ratio = ratio_of_shares((mine.passed, mine.there), (theirs.passed, theirs.there))
    there = int(theirs.there.sum())
    return Ratio(theirs.name, theirs.part, there, mine.value, theirs.value, ratio)


def _generator(ours: Events, delphes: Events) -> tuple[float, float] | None:
    if not delphes.has("GenJet"):
        return None
    jets = [events.column("GenJet", "PT") for events in (ours, delphes)]
    same = ak.num(jets[0]) == ak.num(jets[1])
    close = ak.all(abs(jets[0][same] / jets[1][same] - 1) < 1e-4, axis=1)
    missing = [events.one_each("GenMissingET", "MET") for events in (ours, delphes)]
    equal = np.isclose(*missing, rtol=1e-4, atol=1e-3)
    return float(ak.sum(close)) / len(delphes), float(np.mean(equal))
