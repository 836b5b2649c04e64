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
from bumpcast.bumps.poisson import poisson_numbers
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
        # The k-th smallest of N uniform numbers is k / (N + 1) on average.
        ranks = np.arange(1.0, number + 1.0) / (number + 1.0)
        measured = np.interp(
            probabilities, np.append(self.found, 1.0), np.append(ranks, 1.0), left=0.0
        )
        least = max(float(self.found[ENOUGH - 1]), 1e-300)
        ratio = ranks[ENOUGH - 1] / least
        with np.errstate(divide="ignore", invalid="ignore"):
            towards = np.clip(np.log(least / probabilities) / np.log(_REACH), 0.0, 1.0)
        # One above 1 stays: it says that probabilities are too small.
        kept = np.where(ratio < 1.0, 1.0 - towards, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            beyond = probabilities * ratio**kept * (probabilities / least) ** (self._steepness - 1)
        calibrated = np.where(probabilities < least, beyond, measured)
        return np.where(np.isfinite(probabilities), np.minimum(calibrated, 1.0), np.nan)

    @property
    def _steepness(self) -> float:
        """Power of u by which probabilities below u become rarer, at most 1.

        The likeliest one for the smallest (B. Hill, Ann. Statist. 3 (1975) 1163), averaged with 1,
        that of a uniform distribution, as if as many had said so.
        """
        small = np.maximum(self.found[:ENOUGH], 1e-300)
        logs = float(np.sum(np.log(small[-1] / small)))
        return min(1.0, 2.0 * (ENOUGH - 1) / (logs + ENOUGH - 1))

    def of_findings(self, findings: Findings) -> Findings:
        """Return findings with probabilities that are what they say."""
        table = findings.table.copy()
        table["p_histogram"] = self.apply(table["p_histogram"].to_numpy())
        return replace(findings, table=table)


def pseudo_spectra(findings: Findings, number: int, seed: int) -> Spectra:
    """Return background-only pseudo-data of some of the spectra that were searched.

    Args:
        findings: What a search found; spectra that it has skipped are left out. Of bins that are
            not known, pseudo-data know nothing either.
        number: How many; each spectrum comes about as often as any other.
        seed: Of the pseudo-data, and of which spectra they are of.
    """
    spectra, expected = findings.spectra, findings.background
    known = np.isfinite(expected)
    known &= np.isfinite(spectra.counts) & np.isfinite(spectra.variances)
    searched = np.isfinite(findings.table["z"].to_numpy())
    some_known = np.bincount(spectra.histogram_of_bin, known, minlength=len(spectra)) > 0
    usable = np.flatnonzero(some_known & searched)
    random = np.random.default_rng([seed, number])
    if not len(usable):
        return spectra.some([])
    rounds = -(-number // len(usable))
    order = np.concatenate([random.permutation(usable) for _ in range(rounds)])[:number]
    places, offsets = bins_of(spectra.offsets, order)
    weight = spectra.event_weight[places]
    means = np.where(known, expected, 0.0)[places] / weight
    drawn = poisson_numbers(random, np.maximum(means, 0.0))
    drawn[~known[places]] = np.nan
    return Spectra(
        [f"{spectra.names[n]} (pseudo-data {k})" for k, n in enumerate(order.tolist())],
        offsets,
        spectra.low[places],
        spectra.high[places],
        drawn * weight,
        drawn * weight**2,
    )
