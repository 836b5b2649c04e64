"""How good z is that a network reads, in the figures of the reference."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.synthetic import Histograms

Floats = npt.NDArray[np.float64]

FALSE_ALARM: Final = 5.0


@dataclass(frozen=True, slots=True)
class Measures:
    """Of the largest z of many histograms, read against true.

    Attributes:
        histograms: How many.
        mean: Of read - true.
        std: Of read - true.
        auc: Area under the ROC curve of histograms with a signal against those without.
        auc_likelihood: The same for the true z.
        background_histograms: Histograms without a signal.
        false_alarms: How many of them are read above FALSE_ALARM.
        false_alarms_likelihood: How many of them are truly above.
    """

    histograms: int
    mean: float
    std: float
    auc: float
    auc_likelihood: float
    background_histograms: int
    false_alarms: int
    false_alarms_likelihood: int

    def as_json(self) -> dict[str, float | int]:
        """Return the figures by name."""
        return asdict(self)


def measures(histograms: Histograms, z: Floats) -> Measures:
    """Return how good z is.

    Args:
        histograms: With their true z.
        z: As it was read, shape (bins,).
    """
    read, true = histograms.largest_z(z), histograms.largest_z()
    return measures_of(read, true, histograms.centre >= 0)


def measures_of(read: Floats, true: Floats, signal: npt.NDArray[np.bool_]) -> Measures:
    """Return the figures of largest z.

    Args:
        read: Largest z of each histogram, as it was read.
        true: With a known background.
        signal: Whether it has one.
    """
    apart = read - true
    return Measures(
        len(read),
        float(np.mean(apart)) if len(read) else float("nan"),
        float(np.std(apart)) if len(read) else float("nan"),
        auc(read[signal], read[~signal]),
        auc(true[signal], true[~signal]),
        int(np.sum(~signal)),
        int(np.sum(read[~signal] > FALSE_ALARM)),
        int(np.sum(true[~signal] > FALSE_ALARM)),
    )


def auc(signal: Floats, background: Floats) -> float:
    """Return how often a value of signal is above one of background; NaN without both.

    Args:
        signal: Values.
        background: Values; equal ones count half.
    """
    if not len(signal) or not len(background):
        return float("nan")
    ordered = np.sort(background)
    below = np.searchsorted(ordered, signal, "left") + np.searchsorted(ordered, signal, "right")
    return float(np.mean(below) / (2.0 * len(background)))
