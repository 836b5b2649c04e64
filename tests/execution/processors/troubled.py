"""The jets of jets.py, with troubles that tests ask for by [options]."""

import os
import signal
import time
from pathlib import Path

import awkward as ak
import numpy as np
from coffea.processor import ProcessorABC


class Troubled(ProcessorABC):
    def __init__(
        self, raises_at=(), dies_at=(), fails_once_at=(), dies_once_at=(), marks="", sleep_s=0.0,
        output="plain", sleeps_at=None, sleeps_while="", dies_after_s=0.0,
    ):  # fmt: skip
        self.raises_at = set(raises_at)
        self.dies_at = set(dies_at)
        self.fails_once_at = set(fails_once_at)
        self.dies_once_at = set(dies_once_at)
        self.marks = marks
        self.sleep_s = sleep_s
        self.output = output
        self.sleeps_at = sleeps_at or {}
        self.sleeps_while = sleeps_while
        self.dies_after_s = dies_after_s

    def first_time(self, start):
        try:
            (Path(self.marks) / str(start)).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def process(self, events):
        start = events.metadata["entrystart"]
        if not self.sleeps_while or Path(self.sleeps_while).exists():
            time.sleep(self.sleeps_at.get(str(start), self.sleep_s))
        if start in self.raises_at:
            empty = []
            return empty[start]
        if start in self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if start in self.dies_once_at and self.first_time(start):
            time.sleep(self.dies_after_s)
            os.kill(os.getpid(), signal.SIGKILL)
        if start in self.fails_once_at and self.first_time(start):
            msg = "the network is down"
            raise OSError(msg)
        if self.output == "object":
            return {"a": object()}
        if self.output == "lambda":
            return {"a": lambda: 3}
        if self.output == "changing":
            return {"a": [1] if start == 0 else {"b": 2}}
        if self.output == "large":
            return {events.metadata["dataset"]: np.arange(20_000.0) / (start + 3)}
        jets = ak.values_astype(ak.flatten(events.Jet.pt), "float64")
        return {events.metadata["dataset"]: {"events": len(events), "sum": float(ak.sum(jets / 3))}}
