"""A signal of known strength in pseudo-data: whether a search finds it, and where.

Pseudo-data are Poisson numbers of what is expected of background and signal together. The strength
of a signal has two measures: its cross-section (or how many of its events were produced), and its
significance, which is that of the exact likelihood for the expected counts themselves (the Asimov
data set of G. Cowan et al., arXiv:1007.1727, section 3.2) and a background that is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.likelihood import WIDTHS, gaussian_template, signed_significances
from bumpcast.bumps.methods import Method
from bumpcast.bumps.peaks import Peaks, largest
from bumpcast.bumps.poisson import poisson_numbers
from bumpcast.bumps.spectra import Floats, Spectra, bins_of
from bumpcast.errors import BumpcastError

NEAR: Final = 1
"""A signal is found where the excess is no more bins than this away from it."""

_MOST_STEPS: Final = 100
_MOST_BINS: Final = 1_000_000
"""Bins of pseudo-data that are searched at a time."""


class InjectionError(BumpcastError):
    """A signal cannot be added to spectra as was asked."""


@dataclass(frozen=True, eq=False)
class Injection:
    """What is drawn from: spectra without a signal, and the signal.

    Attributes:
        spectra: The bins; their counts do not matter.
        background: Expected without a signal, in events, shape (bins,).
        signal: Expected of a signal of strength 1, in events, shape (bins,).
        widths: Standard deviations in bins of the signals that the likelihood looks for.
        skip: Share of each spectrum's first bins in which nothing is looked for.
    """

    spectra: Spectra
    background: Floats
    signal: Floats
    widths: tuple[float, ...] = WIDTHS
    skip: float = 0.0

    def expected(self, strength: float) -> Peaks:
        """Return the largest significance of each spectrum for the expected counts, and its bin.

        Args:
            strength: Of the signal.
        """
        counts = self.background + strength * self.signal
        offsets = self.spectra.offsets
        best = np.full(len(counts), np.nan)
        for width in self.widths:
            z = signed_significances(offsets, counts, self.background, width_bins=width)
            best = np.fmax(best, z)
        return largest(offsets, best, self.skip)

    def strength_of(self, significance: float, histogram: int) -> float:
        """Return the strength of a signal that has a significance in a spectrum.

        Args:
            significance: The largest one for the expected counts.
            histogram: Number of the spectrum.

        Raises:
            InjectionError: No strength has it: the signal is not in the spectrum.
        """
        alone = self.some([histogram])
        low, high = 0.0, 1.0
        for _ in range(_MOST_STEPS):
            if alone.expected(high).z[0] >= significance:
                break
            high *= 4.0
        else:
            msg = (
                f"no strength of the signal has a significance of {significance:g} in "
                f"{alone.spectra.names[0]}: it leaves no events where that is searched"
            )
            raise InjectionError(msg)
        while high - low > 1e-6 * high:
            middle = 0.5 * (low + high)
            if alone.expected(middle).z[0] >= significance:
                high = middle
            else:
                low = middle
        return high

    def some(self, histograms: Sequence[int]) -> Injection:
        """Return the same of some of the spectra.

        Args:
            histograms: Their numbers.
        """
        places, _ = bins_of(self.spectra.offsets, np.asarray(histograms, dtype=np.int64))
        return Injection(
            self.spectra.some(histograms),
            self.background[places],
            self.signal[places],
            self.widths,
            self.skip,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """What a search found in pseudo-data with a signal; arrays of shape (histograms, trials).

    Attributes:
        strength: Of the signal.
        expected: Largest significance of the expected counts, shape (histograms,).
        place: Bin in which that is, shape (histograms,).
        z: The largest significance that was found.
        bins: In which bin; -1: in none.
        mass_GeV: Middle of that bin.
    """

    strength: float
    expected: Floats
    place: npt.NDArray[np.int64]
    z: Floats
    bins: npt.NDArray[np.int64]
    mass_GeV: Floats

    def found(self, threshold: float) -> npt.NDArray[np.bool_]:
        """Return whether the signal was found: as significant as that, and where it is.

        Args:
            threshold: Least significance.
        """
        near = np.abs(self.bins - self.place[:, None]) <= NEAR
        found: npt.NDArray[np.bool_] = (self.z >= threshold) & near & (self.bins >= 0)
        return found


def gaussian_signal(spectra: Spectra, histogram: int, mass_GeV: float, width_bins: float) -> Floats:
    """Return a Gaussian of one event in a spectrum, nothing in all others; shape (bins,).

    Args:
        spectra: The spectra.
        histogram: Number of the one that has it.
        mass_GeV: Where; it is put into the middle of the bin that holds this mass.
        width_bins: Standard deviation in bins.

    Raises:
        InjectionError: The spectrum does not reach there.
    """
    bins = spectra.slice_of(histogram)
    low, high = spectra.low[bins], spectra.high[bins]
    inside = np.flatnonzero((low <= mass_GeV) & (mass_GeV < high))
    if not len(inside):
        span = f"from {low[0]:,.0f} to {high[-1]:,.0f} GeV" if len(low) else "nowhere"
        msg = f"{spectra.names[histogram]} is searched {span}: {mass_GeV:g} GeV is not in it"
        raise InjectionError(msg)
    template = gaussian_template(width_bins)
    reach = len(template) // 2
    signal = np.zeros(len(spectra.counts))
    for place, share in enumerate(template, start=int(inside[0]) - reach):
        if 0 <= place < len(low):
            signal[bins.start + place] = share
    return signal


def try_injection(
    injection: Injection, strength: float, method: Method, *, trials: int, seed: int
) -> Trials:
    """Draw pseudo-data with a signal and search them.

    Args:
        injection: What is drawn from.
        strength: Of the signal.
        method: How pseudo-data are searched; a background that is given must not be needed.
        trials: How many pseudo-data of each spectrum.
        seed: Of the pseudo-data.

    Raises:
        InjectionError: What is expected is negative somewhere.
    """
    expected = injection.background + strength * injection.signal
    if np.any(expected < 0) or not np.all(np.isfinite(expected)):
        place = int(np.flatnonzero(~(expected >= 0))[0])
        name = injection.spectra.names[int(injection.spectra.histogram_of_bin[place])]
        msg = (
            f"{name}: {expected[place]:g} events are expected at "
            f"{injection.spectra.centres[place]:,.1f} GeV; pseudo-data cannot be drawn from that"
        )
        raise InjectionError(msg)
    histograms = len(injection.spectra)
    asimov = injection.expected(strength)
    z = np.full((histograms, trials), np.nan)
    bins = np.full((histograms, trials), -1, np.int64)
    share = max(1, _MOST_BINS // max(len(expected), 1))
    for begin in range(0, trials, share):
        count = min(share, trials - begin)
        toys = _draw(injection.spectra, expected, strength, begin, count, seed)
        peaks = largest(toys.offsets, method.read(toys).z, injection.skip)
        z[:, begin : begin + count] = peaks.z.reshape(count, histograms).T
        bins[:, begin : begin + count] = peaks.bins.reshape(count, histograms).T
    first = injection.spectra.offsets[:-1, None]
    centres = np.append(injection.spectra.centres, np.nan)
    mass = np.where(bins >= 0, centres[np.where(bins >= 0, first + bins, 0)], np.nan)
    return Trials(strength, asimov.z, asimov.bins, z, bins, mass)


def _draw(
    spectra: Spectra, expected: Floats, strength: float, begin: int, count: int, seed: int
) -> Spectra:
    """Return pseudo-data of all spectra, one after the other, trial by trial."""
    numbers = np.tile(np.arange(len(spectra)), count)
    places, offsets = bins_of(spectra.offsets, numbers)
    drawn = np.empty((count, len(expected)))
    for trial in range(count):
        # A trial is the same whatever other trials are drawn with it.
        key = [seed, begin + trial, round(strength * 1e9) % 2**63]
        drawn[trial] = poisson_numbers(np.random.default_rng(key), expected)
    counts = drawn.ravel()
    return Spectra(
        [spectra.names[number] for number in numbers.tolist()],
        offsets,
        spectra.low[places],
        spectra.high[places],
        counts,
        counts,
    )
