"""How often background alone has so large a significance anywhere in a histogram.

Pseudo-data are drawn from the background, their significances read as those of the data were, and
the largest of each is compared with the one that was seen. Most histograms show nothing, and a few
dozen pseudo-data say so: drawing ends with the h-th that is at least as large, and the probability
is h over how many it took, which is valid at every level (J. Besag, P. Clifford, Biometrika 78,
1991, doi:10.1093/biomet/78.2.301). Where the most have been drawn before that, the probability is
that of the h-th largest, u, times

    exp(-(z^2 - u^2) / 2),

which is how often the number of upcrossings of a level falls with the level (E. Gross, O. Vitells,
arXiv:1005.1891, for one degree of freedom).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.methods import Method
from bumpcast.bumps.spectra import Floats, Spectra, bins_of

ENOUGH: Final = 10
"""So many pseudo-data at least as significant as the data end the drawing."""

TOYS: Final = 1000
"""The most that are drawn of a histogram."""

_FIRST_ROUND: Final = 20
_MOST_BINS: Final = 1_000_000
"""Bins of pseudo-data that are read at a time."""


@dataclass(frozen=True, slots=True)
class ToySettings:
    """How pseudo-data are drawn.

    Attributes:
        most: The most of a histogram; 0: none, and no probability is given.
        enough: Drawing ends with so many that are at least as significant as the data.
        seed: What the pseudo-data of a histogram depend on, beside its name and its background.
        skip: Share of each spectrum's first bins in which nothing is looked for.
    """

    most: int = TOYS
    enough: int = ENOUGH
    seed: int = 1
    skip: float = 0.0


def histogram_probabilities(
    method: Method,
    spectra: Spectra,
    background: BackgroundEstimate,
    z: Floats,
    settings: ToySettings,
) -> Floats:
    """Return how probable so large a significance is anywhere in each histogram.

    Args:
        method: How significances are read.
        spectra: The spectra.
        background: Their background.
        z: The largest significance of each, shape (histograms,); NaN: it is left out.
        settings: How pseudo-data are drawn.

    Returns:
        Probabilities, shape (histograms,); NaN where there is no significance.
    """
    p = np.full(len(spectra), np.nan)
    active = np.flatnonzero(np.isfinite(z))
    drawn = 0
    maxima = {int(number): np.empty(0) for number in active}
    share = min(_FIRST_ROUND, settings.most)
    while len(active) and drawn < settings.most:
        share = min(share, settings.most - drawn)
        for some in _portions(active, spectra.bins * share):
            found = _toy_maxima(method, spectra, background, some, drawn, share, settings)
            for number, of_number in zip(some.tolist(), found, strict=True):
                maxima[number] = np.concatenate([maxima[number], of_number])
        drawn += share
        share = drawn
        left = []
        for number in active.tolist():
            above = np.flatnonzero(maxima[number] >= z[number])
            if len(above) >= settings.enough:
                p[number] = settings.enough / (above[settings.enough - 1] + 1)
                del maxima[number]
            else:
                left.append(number)
        active = np.array(left, dtype=np.int64)
    for number in active.tolist():
        p[number] = _tail(maxima[number], float(z[number]), settings.enough)
    return p


def _tail(maxima: Floats, z: float, enough: int) -> float:
    """Return the probability of a significance that few or no pseudo-data reach."""
    if not len(maxima):
        return float("nan")
    ordered = np.sort(maxima)[::-1]
    rank = min(enough, len(ordered))
    level = max(float(ordered[rank - 1]), 0.0)
    beyond = np.exp(-0.5 * max(z * z - level * level, 0.0)) if z > 0 else 1.0
    return float(min(1.0, rank / len(ordered) * beyond))


def _portions(numbers: npt.NDArray[np.int64], bins: npt.NDArray[np.int64]) -> list[Numbers]:
    """Cut histograms into groups whose pseudo-data fit into memory."""
    group = np.cumsum(bins[numbers]) // _MOST_BINS
    return [numbers[group == number] for number in np.unique(group)]


Numbers = npt.NDArray[np.int64]


def _toy_maxima(
    method: Method,
    spectra: Spectra,
    background: BackgroundEstimate,
    numbers: Numbers,
    begin: int,
    count: int,
    settings: ToySettings,
) -> Floats:
    """Return the largest significances of pseudo-data, shape (histograms, count)."""
    repeated = np.repeat(numbers, count)
    places, offsets = bins_of(spectra.offsets, repeated)
    counts = [
        _draw(spectra, background, number, begin, count, settings.seed).ravel()
        for number in numbers.tolist()
    ]
    weight = spectra.event_weight[places]
    drawn = np.concatenate([*counts, np.empty(0)])
    toys = Spectra(
        [spectra.names[number] for number in repeated.tolist()],
        offsets,
        spectra.low[places],
        spectra.high[places],
        drawn * weight,
        drawn * weight**2,
    )
    peaks = method.largest_again(toys, background.of(spectra.offsets, repeated), settings.skip)
    # Pseudo-data of which nothing can be said are not more significant than the data.
    return np.nan_to_num(peaks, nan=-np.inf).reshape(len(numbers), count)


def _draw(
    spectra: Spectra,
    background: BackgroundEstimate,
    number: int,
    begin: int,
    count: int,
    seed: int,
) -> Floats:
    """Return numbers of events of pseudo-data, shape (count, bins)."""
    bins = spectra.slice_of(number)
    weight = spectra.event_weight[bins]
    expected = np.nan_to_num(background.expected[bins], nan=0.0) / weight
    sigma = np.nan_to_num(background.uncertainty[bins], nan=0.0) / weight
    digest = hashlib.sha256(f"{seed}/{spectra.names[number]}".encode()).digest()
    key = np.frombuffer(digest[:16], dtype=np.uint64)
    random = np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, begin]))
    means = np.broadcast_to(np.maximum(expected, 0.0), (count, len(expected)))
    uncertain = (sigma > 0) & (expected > 0)
    if np.any(uncertain):
        # A gamma distribution has the mean and the variance of the background and no negative part.
        shape = np.where(uncertain, (expected / np.where(uncertain, sigma, 1.0)) ** 2, 1.0)
        drawn = random.gamma(shape, size=means.shape) * np.where(uncertain, expected / shape, 0.0)
        means = np.where(uncertain, drawn, means)
    return random.poisson(means).astype(np.float64)
