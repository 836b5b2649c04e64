"""What a fit with a signal is worth beside one without."""

from __future__ import annotations

import math
from typing import Final

from bumpcast.bumps.network.fits.profiling import strength
from bumpcast.compiled import compiled

WIDTHS_BINS: Final = (1.0, 2.5)
"""Of the signals that are fitted together with a background."""

MARGINS: Final = (0, 5)
"""So far from the ends a signal must be: a wide one that has one flank only is a steeper end."""

OCCAM_OF_SIGNAL: Final = 8.0
"""About what a signal costs in ln(evidence)."""

HOPELESS: Final = 20.0
"""A fit that is behind by so much in ln(evidence) does not count."""

HOPELESS_MODEL: Final = 10.0
"""The same behind the best model with a signal, for another one."""

HOPELESS_ALONE: Final = 220.0
"""The same before a signal is added, which explains up to half its significance squared."""

LARGEST_GAIN: Final = 30.0
"""No fit begins with a signal of a larger significance."""

SUSPICIOUS: Final = 4.0
"""So far an end sticks out of a fit to the rest before a signal is tried in it."""

SUSPICIOUS_PROFILED: Final = 0.8
"""The same in units of how well that fit is known there. It is little: where few events are
expected and many are seen, Gaussian errors say too little against a background."""

LEAST_EXPECTED: Final = 1e-3
"""Entries in a bin: no fit expects less."""

WINDOW_BINS: Final = 3.5
"""A signal one bin wide is as many bins of background: 2 sqrt(pi), nearly."""

END: Final = 5
"""Bins of an end."""

_SHARES_OF_WIDTHS: Final = (0.9, 0.1)
_LARGEST_SIGNIFICANCE: Final = 20.0
_LESS_BACKGROUND: Final = 1.5


@compiled
def odds_of_signal(place, width, s, template, background, usable, alone):  # type: ignore[no-untyped-def]
    """Return ln of what a signal's strength and place were taken for before, times sqrt(2 pi).

    Any significance up to the largest is equally likely, in any bin. A background that goes to
    nothing at an end, with a signal in its place, fits as well as one that goes on: its logarithm
    is taken to have a Gaussian prior.

    Args:
        place: The signal's bin.
        width: Number of its width.
        s: Events that one unit of the counts stands for, shape (bins,).
        template: The signal's shares in bins.
        background: As fitted with it, shape (bins,).
        usable: Bins that it may be in.
        alone: A background fitted without it, at its bin.
    """
    widest = strength(_LARGEST_SIGNIFICANCE * usable, place, s, template, background)
    odds = 0.5 * math.log(2.0 * math.pi) - math.log(widest / _SHARES_OF_WIDTHS[width])
    apart = math.log(max(alone / max(background[place], LEAST_EXPECTED), 1.0)) / _LESS_BACKGROUND
    return odds - 0.5 * apart * apart
