from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bumpcast.bumps.backgrounds import functions, gaussian_process
from bumpcast.bumps.backgrounds.condition import reasons_against
from bumpcast.bumps.backgrounds.functions import estimate
from bumpcast.bumps.spectra import Spectra
from tests.bumps.backgrounds.toys import spectra_of


def bad(case: str) -> Spectra:
    counts = np.full(30, 50.0)
    edges = 100.0 + 10.0 * np.arange(31)
    if case == "few":
        counts, edges = counts[:4], edges[:5]
    elif case == "none":
        counts, edges = counts[:0], edges[:1]
    elif case == "zero":
        counts[:] = 0.0
    elif case == "nan":
        counts[4:] = np.nan
    elif case == "infinite":
        counts[3:5] = np.inf
    elif case == "negative":
        counts[3] = -1.0
    elif case == "tiny":
        counts[:] = 0.0
        counts[[2, 5]] = 3.0
    elif case == "one bin":
        counts[:] = 0.0
        counts[5] = 900.0
    elif case == "backwards":
        edges = edges[::-1].copy()
    return spectra_of([counts], [edges])


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("none", "no bins"),
        ("few", "known bins: 4; a background needs at least 5"),
        ("zero", "all bins are empty"),
        ("nan", "known bins: 4; a background needs at least 5"),
        ("infinite", "bins that are not finite: 2"),
        ("negative", "bins with a negative sum of weights: 1"),
        ("tiny", "entries: 6; a background needs at least 10"),
        ("one bin", "filled bins: 1; a background needs at least 5"),
        ("backwards", "bins that are not in order: 30"),
    ],
)
def test_what_cannot_be_described_has_a_reason_and_no_background(case: str, reason: str) -> None:
    spectra = bad(case)
    assert reasons_against(spectra, 2) == [reason]
    found = estimate(spectra)
    assert found.reasons == [reason]
    assert found.models == [""]
    assert np.isnan(found.expected).all()
    assert not found.modes.any()


def test_ill_ones_do_not_disturb_others() -> None:
    good = spectra_of([1000.0 * np.exp(-np.arange(40) / 15.0)])
    alone = estimate(good)
    cases = ["nan", "none", "zero", "infinite"]
    parts = [bad(case) for case in cases]
    together = spectra_of(
        [part.counts for part in parts] + [good.counts],
        [np.append(part.low, part.high[-1:]) if len(part.low) else [0.0] for part in parts]
        + [np.append(good.low, good.high[-1:])],
    )
    found = estimate(together)
    assert [bool(reason) for reason in found.reasons] == [True] * 4 + [False]
    np.testing.assert_array_equal(found.expected[-40:], alone.expected)


def test_a_gap_is_no_reason() -> None:
    edges = 100.0 + 10.0 * np.arange(61)
    rate = np.exp(-edges[:-1] / 150.0) * 3000.0
    keep = np.r_[0:25, 35:60]
    spectra = Spectra(
        ["gap"],
        np.array([0, 50]),
        edges[:-1][keep],
        edges[1:][keep],
        rate[keep],
        rate[keep].copy(),
    )
    found = estimate(spectra)
    assert found.reasons == [""]
    np.testing.assert_allclose(found.expected, rate[keep], rtol=1e-3)


@pytest.mark.parametrize("way", [functions.estimate, gaussian_process.estimate])
def test_bins_of_which_nothing_is_known_are_left_out(way: Any) -> None:
    truth = 1000.0 * np.exp(-np.arange(40) / 15.0)
    counts = truth.copy()
    counts[[7, 20, 21]] = np.nan
    found = way(spectra_of([counts]))
    assert found.reasons == [""]
    np.testing.assert_allclose(found.expected, truth, rtol=0.01)
