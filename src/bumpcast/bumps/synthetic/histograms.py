"""Synthetic histograms: a background, a signal in some, fluctuations, and what z is in every bin.

What histogram k is follows from seed, part and k alone. Train, validation and test are different
shapes: a function's numbers are drawn anew for each histogram, and each fitted curve belongs to one
of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.likelihood import gaussian_template, signed_significances
from bumpcast.bumps.synthetic import drawing
from bumpcast.bumps.synthetic.randomness import key
from bumpcast.bumps.synthetic.recipe import Curves, Part, Recipe, RecipeError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Histograms:
    """Many histograms one behind the other.

    Attributes:
        offsets: Histogram h has the bins offsets[h] to offsets[h + 1]; shape (histograms + 1,).
        counts: Entries, shape (bins,).
        background: Expected without the signal, shape (bins,).
        z: Signed significance of a signal at every bin, with that background known; shape (bins,).
        kind: Number of the background's kind, see shapes.KINDS; shape (histograms,).
        centre: Bin of the injected signal, counted from the histogram's first; -1: none.
        significance: At which it was injected; 0: none.
        width_bins: Its standard deviation in bins; 0: none.
    """

    offsets: npt.NDArray[np.int64]
    counts: Floats
    background: Floats
    z: Floats
    kind: npt.NDArray[np.int64]
    centre: npt.NDArray[np.int64]
    significance: Floats
    width_bins: Floats

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def largest_z(self, z: Floats | None = None) -> Floats:
        """Return the largest z of every histogram, shape (histograms,).

        Args:
            z: Instead of the labels, shape (bins,).
        """
        return np.maximum.reduceat(self.z if z is None else z, self.offsets[:-1])


def draw(
    recipe: Recipe,
    seed: int,
    part: Part,
    number: int,
    *,
    first: int = 0,
    curves: Curves | None = None,
) -> Histograms:
    """Draw histograms first to first + number - 1 of a sample.

    Args:
        recipe: What they are made of.
        seed: Of the sample.
        part: Train, validation or test.
        number: How many.
        first: Number of the first one.
        curves: Fitted curves of all parts; needed where the recipe has smoothed spectra.

    Raises:
        RecipeError: The recipe has smoothed spectra, but there is no curve of this part.
    """
    own = (curves or Curves()).of_part(part)
    if recipe.smoothed_share > 0 and not own.names:
        msg = (
            f"{recipe.smoothed_share:.0%} of the histograms are to be smoothed spectra, but there "
            f"is no curve for {part!r}: give a scan's results with more kept histograms"
        )
        raise RecipeError(msg)
    sample_key = key(seed, part)
    bins = np.empty(number, np.int64)
    drawing.draw_bins(sample_key, first, *recipe.bins, bins)
    offsets = np.concatenate([[0], np.cumsum(bins)])
    templates = [gaussian_template(width) for width in recipe.widths_bins]
    template_offsets = np.cumsum([0, *(len(template) for template in templates)])
    counts, background = np.empty(offsets[-1]), np.empty(offsets[-1])
    kind, centre = np.empty(number, np.int64), np.empty(number, np.int64)
    significance, width = np.empty(number), np.empty(number)
    drawing.draw_counts(
        sample_key,
        first,
        offsets,
        np.array([*recipe.entries, *recipe.x_range, *recipe.significance]),
        np.array([recipe.signal_share, recipe.sum_share, recipe.smoothed_share]),
        np.array(recipe.widths_bins),
        recipe.margin_bins,
        np.concatenate(templates),
        template_offsets,
        own.logs,
        (counts, background, kind, centre, significance, width),
    )
    z = signed_significances(offsets, counts, background, width_bins=recipe.label_width_bins)
    return Histograms(offsets, counts, background, z, kind, centre, significance, width)


def batches(
    recipe: Recipe,
    seed: int,
    part: Part,
    number: int,
    *,
    size: int,
    first: int = 0,
    curves: Curves | None = None,
) -> Iterator[Histograms]:
    """Yield a sample in batches of at most size; the histograms are those of one call of draw."""
    for begin in range(first, first + number, size):
        here = min(size, first + number - begin)
        yield draw(recipe, seed, part, here, first=begin, curves=curves)
