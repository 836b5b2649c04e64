"""The spurious-signal test."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.backgrounds import functions, gaussian_process
from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.fitted_functions import FunctionSettings
from bumpcast.bumps.backgrounds.linear_limit import linear_significances
from bumpcast.bumps.backgrounds.spurious import largest_of_each, spurious_significance
from bumpcast.bumps.likelihood import gaussian_template, signed_significances
from bumpcast.bumps.spectra import Spectra
from tests.bumps.backgrounds.toys import falling, fluctuated, many, spectra_of


def test_a_way_that_knows_the_truth_makes_nothing_of_it() -> None:
    truth = many(14, 1)

    def knows(spectra: Spectra) -> BackgroundEstimate:
        return BackgroundEstimate.without_modes(
            spectra.counts, np.zeros(len(spectra.counts)), [""] * 14, [""] * 14
        )

    assert spurious_significance(knows, truth).tolist() == [0.0] * 14


def test_a_way_that_is_wrong_by_a_signal_makes_one() -> None:
    truth = spectra_of([np.full(61, 1e4)])
    template = gaussian_template(1.0)

    def wrong(spectra: Spectra) -> BackgroundEstimate:
        expected = spectra.counts.copy()
        expected[25:36] -= 400 * template
        return BackgroundEstimate.without_modes(expected, np.zeros(61), [""], [""])

    found = spurious_significance(wrong, truth)
    assert found[0] == pytest.approx(400 * np.sqrt(np.sum(template**2) / 1e4), rel=0.02)


def test_a_function_that_is_too_simple_is_found_out() -> None:
    truth = spectra_of([falling("power", 60, 1e5, 300.0)])
    simple = FunctionSettings(families=("exp-polynomial",), most_order=1, least_goodness=0.0)
    assert spurious_significance(lambda s: functions.estimate(s, simple), truth)[0] > 10
    assert spurious_significance(functions.estimate, truth)[0] < 1


@pytest.mark.parametrize("way", [functions.estimate, gaussian_process.estimate])
def test_smooth_truths_are_no_signals(way: object) -> None:
    truth = many(28, 5)
    found = spurious_significance(way, truth)  # type: ignore[arg-type]
    assert np.mean(np.isnan(found)) < 0.08
    assert np.nanmedian(found) < 0.5
    assert np.nanpercentile(found, 90) < 1.6


def test_linear_significances_without_modes_are_the_known_ones() -> None:
    observed = fluctuated(spectra_of([np.full(50, 1e5)]), 3)
    known = BackgroundEstimate.without_modes(np.full(50, 1e5), np.zeros(50), [""], [""])
    exact = signed_significances(observed.offsets, observed.counts, known.expected)
    np.testing.assert_allclose(linear_significances(observed, known), exact, atol=0.02)


def test_without_a_background_there_is_nothing_to_say() -> None:
    nothing = spectra_of([np.zeros(40), np.full(40, 100.0)])
    found = spurious_significance(functions.estimate, nothing)
    assert np.isnan(found[0])
    assert found[1] >= 0
    assert np.isnan(largest_of_each(nothing, np.full(80, np.nan))).all()
