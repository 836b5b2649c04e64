"""Which function is the background of a spectrum that may have a signal.

Where the counts stick out of the chosen fit somewhere, the window around the largest excess is left
out and everything is fitted and chosen once more. Then that fit and a signal in the window must
describe the spectrum, and better than a function that is free to bend, which is taken else
(`peak_or_shape`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.fitted_functions import (
    FittedFunctions,
    FunctionSettings,
    fit_functions,
)
from bumpcast.bumps.backgrounds.peak_or_shape import (
    SIGNAL_PARAMETERS,
    criterion,
    goodness_with_signal,
    with_signal,
)
from bumpcast.bumps.backgrounds.window import window_of_excess
from bumpcast.bumps.spectra import Spectra, bins_of

Bools = npt.NDArray[np.bool_]

BINS_PER_BEND: Final = 5
"""A function that is to describe a spectrum better than a peak does may bend once in so many."""


def fit_and_choose(spectra: Spectra, settings: FunctionSettings) -> FittedFunctions:
    """Fit all families and orders, and choose one for each histogram.

    Args:
        spectra: As for `fit_functions`.
        settings: How.
    """
    known = np.isfinite(spectra.counts)
    found = fit_functions(spectra, settings, known.copy())
    window = window_of_excess(
        spectra, found.as_estimate(), settings.mask_widths, above=settings.mask_above
    )
    masked = np.flatnonzero(np.bincount(spectra.histogram_of_bin, window, minlength=len(spectra)))
    if len(masked) == 0:
        return found
    places, _ = bins_of(spectra.offsets, masked)
    part = spectra.some(masked)
    again = fit_functions(part, settings, (known & ~window)[places])
    freer = replace(settings, rule="aic", bins_per_order=BINS_PER_BEND)
    shapes = fit_functions(part, freer, known[places])
    bent = _are_shapes(part, again, shapes, settings)
    # Where nothing can be fitted without the window, the fit with it is what there is.
    _replace(found, spectra.offsets, masked, again, again.family >= 0)
    _replace(found, spectra.offsets, masked, shapes, bent)
    return found


def _replace(
    found: FittedFunctions,
    offsets: npt.NDArray[np.int64],
    numbers: npt.NDArray[np.int64],
    others: FittedFunctions,
    better: Bools,
) -> None:
    """Put other fits, those of the histograms of these numbers, where they are better."""
    places, _ = bins_of(offsets, numbers)
    taken = np.repeat(better, offsets[numbers + 1] - offsets[numbers])
    for name in ("expected", "modes", "fitted", "rival"):
        getattr(found, name)[places[taken]] = getattr(others, name)[taken]
    for name in ("family", "order", "goodness"):
        getattr(found, name)[numbers[better]] = getattr(others, name)[better]


def _are_shapes(
    spectra: Spectra, stiff: FittedFunctions, shapes: FittedFunctions, settings: FunctionSettings
) -> Bools:
    """Return where functions that bend describe spectra better than stiff ones with a signal.

    Where they do not, and these do not describe the spectrum either, the goodness of these says so
    from then on.
    """
    found = np.zeros(len(spectra), np.bool_)
    weight = spectra.event_weight
    for h in range(len(spectra)):
        bent = shapes.goodness[h] >= settings.least_goodness
        if stiff.family[h] < 0:
            found[h] = bent
            continue
        bins = spectra.slice_of(h)
        per_event = weight[bins]
        known = np.isfinite(spectra.counts[bins])
        counts = np.where(known, spectra.counts[bins], 0.0) / per_event
        own = np.any(stiff.modes[bins] != 0, axis=0)
        both, alone = with_signal(
            counts,
            stiff.expected[bins] / per_event,
            stiff.modes[bins][:, own] / per_event[:, None],
            known,
            settings.mask_widths,
        )
        free = int(np.count_nonzero(own))
        terms = int(np.count_nonzero(np.any(shapes.modes[bins] != 0, axis=0)))
        found[h] = bent and (
            criterion(counts, shapes.expected[bins] / per_event, known, terms)
            < criterion(counts, both, known, free + SIGNAL_PARAMETERS)
        )
        if not found[h]:
            goodness = goodness_with_signal(counts, both, alone, known, free)
            stiff.goodness[h] = min(stiff.goodness[h], goodness)
    return found
