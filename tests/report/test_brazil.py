"""The picture of limits against lifetime."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from bumpcast.limits.curve import LimitCurve
from bumpcast.limits.excluded import excluded_ranges
from bumpcast.limits.published import PublishedLimits
from bumpcast.report.brazil import BANDS, save_brazil

CTAU = np.geomspace(0.01, 100, 41)
SHAPE = 1e-3 * (CTAU + 1 / CTAU)
FACTORS = np.array([1.3, 0.5, 0.7, 1.0, 1.4, 2.0])


def curve_of(limits, per=None):
    return LimitCurve(CTAU, 0.1 / SHAPE, None, limits, 139.0, "as given", "made up", per)


def share_of(picture, colour):
    wanted = np.array(mpl.colors.to_rgb(colour))
    return np.mean(np.all(np.abs(picture[..., :3] - wanted) < 0.02, axis=-1))


def test_bands_and_lines_are_drawn(tmp_path):
    limits = SHAPE[:, None] * FACTORS
    curve = curve_of(limits)
    save_brazil(
        curve,
        tmp_path / "a.png",
        cross_section=0.01,
        excluded=excluded_ranges(CTAU, curve.observed, 0.01),
        published=PublishedLimits("a.json", CTAU, SHAPE * 1.2, SHAPE),
    )
    picture = mpl.image.imread(tmp_path / "a.png")
    for colour in BANDS.values():
        assert share_of(picture, colour) > 0.01
    assert share_of(picture, "#bd1f01") > 0.001
    assert share_of(picture, "#3f90da") > 0.001


@pytest.mark.parametrize("per", [None, 48.58])
def test_gaps_and_limits_alone(tmp_path, per):
    limits = np.full((len(CTAU), 6), np.nan)
    limits[:, 0] = SHAPE
    limits[:10, 0] = np.inf
    save_brazil(curve_of(limits, per), tmp_path / "a.svg")
    assert share_of_band(tmp_path / "a.svg") == 0
    holes = SHAPE[:, None] * FACTORS
    holes[5:9] = np.inf
    save_brazil(curve_of(holes, per), tmp_path / "b.svg", cross_section=5.0)
    assert share_of_band(tmp_path / "b.svg") > 0


def share_of_band(path):
    return path.read_text().count(BANDS[1])


def test_no_limits_at_all(tmp_path):
    save_brazil(curve_of(np.full((len(CTAU), 6), np.inf)), tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").stat().st_size > 1000
