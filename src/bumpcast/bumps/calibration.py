"""Probabilities that are what they say, where pseudo-data are searched in less time than the data.

A fitted background's family and order are chosen to describe the data, and stay what they are in
the pseudo-data of a histogram (`look_elsewhere`): choosing them anew for each would take a hundred
times as long. So the data look a little more like their background than pseudo-data do, and
probabilities come out too large. How much is measured: pseudo-data of some histograms are searched
as the data were, everything chosen anew, and how often their probability is below u is the
probability that u stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bumpcast.bumps.findings import Findings
from bumpcast.bumps.spectra import Floats, Spectra, bins_of

ENOUGH: Final = 10
"""Below the so-manieth smallest probability of the calibration, its ratio is extrapolated."""

_REACH: Final = 10.0
"""It goes to 1 within this factor: a large excess decides by itself which function fits."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What probabilities stand for.

    Attributes:
        found: Those of background-only pseudo-data, rising, shape (pseudo-data,).
    """

    found: Floats

    @classmethod
    def of(cls, probabilities: Floats) -> Calibration:
        """Return the calibration by pseudo-data.

        Args:
            probabilities: Of background-only pseudo-data; NaN where there is none.
        """
        return cls(np.sort(probabilities[np.isfinite(probabilities)]))

    def apply(self, probabilities: Floats) -> Floats:
        """Return how often background has probabilities as small as these.

        Args:
            probabilities: As they were found, shape (histograms,); NaN stays NaN.
        """
        number = len(self.found)
        if number < ENOUGH:
            return probabilities.copy()
        below = np.searchsorted(self.found, probabilities, side="right")
        measured = (below + 1.0) / (number + 1.0)
        least = max(float(self.found[ENOUGH - 1]), 1e-300)
        ratio = (ENOUGH + 1.0) / (number + 1.0) / least
        with np.errstate(divide="ignore", invalid="ignore"):
            towards = np.clip(np.log(least / probabilities) / np.log(_REACH), 0.0, 1.0)
        # One above 1 stays: it says that probabilities are too small.
        kept = np.where(ratio < 1.0, 1.0 - towards, 1.0)
        beyond = probabilities * ratio**kept
        calibrated = np.where(probabilities < least, beyond, measured)
        return np.where(np.isfinite(probabilities), np.minimum(calibrated, 1.0), np.nan)

    def of_findings(self, findings: Findings) -> Findings:
        """Return findings with probabilities that are what they say."""
        table = findings.table.copy()
        table["p_histogram"] = self.apply(table["p_histogram"].to_numpy())
        return replace(findings, table=table)


def pseudo_spectra(findings: Findings, number: int, seed: int) -> Spectra:
    """Return background-only pseudo-data of some of the spectra that were searched.

    Args:
        findings: What a search found; spectra without a background are left out.
        number: How many; each spectrum comes about as often as any other.
        seed: Of the pseudo-data, and of which spectra they are of.
    """
    spectra, expected = findings.spectra, findings.background
    finite = np.isfinite(expected)
    known = np.bincount(spectra.histogram_of_bin, finite, minlength=len(spectra)) == spectra.bins
    usable = np.flatnonzero(known & (spectra.bins > 0))
    random = np.random.default_rng([seed, number])
    if not len(usable):
        return spectra.some([])
    rounds = -(-number // len(usable))
    order = np.concatenate([random.permutation(usable) for _ in range(rounds)])[:number]
    places, offsets = bins_of(spectra.offsets, order)
    weight = spectra.event_weight[places]
    drawn = random.poisson(np.maximum(expected[places] / weight, 0.0)).astype(np.float64)
    return Spectra(
        [f"{spectra.names[n]} (pseudo-data {k})" for k, n in enumerate(order.tolist())],
        offsets,
        spectra.low[places],
        spectra.high[places],
        drawn * weight,
        drawn * weight**2,
    )
