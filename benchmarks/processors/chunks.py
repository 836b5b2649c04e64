"""Processors that stand for chunks of a large scan; what they read of the events is nothing."""

from __future__ import annotations

import functools
import sys
import time
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from coffea.processor import ProcessorABC

from bumpcast.config.binning import BinningConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.massscan import ScanDelta, Scanner

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "tests/massscan")]
from scaling import varied
from synthetic import random_objects

DIFFERENT = 4
"""How many prepared chunks there are."""


class Scanned(ProcessorABC):
    """Scans synthetic events and sleeps for what is left of the time that a chunk should take."""

    def __init__(self, seconds: float, events: int, states: int, weights: bool) -> None:
        self.seconds = seconds
        self.events = events
        self.states = states
        self.weights = weights

    def process(self, events: Any) -> dict[str, ScanDelta]:
        number = (
            int(Path(events.metadata["filename"]).stem) * 10_000 + events.metadata["entrystart"]
        )
        started = time.monotonic()
        delta = scanned(number, self.events, self.states, weights=self.weights)
        time.sleep(max(started + self.seconds - time.monotonic(), 0.0))
        return {"all": delta}


class Prepared(ProcessorABC):
    """Returns the delta of one of a few chunks that were scanned once."""

    def __init__(self, events: int, states: int, weights: bool) -> None:
        self.arguments = events, states, weights

    def process(self, events: Any) -> dict[str, ScanDelta]:
        return {"all": prepared(events.metadata["entrystart"] % DIFFERENT, *self.arguments)}


class Empty(ProcessorABC):
    """Does nothing."""

    def process(self, events: Any) -> dict[str, int]:
        return {"chunks": 1}


def scanned(number: int, events: int, states: int, *, weights: bool) -> ScanDelta:
    """Return the delta of a chunk of events that are random by its number."""
    random = np.random.default_rng(number)
    objects = varied(base_events(events, states), random)
    return scanner().fill(objects, random.normal(1.0, 0.3, events) if weights else None)


@functools.cache
def prepared(number: int, events: int, states: int, weights: bool) -> ScanDelta:
    return scanned(number, events, states, weights=weights)


@functools.cache
def base_events(events: int, states: int) -> ak.Array:
    return random_objects(events, 0, states)


@functools.cache
def scanner() -> Scanner:
    return Scanner(ScanConfig(), BinningConfig(detector="atlas"))
