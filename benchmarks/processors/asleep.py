"""A processor that only sleeps."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from coffea.processor import ProcessorABC


class Asleep(ProcessorABC):
    """Sleeps and returns an array that is large enough to stay on its worker."""

    def __init__(self, seconds: float, size: int) -> None:
        self.seconds = seconds
        self.size = size

    def process(self, events: Any) -> dict[str, Any]:
        time.sleep(self.seconds)
        return {"chunks": 1, "array": np.ones(self.size // 8)}
