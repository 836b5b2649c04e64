"""A second opinion on a histogram: the BumpHunter test of pyBumpHunter.

BumpHunter (G. Choudalakis, arXiv:1101.0390) sums counts and background in every window of some
widths, takes the window whose excess is least likely for Poisson counts, and compares it with what
pseudo-experiments of the background alone have at their own least likely window. It has no shape of
a signal and no background of its own, so that it agrees with a likelihood in what both look at: is
there more than expected, and where.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.errors import BumpcastError


class CrossCheckError(BumpcastError):
    """pyBumpHunter is not installed, or the histogram is not one that it can scan."""


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """What BumpHunter says of a histogram.

    Attributes:
        location: Number of the first bin of the least likely window.
        width: Of the window, in bins.
        low: Where the window begins, in the unit of the edges.
        high: Where it ends.
        p_local: Probability of so many counts or more in the window, from the background alone.
        p_global: Share of the pseudo-experiments that have a window that is no more likely.
        experiments: How many there were.
        windows: How many windows were looked at.
        excess: Counts in the window less its background.
    """

    location: int
    width: int
    low: float
    high: float
    p_local: float
    p_global: float
    experiments: int
    windows: int
    excess: float


def cross_check(
    edges: npt.ArrayLike,
    counts: npt.ArrayLike,
    background: npt.ArrayLike,
    *,
    widths: tuple[int, int] = (2, 6),
    experiments: int = 10_000,
    seed: int = 1,
) -> CrossCheck:
    """Return what pyBumpHunter says of a histogram with a known background.

    Args:
        edges: Of the bins, shape (bins + 1,).
        counts: Shape (bins,).
        background: Expected without a signal, in the same unit, shape (bins,).
        widths: Least and largest width of a window, in bins.
        experiments: Number of pseudo-experiments.
        seed: Of the pseudo-experiments.

    Raises:
        CrossCheckError: pyBumpHunter is not installed, the arrays do not fit together, hold what is
            no count, or have fewer bins than the largest window.
    """
    try:
        from pyBumpHunter import BumpHunter1D
    except ImportError as error:
        msg = "pyBumpHunter is needed: pip install 'bumpcast[cross-check]'"
        raise CrossCheckError(msg) from error
    limits = np.asarray(edges, np.float64)
    seen, expected = np.asarray(counts, np.float64), np.asarray(background, np.float64)
    _check(limits, seen, expected, widths)
    hunter = BumpHunter1D(
        rang=[limits[0], limits[-1]],
        bins=limits,
        width_min=widths[0],
        width_max=widths[1],
        width_step=1,
        scan_step=1,
        npe=experiments,
        nworker=1,
        seed=seed,
    )
    # It prints what it does; its results are attributes.
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        hunter.bump_scan(seen, expected, is_hist=True)
    location, width = int(hunter.min_loc_ar[0]), int(hunter.min_width_ar[0])
    inside = slice(location, location + width)
    return CrossCheck(
        location,
        width,
        float(limits[location]),
        float(limits[location + width]),
        float(hunter.min_Pval_ar[0]),
        float(hunter.global_Pval),
        experiments,
        sum(len(windows) for windows in hunter.res_ar),
        float(seen[inside].sum() - expected[inside].sum()),
    )


def _check(
    edges: npt.NDArray[np.float64],
    counts: npt.NDArray[np.float64],
    background: npt.NDArray[np.float64],
    widths: tuple[int, int],
) -> None:
    bins = len(counts)
    if len(edges) != bins + 1 or len(background) != bins or not np.all(np.diff(edges) > 0):
        msg = (
            f"{bins} counts need {bins + 1} rising edges and {bins} backgrounds; there are "
            f"{len(edges)} edges and {len(background)} backgrounds"
        )
        raise CrossCheckError(msg)
    if not 1 <= widths[0] <= widths[1] <= bins:
        msg = f"windows of {widths[0]} to {widths[1]} bins do not fit into {bins} bins"
        raise CrossCheckError(msg)
    for name, column in (("counts", counts), ("backgrounds", background)):
        bad = np.flatnonzero(~(np.isfinite(column) & (column >= 0)))
        if len(bad):
            msg = f"{name} must be finite and not negative; bin {bad[0]} holds {column[bad[0]]}"
            raise CrossCheckError(msg)
