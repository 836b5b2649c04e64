"""Synthetic histograms: the same in any batch, as wanted, and with the labels they should have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import xlogy

from bumpcast.bumps.likelihood import gaussian_template
from bumpcast.bumps.synthetic import Curves, Recipe, RecipeError, batches, draw
from bumpcast.bumps.synthetic.recipe import POINTS
from bumpcast.bumps.synthetic.shapes import FUNCTIONS, KINDS, SMOOTHED, SUM

CURVES = Curves(
    tuple(f"spectrum {k}" for k in range(40)),
    np.linspace(np.linspace(2, 6, 40), 0.5, POINTS).T.copy(),
)
MIXED = Recipe(widths_bins=(1.0, 2.0), sum_share=0.3, smoothed_share=0.3)


def same(first: Any, second: Any) -> bool:
    return all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in ("offsets", "counts", "background", "z", "kind", "centre", "width_bins")
    )


def test_a_histogram_is_the_same_in_any_batch() -> None:
    whole = draw(MIXED, 3, "test", 60, curves=CURVES)
    parts = list(batches(MIXED, 3, "test", 30, size=13, first=20, curves=CURVES))
    joined = np.concatenate([part.counts for part in parts])
    assert [len(part) for part in parts] == [13, 13, 4]
    assert np.array_equal(joined, whole.counts[whole.offsets[20] : whole.offsets[50]])
    assert same(draw(MIXED, 3, "test", 60, curves=CURVES), whole)


@pytest.mark.parametrize(("seed", "part"), [(4, "test"), (3, "train"), (3, "validation")])
def test_other_seeds_and_parts_are_other_histograms(seed: int, part: Any) -> None:
    recipe = replace(MIXED, smoothed_share=0.0)
    first, second = draw(recipe, 3, "test", 50), draw(recipe, seed, part, 50)
    assert not np.isin(first.background, second.background).any()


def test_the_recipe_is_followed() -> None:
    recipe = replace(MIXED, bins=(40, 45), entries=(20.0, 300.0), margin_bins=4)
    drawn = draw(recipe, 1, "train", 3000, curves=CURVES)
    bins = np.diff(drawn.offsets)
    assert set(bins) == set(range(40, 46))
    signal = drawn.centre >= 0
    assert abs(signal.mean() - 0.5) < 0.05
    assert np.all((drawn.centre[signal] >= 4) & (drawn.centre[signal] <= bins[signal] - 5))
    assert set(drawn.width_bins) == {0.0, 1.0, 2.0}
    assert drawn.significance[signal].min() >= 1
    assert drawn.significance[signal].max() <= 20
    functions = np.repeat(drawn.kind < SUM, bins)
    assert drawn.background[functions].min() >= 20 * (1 - 1e-9)
    assert drawn.background[functions].max() <= 300 * (1 + 1e-9)
    assert abs(np.mean(drawn.kind == SUM) - 0.3) < 0.05
    assert abs(np.mean(drawn.kind == SMOOTHED) - 0.3) < 0.05
    assert set(drawn.kind) == set(range(len(KINDS)))


def test_all_functions_fall_from_end_to_end() -> None:
    drawn = draw(Recipe(), 2, "train", 500)
    for h in range(len(drawn)):
        background = drawn.background[drawn.offsets[h] : drawn.offsets[h + 1]]
        assert np.all(np.diff(background) <= 1e-6 * background[0]), FUNCTIONS[drawn.kind[h]]


def test_labels_are_a_plain_maximisation() -> None:
    drawn = draw(Recipe(), 5, "validation", 8)
    template = gaussian_template(1.0)
    reach = len(template) // 2
    random = np.random.default_rng(1)
    for h in range(len(drawn)):
        here = slice(drawn.offsets[h], drawn.offsets[h + 1])
        n, b, z = drawn.counts[here], drawn.background[here], drawn.z[here]
        for centre in random.integers(0, len(n), 3).tolist():
            near = range(max(0, centre - reach), min(len(n), centre + reach + 1))
            s = np.array([template[k - centre + reach] for k in near])
            seen, expected = n[near.start : near.stop], b[near.start : near.stop]

            def twice(mu: float, seen: Any = seen, expected: Any = expected, s: Any = s) -> float:
                there = np.maximum(expected + mu * s, 1e-300)
                return float(-2 * np.sum(xlogy(seen, there / expected) - mu * s))

            limits = (-np.min(expected / s), (seen.sum() + 1) / s.sum())
            found = minimize_scalar(
                twice, bounds=limits, method="bounded", options={"xatol": 1e-9 * limits[1]}
            )
            assert z[centre] == pytest.approx(
                np.copysign(np.sqrt(max(-found.fun, 0)), found.x), abs=2e-3
            )


def test_signals_have_the_significance_that_is_wanted() -> None:
    drawn = draw(replace(Recipe(), signal_share=1.0, margin_bins=5), 8, "test", 2000)
    at_centre = drawn.z[drawn.offsets[:-1] + drawn.centre]
    apart = at_centre - drawn.significance
    assert abs(np.mean(apart)) < 0.08
    assert abs(np.std(apart) - 1.0) < 0.08


def test_background_alone_has_normal_z() -> None:
    drawn = draw(replace(Recipe(), signal_share=0.0), 9, "test", 1000)
    assert abs(np.mean(drawn.z)) < 0.02
    assert abs(np.std(drawn.z) - 1) < 0.02
    assert drawn.largest_z().max() < 5.5


def test_each_curve_belongs_to_one_part() -> None:
    names = [CURVES.of_part(part).names for part in ("train", "validation", "test")]
    assert sorted(sum(names, ())) == sorted(CURVES.names)
    assert len(names[0]) > len(names[1])


def test_a_curve_is_followed() -> None:
    recipe = replace(Recipe(), smoothed_share=1.0, signal_share=0.0)
    drawn = draw(recipe, 1, "train", 20, curves=CURVES)
    for h in range(len(drawn)):
        logs = np.log(drawn.background[drawn.offsets[h] : drawn.offsets[h + 1]])
        # All of these are straight lines.
        assert np.allclose(np.diff(logs), (logs[-1] - logs[0]) / (len(logs) - 1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bins": (40, 30)}, "bins of a synthetic sample is 40 to 30"),
        ({"entries": (0.0, 10.0)}, "entries of a synthetic sample is 0.0 to 10.0"),
        ({"signal_share": 1.5}, "signal_share of a synthetic sample is 1.5"),
        ({"sum_share": 0.6, "smoothed_share": 0.6}, "are more than 1 together"),
        ({"widths_bins": ()}, "give positive numbers"),
        ({"margin_bins": 15}, "of 30 bins some must be left"),
    ],
)
def test_recipes_that_cannot_be_followed(change: Any, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        Recipe(**change)


def test_smoothed_spectra_need_curves() -> None:
    with pytest.raises(RecipeError, match="there is no curve for 'train'"):
        draw(replace(Recipe(), smoothed_share=0.5), 1, "train", 3)
