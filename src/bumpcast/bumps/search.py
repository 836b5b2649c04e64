"""One search: from spectra to findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import norm

from bumpcast.bumps.backgrounds.condition import contradictions
from bumpcast.bumps.findings import Findings, make_table
from bumpcast.bumps.look_elsewhere import ToySettings, histogram_probabilities
from bumpcast.bumps.methods import Method, Reading
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.spectra import Floats, Spectra


def search(
    spectra: Spectra, method: Method, toys: ToySettings, settings: Mapping[str, Any] | None = None
) -> Findings:
    """Look for an excess in every spectrum.

    Args:
        spectra: Where.
        method: How.
        toys: How pseudo-data are drawn for the probability in each histogram.
        settings: What is to be remembered of how it was done.

    Returns:
        What was found; a spectrum that cannot be searched is in it with the reason.
    """
    wrong = contradictions(spectra)
    reading = _without(method.read(spectra), spectra, wrong)
    peaks = largest(spectra.offsets, reading.z, toys.skip)
    p_histogram = histogram_probabilities(method, spectra, reading.background, peaks.z, toys)
    found = peaks.bins >= 0
    place = np.where(found, spectra.offsets[:-1] + np.maximum(peaks.bins, 0), 0)
    width = _at(reading.widths, place, found)
    bin_width = _at(spectra.high - spectra.low, place, found)
    table = make_table(
        spectra.names,
        {
            "z": peaks.z,
            "mass_GeV": _at(spectra.centres, place, found),
            "bin": np.where(found, peaks.bins, np.nan),
            "width_bins": width,
            "width_GeV": width * bin_width,
            "p_local": norm.sf(peaks.z),
            "p_histogram": p_histogram,
            "spurious_z": reading.background.spurious,
            "model": list(reading.background.models),
            "reason": _reasons(spectra, reading, peaks.z, wrong),
        },
    )
    uncertainty = _total_uncertainty(reading)
    return Findings(
        spectra, settings or {}, table, reading.z, reading.background.expected, uncertainty
    )


def _at(column: Floats, place: Any, found: Any) -> Floats:
    """Return values of a column, NaN where there are none."""
    if not len(column):
        return np.full(len(found), np.nan)
    values: Floats = np.where(found, column[place], np.nan)
    return values


def _without(reading: Reading, spectra: Spectra, wrong: Sequence[str]) -> Reading:
    """Return what a method says, and nothing of spectra with which something is wrong."""
    lost = np.array([bool(reason) for reason in wrong])[spectra.histogram_of_bin]
    if not np.any(lost):
        return reading
    return replace(reading, z=np.where(lost, np.nan, reading.z))


def _reasons(spectra: Spectra, reading: Reading, z: Floats, wrong: Sequence[str]) -> list[str]:
    """Return why each spectrum was skipped; empty where it was searched."""
    reasons = []
    totals = np.bincount(
        spectra.histogram_of_bin, np.nan_to_num(spectra.counts), minlength=len(spectra)
    )
    for number, given in enumerate(reading.background.reasons):
        if wrong[number]:
            reasons.append(wrong[number])
        elif given or np.isfinite(z[number]):
            reasons.append(given)
        elif spectra.bins[number] == 0:
            reasons.append("no bins")
        elif totals[number] <= 0:
            reasons.append("no events")
        else:
            reasons.append("no bin has counts and a background of which something can be said")
    return reasons


def _total_uncertainty(reading: Reading) -> Floats:
    """Return the background's uncertainty of each bin, its modes included where they have a prior.

    What the counts alone say of a mode is not an uncertainty that is known before the fit; such
    modes are scaled to one standard deviation by those who make them.
    """
    background = reading.background
    squares = np.square(background.uncertainty) + np.square(background.modes).sum(axis=1)
    total: Floats = np.sqrt(squares)
    return total
