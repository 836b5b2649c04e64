"""Estimates of some spectra, and of several parts."""

from __future__ import annotations

import numpy as np

from bumpcast.bumps.backgrounds.estimate import Alternative, BackgroundEstimate, joined


def known(values: list[float], modes: int, histograms: int) -> BackgroundEstimate:
    expected = np.array(values)
    nothing = np.zeros((histograms, modes))
    return BackgroundEstimate(
        expected,
        np.zeros(len(expected)),
        np.tile(expected[:, None], (1, modes)),
        nothing,
        nothing,
        ["model"] * histograms,
        [""] * histograms,
        np.full(histograms, np.nan),
    )


def test_the_alternative_of_some_spectra_is_numbered_anew() -> None:
    offsets = np.array([0, 2, 3, 5])
    alternative = Alternative(
        np.array([0, 2]), known([7.0, 8.0, 9.0, 10.0], 1, 2), np.array([3.0, -4.0])
    )
    background = known([1.0, 2.0, 3.0, 4.0, 5.0], 1, 3)
    both = BackgroundEstimate(
        *(getattr(background, name) for name in BackgroundEstimate.__slots__[:-1]), alternative
    )
    some = both.of(offsets, np.array([2, 1, 2]))
    assert some.expected.tolist() == [4.0, 5.0, 3.0, 4.0, 5.0]
    other = some.alternative
    assert other is not None
    assert other.histograms.tolist() == [0, 2]
    assert other.background.expected.tolist() == [9.0, 10.0, 9.0, 10.0]
    assert other.lead.tolist() == [-4.0, -4.0]
    assert both.of(offsets, np.array([1])).alternative is None
    assert both.held().alternative is None


def test_parts_of_other_numbers_of_modes_are_joined() -> None:
    together = joined([known([1.0, 2.0], 1, 1), known([3.0], 3, 1)])
    assert together.expected.tolist() == [1.0, 2.0, 3.0]
    assert together.modes.tolist() == [[1.0, 0.0, 0.0], [2.0, 0.0, 0.0], [3.0, 3.0, 3.0]]
    assert together.models == ["model", "model"]
    assert together.precisions.shape == (2, 3)
