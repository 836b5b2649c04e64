"""Exact likelihood ratios of a signal at every bin of many histograms at once."""

from bumpcast.bumps.likelihood.profiled import (
    profiled_scan,
    profiled_significances,
)
from bumpcast.bumps.likelihood.signal import WIDTHS, gaussian_template
from bumpcast.bumps.likelihood.significance import signed_significances

__all__ = [
    "WIDTHS",
    "gaussian_template",
    "profiled_scan",
    "profiled_significances",
    "signed_significances",
]
