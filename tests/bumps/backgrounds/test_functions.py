"""Fitted functions on spectra of known truth."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from bumpcast.bumps.backgrounds import automatic
from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.families import UnknownFamilyError
from bumpcast.bumps.backgrounds.fitted_functions import FunctionSettings
from bumpcast.bumps.backgrounds.functions import estimate
from bumpcast.bumps.backgrounds.rising import rise
from bumpcast.bumps.likelihood import gaussian_template, signed_significances
from bumpcast.bumps.scanning import scan_widths
from bumpcast.bumps.spectra import Floats, Spectra
from tests.bumps.backgrounds.toys import falling, fluctuated, many, spectra_of, with_signal

DATA = Path(__file__).parents[2] / "data"


def significances(spectra: Spectra, settings: FunctionSettings | None = None) -> Floats:
    z, _ = scan_widths(spectra, automatic.estimate(spectra, settings), [1.0])
    return z


def test_truths_of_many_shapes_are_found_within_their_uncertainty() -> None:
    truth = many(140, 1)
    observed = fluctuated(truth, 2)
    found = estimate(observed)
    known = np.isfinite(found.expected)
    assert np.mean([bool(reason) for reason in found.reasons]) < 0.07
    # the mean square of the errors is that of some three to four free parameters among 65 bins
    error = (found.expected - truth.counts)[known] / np.sqrt(truth.counts[known])
    assert np.sqrt(np.mean(error**2)) < 0.35
    sigma = np.sqrt(np.sum(found.modes**2, axis=1))
    assert np.std((found.expected - truth.counts)[known] / sigma[known]) < 1.5
    p = found.goodness
    assert p is not None
    assert np.mean(p < 0.05) < 0.12


def test_background_alone_and_a_signal_have_the_significances_that_they_should() -> None:
    truth = many(140, 3)
    observed = fluctuated(truth, 4)
    z = significances(observed)
    assert np.nanstd(z) == pytest.approx(1, abs=0.06)
    assert np.nanmean(np.abs(z) > 3) < 0.007
    signal, centres = with_signal(observed, truth, 6.0, 5)
    seen = significances(signal)[centres]
    masked = np.nanmean(seen)
    assert masked > 5
    assert np.mean(np.isnan(seen)) < 0.06
    # without the window some peaks are followed, and others are no longer described at all
    unmasked = estimate(signal, FunctionSettings(signals=()))
    assert np.mean(np.isnan(unmasked.expected[centres])) > 0.1
    template = gaussian_template(1.0)
    at = centres[:, None] + np.arange(len(template)) - len(template) // 2

    def followed(background: BackgroundEstimate) -> float:
        return float(np.nanmean(((background.expected - truth.counts) / truth.counts**0.5)[at]))

    assert followed(unmasked) > 0.2 > 0.1 > followed(estimate(signal))


def test_an_order_is_named_and_a_peak_does_not_raise_it() -> None:
    truth = spectra_of([falling("exponential", 60, 2000.0, 20.0)])
    plain = estimate(truth, FunctionSettings(families=("exp-polynomial",)))
    assert plain.models == ["exp-polynomial of order 1"]
    peak, centre = with_signal(truth, truth, 8.0, 1)
    found = estimate(peak, FunctionSettings(families=("exp-polynomial",)))
    assert found.models == plain.models
    near = slice(int(centre[0]) - 3, int(centre[0]) + 4)
    np.testing.assert_allclose(found.expected[near], truth.counts[near], rtol=0.02)
    assert found.modes.shape == (60, 2)
    assert not found.precisions.any()
    assert found.uncertainty.tolist() == [0.0] * 60


def test_a_function_may_not_follow_a_broad_signal() -> None:
    """Nor rise behind its maximum, nor be of a high order in a short spectrum."""
    counts = falling("exponential", 60, 300.0, 8.0)
    counts = counts + 150 * np.exp(-0.5 * ((np.arange(60) - 40) / 6.0) ** 2)
    spectra = spectra_of([counts])
    ones = np.ones(60)
    free = FunctionSettings(most_rise=np.inf, signals=())
    assert rise(ones, ones, estimate(spectra, free).expected) > 5
    held = estimate(spectra, FunctionSettings(signals=()))
    assert held.reasons[0] or rise(ones, ones, held.expected) <= 1
    short = spectra_of([falling("power", 25, 1e5, 50.0)])
    assert estimate(short, FunctionSettings(bins_per_order=1)).modes.shape[1] > 4
    assert (
        estimate(short, FunctionSettings(least_goodness=0.0, bins_per_bend=10)).modes.shape[1] <= 3
    )


def test_what_no_function_describes_has_no_background() -> None:
    truth = falling("exponential", 60, 1e5, 20.0)
    truth[20:] *= 0.8
    found = estimate(spectra_of([truth]))
    assert "no function describes it" in found.reasons[0]
    assert np.isnan(found.expected).all()
    kept = estimate(spectra_of([truth]), FunctionSettings(least_goodness=0.0))
    assert kept.reasons == [""]
    assert kept.goodness is not None
    assert kept.goodness[0] < 0.01


def test_many_at_once_are_those_one_by_one() -> None:
    observed = fluctuated(many(20, 7), 8)
    together = estimate(observed)
    for h in (0, 7, 19):
        alone = estimate(observed.some([h]))
        np.testing.assert_array_equal(alone.expected, together.expected[observed.slice_of(h)])
        assert alone.models == together.models[h : h + 1]


def test_a_common_weight_changes_nothing_but_the_scale() -> None:
    observed = fluctuated(spectra_of([falling("power", 50, 500.0, 10.0)]), 9)
    weighted = observed.with_counts(0.3 * observed.counts, 0.09 * observed.counts)
    plain, scaled = estimate(observed), estimate(weighted)
    assert plain.models == scaled.models
    np.testing.assert_allclose(scaled.expected, 0.3 * plain.expected, rtol=1e-6)
    np.testing.assert_allclose(scaled.modes, 0.3 * plain.modes, rtol=1e-5, atol=1e-9)


def test_families_by_name() -> None:
    spectra = spectra_of([falling("power", 50, 500.0, 10.0)])
    with pytest.raises(UnknownFamilyError, match="no family of functions 'bernstien'"):
        estimate(spectra, FunctionSettings(families=("bernstien",)))
    with pytest.raises(UnknownFamilyError, match="say energy_GeV"):
        estimate(spectra, FunctionSettings(families=("dijet",)))


def test_functions_that_rival_make_little_of_nothing() -> None:
    found = estimate(fluctuated(many(70, 11), 12))
    known = np.isfinite(found.spurious)
    assert np.mean(known) > 0.8
    # a rival is a truth that the counts allow: what they allow is of the order of their error
    assert np.median(found.spurious[known]) < 1.2
    assert np.all(found.spurious[known] >= 0)


def test_the_published_diphoton_spectrum() -> None:
    """ATLAS's points of 2012 with its polynomial of fourth order; the curve of BumpNet's paper."""
    with (DATA / "atlas_hgg_2012.csv").open() as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    with (DATA / "bumpnet_hgg_zlr_curve.csv").open() as file:
        published = np.array([float(row["z_lr"]) for row in csv.DictReader(file)])
    edges = [row["bin_low_GeV"] for row in rows] + [rows[-1]["bin_high_GeV"]]
    spectra = spectra_of([[row["count"] for row in rows]], [np.array(edges)])
    atlas = FunctionSettings(families=("polynomial",), least_order=4, most_order=4)
    found = estimate(spectra, atlas)
    known = signed_significances(spectra.offsets, spectra.counts, found.expected)
    assert spectra.centres[np.argmax(known)] == 127.0
    assert np.sqrt(np.mean((known - published) ** 2)) < 0.1
    profiled = significances(spectra, atlas)
    assert spectra.centres[np.argmax(profiled)] == 127.0
    assert profiled.max() == pytest.approx(3.1, abs=0.1)
    chosen = significances(spectra)
    assert spectra.centres[np.argmax(chosen)] in (125.0, 127.0)
    assert 3.0 < chosen.max() < 4.2
