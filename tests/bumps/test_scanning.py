"""The exact likelihood of spectra with their backgrounds."""

from __future__ import annotations

import dataclasses

import numpy as np
from spectra_for_tests import falling

from bumpcast.bumps.likelihood import WIDTHS, profiled_scan, signed_significances
from bumpcast.bumps.scanning import scan_widths


def test_without_modes_each_bin_has_the_largest_over_the_widths() -> None:
    spectra, background = falling(3)
    counts = spectra.counts.copy()
    counts[7] = np.nan
    spectra = spectra.with_counts(counts)
    uncertain = dataclasses.replace(background, uncertainty=0.05 * background.expected)
    each = [
        signed_significances(
            spectra.offsets,
            counts,
            uncertain.expected,
            uncertainty=uncertain.uncertainty,
            width_bins=width,
            event_weight=spectra.event_weight,
        )
        for width in WIDTHS
    ]
    z, widths = scan_widths(spectra, uncertain)
    known = np.arange(len(counts)) != 7
    assert np.isnan(z[7])
    assert np.isnan(widths[7])
    np.testing.assert_array_equal(z[known], np.max(each, axis=0)[known])
    np.testing.assert_array_equal(
        widths[known], np.array(WIDTHS)[np.argmax(np.array(each)[:, known], axis=0)]
    )


def test_modes_are_profiled() -> None:
    spectra, background = falling(2)
    free = dataclasses.replace(
        background,
        modes=background.expected[:, None],
        precisions=np.zeros((2, 1)),
        centres=np.zeros((2, 1)),
    )
    z, widths = scan_widths(spectra, free, [2.0], skip=0.1)
    expected, _ = profiled_scan(
        spectra.offsets,
        spectra.counts,
        free.expected,
        free.modes,
        free.precisions,
        free.centres,
        [2.0],
        skip=0.1,
    )
    np.testing.assert_array_equal(z, expected)
    assert set(widths[np.isfinite(z)]) == {2.0}
    known, _ = scan_widths(spectra, background, [2.0])
    assert np.nanmax(np.abs(known[np.isfinite(z)] - z[np.isfinite(z)])) > 0.01
